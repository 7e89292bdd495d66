import { readFileSync } from 'node:fs';
import { DEFAULT_POLICY } from '../lib/core/policy/defaults.ts';
import { nearestName } from '../lib/core/policy/nearest.ts';
import { type Provenance, parsePolicy } from '../lib/core/policy/parse.ts';
import type { Policy } from '../lib/core/policy/policy.ts';
import { Stop } from './stop.ts';

export interface LoadedPolicy {
  readonly policy: Policy;
  readonly provenance: Provenance;
}

/** The policy of a file laid over the defaults, or the defaults. Stops on a file with any problem in it. */
export function loadPolicy(file: string | null | undefined): LoadedPolicy {
  if (file === undefined || file === null) return { policy: DEFAULT_POLICY, provenance: new Map() };
  const parsed = parsePolicy(readPolicyFile(file));
  if (parsed.ok) return parsed;
  const lines = parsed.problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  throw new Stop(lines.length === 1 ? lines.join() : `the policy file has problems:\n${lines.join('\n')}`);
}

export function readPolicyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Stop(`the policy file ${file} cannot be read (${codeOf(error)})`);
  }
}

export function requireEnvironment(policy: Policy, name: string): void {
  if (Object.hasOwn(policy.environments, name)) return;
  const known = Object.keys(policy.environments);
  const near = nearestName(name, known);
  const hint = near === null ? `there are ${known.join(', ')}` : `did you mean ${near}?`;
  throw new Stop(`unknown environment ${JSON.stringify(name)}: ${hint}`);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
