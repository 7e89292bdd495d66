/** Many processes, one plan: the claims themselves, without the lease that would keep some of them apart. */
import { expect, test } from 'vitest';
import type { ToolAnswer } from '../../lib/gateway.ts';
import { MemoryBlobs, makeHarness, makeKeys } from '../support/harness.ts';
import { memoryStore } from '../support/memory-store.ts';

const RUNS_CODE = { 'main.tf': 'data "external" "x" {\n  program = ["true"]\n}\n' };

function processes(count: number) {
  const shared = { store: memoryStore(), keys: makeKeys(), blobs: new MemoryBlobs(), environment: 'dev' };
  return Array.from({ length: count }, (_, index) => {
    const harness = makeHarness({ ...shared, pid: index + 1 });
    harness.terraform.files = RUNS_CODE;
    return harness;
  });
}

test('twenty processes go on with one approved plan at the same moment: it goes on once', async () => {
  const all = processes(20);
  const [first] = all;
  if (first === undefined) throw new Error('no process');
  const stopped = await first.call('gateway_terraform_plan', {});
  const asked = await first.call('gateway_request_approval', { plan_id: stopped.plan_id, reason: 'why' });
  await first.vote(String(asked.approval_id), 'approve');
  const answers = await Promise.all(
    all.map((each) => each.call('gateway_terraform_plan', { plan_id: stopped.plan_id })),
  );
  expect(all.reduce((sum, each) => sum + each.terraform.plans, 0)).toBe(1);
  expect(answers.filter((each) => each.error === undefined)).toHaveLength(1);
  expect(answers.filter((each) => each.error?.code === 'plan_used')).toHaveLength(19);
});

test('twenty processes, twenty plans with one digest, one approval: one run', async () => {
  const all = processes(20);
  const plans: ToolAnswer[] = [];
  for (const each of all) plans.push(await each.call('gateway_terraform_plan', {}));
  expect(new Set(plans.map((plan) => plan.digest)).size).toBe(1);
  const [first] = all;
  const asked = await first?.call('gateway_request_approval', { plan_id: plans[0]?.plan_id, reason: 'why' });
  await first?.vote(String(asked?.approval_id), 'approve');
  const answers = await Promise.all(
    all.map((each, index) => each.call('gateway_terraform_plan', { plan_id: plans[index]?.plan_id })),
  );
  expect(all.reduce((sum, each) => sum + each.terraform.plans, 0)).toBe(1);
  expect(answers.filter((each) => each.error?.code === 'approval_required')).toHaveLength(19);
});

test('twenty agents ask for one digest at once: one approval for all', async () => {
  const all = processes(20);
  const plans: ToolAnswer[] = [];
  for (const each of all) plans.push(await each.call('gateway_terraform_plan', {}));
  const asked = await Promise.all(
    all.map((each, index) =>
      each.call('gateway_request_approval', { plan_id: plans[index]?.plan_id, reason: 'why' }),
    ),
  );
  expect(new Set(asked.map((each) => each.approval_id)).size).toBe(1);
});
