/** A root, a state folder and settings for tests that run terraform for real. */
import { createHmac } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Action, RootPath, TerraformArgument, WorkspaceName } from '../../lib/core/action.ts';
import { type Digest, sha256 } from '../../lib/core/canonical.ts';
import { newPlanId, type PlanId } from '../../lib/core/ids.ts';
import { isRefusal } from '../../lib/core/refusal.ts';
import { locateTerraform } from '../../lib/executor/locate-tool.ts';
import { locateSandbox } from '../../lib/executor/sandbox.ts';
import { type ApplyJob, applyTerraform } from '../../lib/executor/terraform/apply.ts';
import { planTerraform } from '../../lib/executor/terraform/plan.ts';
import type { TerraformSettings } from '../../lib/executor/terraform/settings.ts';
import { takeSnapshot } from '../../lib/executor/terraform/snapshot.ts';
import type { TerraformPlanned } from '../../lib/ports/lanes.ts';
import { type Blobs, BlobTampered } from '../../lib/ports/store.ts';

/** Blobs in memory, with a way to spoil one. */
export class MemoryBlobs implements Blobs {
  readonly held = new Map<Digest, Uint8Array>();
  async put(bytes: Uint8Array): Promise<Digest> {
    const address = sha256(bytes);
    this.held.set(address, Uint8Array.from(bytes));
    return address;
  }
  async get(address: Digest): Promise<Uint8Array | null> {
    const bytes = this.held.get(address);
    if (bytes === undefined) return null;
    if (sha256(bytes) !== address) throw new BlobTampered(address);
    return bytes;
  }
}

export interface Place {
  readonly root: string;
  readonly settings: TerraformSettings;
  readonly blobs: MemoryBlobs;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  target(target?: TargetInput): ReturnType<typeof targetFrom>;
  /** Freezes and plans; the plan or the refusal. */
  plan(target?: TargetInput, signal?: AbortSignal): Promise<Outcome>;
  /** Freezes, plans and expects a plan. */
  planned(target?: TargetInput): Promise<Made>;
  apply(made: ApplyJob, signal?: AbortSignal): ReturnType<typeof applyTerraform>;
  dispose(): Promise<void>;
}

export interface TargetInput {
  readonly cwd?: string;
  readonly workspace?: string;
  readonly args?: readonly TerraformArgument[];
  readonly destroy?: boolean;
}
export type Outcome = Awaited<ReturnType<typeof planTerraform>> & { readonly planId: PlanId };
export interface Made extends ApplyJob {
  readonly planned: TerraformPlanned;
}

export async function terraformPlace(
  overrides: Partial<TerraformSettings> & { readonly confined?: boolean } = {},
): Promise<Place> {
  const { confined = true, ...rest } = overrides;
  const base = await realpath(await mkdtemp(join(tmpdir(), 'recourse-terraform-')));
  const [root, stateFolder] = [join(base, 'root'), join(base, 'state')];
  await Promise.all([root, stateFolder].map((folder) => mkdir(folder)));
  const env = rest.env ?? cleanEnvironment();
  const tool = await locateTerraform('terraform', env, [root]);
  if (tool === null) throw new Error('terraform is not there');
  const sandbox = confined ? await locateSandbox(env, [root]) : null;
  const blobs = new MemoryBlobs();
  const hasher = {
    hmac: (text: string) => `hmac:${createHmac('sha256', 'test').update(text).digest('hex')}`,
  };
  const settings = {
    root,
    stateFolder,
    hidden: [],
    shared: [],
    tool,
    sandbox,
    env,
    timeoutMs: 60_000,
    blobs,
    hasher,
    ...rest,
  };
  const plan = async (input: TargetInput = {}, signal = new AbortController().signal): Promise<Outcome> => {
    const target = targetFrom(input);
    const planId = newPlanId((count) => crypto.getRandomValues(new Uint8Array(count)));
    const snapshot = await takeSnapshot({ root: settings.root, cwd: target.cwd, blobs });
    if (isRefusal(snapshot)) return { ...snapshot, text: '', planId };
    return {
      ...(await planTerraform({ planId, target, source: snapshot.address }, settings, signal)),
      planId,
    };
  };
  return {
    root,
    settings,
    blobs,
    plan,
    target: (input = {}) => targetFrom(input),
    write: (files) => writeFiles(root, files),
    planned: async (input = {}) => {
      const outcome = await plan(input);
      if (isRefusal(outcome)) throw new Error(`${outcome.code}: ${outcome.why}\n${outcome.text}`);
      const { destroy, ...target } = targetFrom(input);
      const action: Action = { kind: destroy ? 'terraform-destroy' : 'terraform-plan', ...target };
      return {
        plan_id: outcome.planId,
        action,
        digest: outcome.digest,
        frozen: outcome.frozen,
        planned: outcome,
      };
    },
    apply: (made, signal = new AbortController().signal) => applyTerraform(made, settings, signal),
    dispose: async () => {
      await openFolders(base);
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** The machine's environment without what a developer's terraform settings would add. */
export function cleanEnvironment(): Record<string, string | undefined> {
  const { PATH, LANG } = process.env;
  return { PATH, LANG, HOME: '/nonexistent' };
}

export async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

function targetFrom({ cwd = '.', workspace = 'default', args = [], destroy = false }: TargetInput) {
  return { cwd: cwd as RootPath, workspace: workspace as WorkspaceName, ref: null, args, destroy };
}

async function openFolders(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755).catch(() => {});
  }
}
