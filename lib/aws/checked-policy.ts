/**
 * The policy as the agent-facing function has it: what synth read and checked, without the shell's patterns. That
 * function decides nothing that lets anything run, and has no room for a YAML reader and a shell parser.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '../core/policy/policy.ts';
import type { PolicyReader } from './deployment.ts';

export const CHECKED_POLICY = 'policy.json';

/** What synth puts beside the function's code. */
export function checkedPolicyText(policy: Policy): string {
  return `${JSON.stringify({ ...policy, shell: { block: [], escalate: [], allow: [] } }, null, 2)}\n`;
}

export const checkedPolicy: PolicyReader = (folder) => {
  const policy: Policy = JSON.parse(readFileSync(join(folder, CHECKED_POLICY), 'utf8'));
  return policy;
};
