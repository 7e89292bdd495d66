/**
 * Whoever serves agents may write any proposal at any time. What humans are shown, and what runs, is only what was
 * judged: that is said by records which this side cannot make.
 */
import { expect, test } from 'vitest';
import { findApproval } from '../../lib/control/approvals.ts';
import { findPlan } from '../../lib/control/plans.ts';
import { digestOf } from '../../lib/core/canonical.ts';
import { newPlanId, type PlanId } from '../../lib/core/ids.ts';
import type { JudgedPlan, PlanRecord } from '../../lib/core/plan.ts';
import { execute } from './machine.ts';
import { APPLIES, honest, manifest, PLANS, RUNS_CODE } from './scenes.ts';
import { openStage, type Stage } from './stage.ts';

async function waiting(stage: Stage, colour = 'green', diff = 'diff -u\n+colour: green'): Promise<PlanId> {
  const planId = await stage.propose(APPLIES, manifest(colour), `att_${colour}`);
  await execute(stage, { planId, begin: 'judge', attempt: `att_${colour}`, lane: honest({ diff }) });
  return planId;
}

async function refusedRun(stage: Stage, planId: PlanId, attempt = 'att_run'): Promise<string> {
  const kinds = ['kubectl-apply', 'terraform-apply', 'terraform-plan'] as const;
  const ran = await execute(stage, { planId, begin: 'authorize', attempt, kinds, lane: honest() });
  expect(ran.built).toEqual([]);
  const found = (await stage.store.get('attempt', attempt))?.value.stage;
  if (found?.state !== 'refused') throw new Error(JSON.stringify(found));
  return found.refusal.code;
}

test('a plan that shows humans less than it does cannot be approved, and an approval is not got by it', async () => {
  const stage = openStage();
  const planId = await waiting(stage);
  const truth = await stage.judged(planId);
  // The digest stays; what is shown for it does not.
  await stage.rewrite(planId, (plan) => ({ ...plan, evaluation: null, evaluationBlob: null, reasons: [] }));
  await expect(stage.approve(planId)).rejects.toThrow(/not the one this approval was asked for/);
  const human = stage.context('control');
  expect(await findPlan(human.store, 'prod', planId)).toBeNull();
  const asked = await stage.store.get('approval_pointer', truth.digest);
  const view = await findApproval(human, asked?.value.approval_id ?? '');
  expect(view).toMatchObject({ plan: null, plan_matches: false });
  // Put back, it is what was judged again.
  await stage.rewrite(planId, () => truth);
  await stage.approve(planId);
  expect(await findPlan(human.store, 'prod', planId)).toEqual(truth);
});

test.each<[string, (plan: JudgedPlan) => PlanRecord]>([
  ['another text', (plan) => ({ ...plan, outputBlob: plan.evaluationBlob })],
  ['other reasons', (plan) => ({ ...plan, reasons: [] })],
  ['a longer life', (plan) => ({ ...plan, expires_at: '2036-01-01T00:00:00.000Z' })],
  ['another caller', (plan) => ({ ...plan, caller: { agent: 'ci-bot', human: null } })],
  ['another decision', (plan) => ({ ...plan, state: 'ready', decision: 'allow' })],
  ['no state that there is', (plan) => JSON.parse(JSON.stringify({ ...plan, state: 'approved' }))],
  ['a state without a judgement', (plan) => JSON.parse(JSON.stringify({ ...plan, state: 'plan_failed' }))],
])('an approved plan that was given %s runs no more', async (_what, change) => {
  const stage = openStage();
  const planId = await waiting(stage);
  await stage.approve(planId);
  const truth = await stage.judged(planId);
  await stage.rewrite(planId, change);
  expect(await findPlan(stage.context('control').store, 'prod', planId)).toBeNull();
  await refusedRun(stage, planId);
  const found = await stage.store.get('plan', planId);
  await stage.store.replace('plan', planId, found?.version ?? 0, truth);
  const ran = await execute(stage, { planId, begin: 'authorize', attempt: 'att_2', lane: honest() });
  expect(ran.built).toHaveLength(1);
});

test('one plan’s manifest under another one’s diff is nobody’s judgement', async () => {
  const stage = openStage();
  const evil = await stage.judged(await waiting(stage, 'red', 'diff -u\n+colour: red'));
  const planId = await waiting(stage);
  const harmless = await stage.judged(planId);
  if (evil.frozen.kind !== 'kubectl' || harmless.frozen.kind !== 'kubectl') throw new Error('no kubectl');
  const frozen = { ...harmless.frozen, manifest: evil.frozen.manifest };
  const digestParts = { ...harmless.digestParts, manifest: evil.digestParts.manifest ?? fail() };
  const digest = digestOf(digestParts);
  await stage.rewrite(planId, (plan) => ({ ...plan, frozen, digestParts, digest }));
  await expect(stage.approve(planId)).rejects.toThrow(/not the one this approval was asked for/);
  expect(await refusedRun(stage, planId)).toBe('plan_not_found');
});

test('a plan is no plan of another source, nor under another name', async () => {
  const stage = openStage('dev');
  const planId = await stage.propose(PLANS);
  await execute(stage, { planId, begin: 'judge', lane: honest() });
  const other = newPlanId(() => Buffer.alloc(16, 7));
  const truth = await stage.judged(planId);
  expect(await stage.store.create('plan', other, truth)).toBe('created');
  expect(await refusedRun(stage, other, 'att_copy')).toBe('plan_not_found');
  const elsewhere = JSON.parse(JSON.stringify({ ...truth.action, cwd: 'payments/a' }));
  await stage.rewrite(planId, (plan) => ({ ...plan, action: elsewhere }));
  expect(await refusedRun(stage, planId)).toBe('plan_not_found');
});

test('a proposal cannot say how long its plan lives', async () => {
  const stage = openStage();
  const planId = await stage.propose(APPLIES, manifest('green'));
  const found = await stage.store.get('plan', planId);
  if (found === null) throw new Error('no plan');
  const long = { ...found.value, expires_at: '2036-01-01T00:00:00.000Z' };
  await stage.store.replace('plan', planId, found.version, long);
  await execute(stage, { planId, begin: 'judge', lane: honest() });
  const { expires_at } = await stage.judged(planId);
  expect(Date.parse(expires_at) - stage.now.getTime()).toBeLessThanOrEqual(3_600_000);
});

test('a plan that was planted where a run will put its own is not taken for it', async () => {
  const stage = openStage();
  const planId = await stage.propose(PLANS);
  await execute(stage, { planId, begin: 'judge', lane: honest({ main: RUNS_CODE }) });
  await stage.approve(planId);
  const run = { planId, begin: 'authorize', lane: honest() } as const;
  await execute(stage, { ...run, attempt: 'att_1' });
  const first = await stage.run(planId);
  const produced = first !== null && 'result' in first ? first.result.produced_plan : null;
  if (produced === null) throw new Error(JSON.stringify(first));
  const truth = await stage.judged(produced);
  await stage.rewrite(produced, (plan) => ({ ...plan, digest: truth.digest, reasons: [] }));
  expect(await stage.context('att_1').store.get('plan', produced)).toBeNull();
});

function fail(): never {
  throw new Error('there is none');
}
