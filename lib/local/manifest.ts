/** `gateway.json`: says to which root and environment a state folder belongs. */
import { randomBytes } from 'node:crypto';
import { linkSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Manifest {
  readonly schema: 1;
  readonly environment: string;
  /** Real path. */
  readonly root: string;
  /** The policy file that the gateway was last started with; null: built-in policy. */
  readonly policy_path: string | null;
  readonly created_at: string;
}

/** A refusal on its way to the function that answers with its message; never leaves this layer. */
export class Refused extends Error {}

const MANIFEST = 'gateway.json';

/** Null where there is none yet. */
export function readManifest(path: string): Manifest | null {
  const file = join(path, MANIFEST);
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (!stats.isFile()) throw new Refused(`${file} is not a plain file`);
  return parseManifest(file, readFileSync(file, 'utf8'));
}

/** Of two processes that make it at once one wins, and both read the winner's. */
export function makeManifest(path: string, belongs: Omit<Manifest, 'schema'>): Manifest {
  const strangers = readdirSync(path).filter((name) => !name.startsWith(MANIFEST));
  if (strangers.length > 0 && readManifest(path) === null) {
    throw new Refused(
      `${path} holds other things and is no state folder; name an empty or new one with --state`,
    );
  }
  const manifest: Manifest = { schema: 1, ...belongs };
  const unfinished = writeUnfinished(path, manifest);
  try {
    linkSync(unfinished, join(path, MANIFEST));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
  return readManifest(path) ?? manifest;
}

/** Records the policy that the gateway was started with now; undefined leaves what is recorded. */
export function withPolicy(
  path: string,
  manifest: Manifest,
  policyPath: string | null | undefined,
): Manifest {
  if (policyPath === undefined || policyPath === manifest.policy_path) return manifest;
  const changed = { ...manifest, policy_path: policyPath };
  renameSync(writeUnfinished(path, changed), join(path, MANIFEST));
  return changed;
}

function writeUnfinished(path: string, manifest: Manifest): string {
  const file = join(path, `${MANIFEST}.unfinished-${process.pid}-${randomBytes(8).toString('hex')}`);
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  return file;
}

function parseManifest(file: string, text: string): Manifest {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Refused(`${file} is not JSON; put it back from a backup`);
  }
  if (typeof found !== 'object' || found === null || !('schema' in found)) {
    throw new Refused(`${file} does not say what the folder belongs to; put it back from a backup`);
  }
  if (found.schema !== 1) {
    throw new Refused(`${file} has schema ${String(found.schema)}, this recourse knows 1; update recourse`);
  }
  const { environment, root, policy_path, created_at } = found as Record<string, unknown>;
  if (
    typeof environment !== 'string' ||
    typeof root !== 'string' ||
    (policy_path !== null && typeof policy_path !== 'string') ||
    typeof created_at !== 'string'
  ) {
    throw new Refused(`${file} does not say what the folder belongs to; put it back from a backup`);
  }
  return { schema: 1, environment, root, policy_path, created_at };
}
