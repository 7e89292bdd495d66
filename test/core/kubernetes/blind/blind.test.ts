import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { calledAction } from '../../../../bin/called-action.ts';
import { type KubernetesAction, kubectlVerdict } from '../../../../bin/policy-verdict.ts';
import type { Action } from '../../../../lib/core/action.ts';
import { DEFAULT_POLICY } from '../../../../lib/core/policy/defaults.ts';

/** Calls as agents make them; what they do is labelled without sight of the rules. */
interface Call {
  readonly id: string;
  readonly tool: string;
  readonly args: object;
  readonly manifest?: string;
  readonly tier: number;
  readonly accept?: readonly number[];
  readonly classes: readonly string[];
  readonly not?: readonly string[];
}

/** The second set came after what the first one found was mended. */
const CALLS = ['calls.jsonl', 'second/calls.jsonl'].flatMap((file) =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Call),
);

function isKubernetes(action: Action): action is KubernetesAction {
  return action.kind.startsWith('kubectl-');
}

it.each(CALLS)('$id is tier $tier', async (call) => {
  const { manifest = null } = call;
  const called = await calledAction(call.tool, manifest === null ? call.args : { ...call.args, manifest });
  if ('problem' in called) throw new Error(called.problem);
  if (!isKubernetes(called.action)) throw new Error('not a call of kubectl');
  const bytes = manifest === null ? null : new TextEncoder().encode(manifest);
  const answer = kubectlVerdict(called.action, bytes, 'dev', DEFAULT_POLICY);
  if ('problem' in answer) throw new Error(answer.problem);
  const { verdict, evaluation } = answer;
  expect([call.tier, ...(call.accept ?? [])]).toContain(evaluation.worst_tier);
  const classes = new Set<string>(evaluation.changes.flatMap((change) => change.classes));
  for (const kind of verdict.classes) classes.add(kind);
  for (const wanted of call.classes) {
    expect(
      wanted.split('|').some((kind) => classes.has(kind)),
      `${wanted} in ${[...classes].join(', ')}`,
    ).toBe(true);
  }
  for (const wrong of call.not ?? []) expect([...classes]).not.toContain(wrong);
});
