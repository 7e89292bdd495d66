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
import { tellRewritten } from '../../lib/workflow/rewritten-plans.ts';
import { sealedPlans } from '../../lib/workflow/sealed-plans.ts';
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
  expect(await refusedRun(stage, planId)).toBe('plan_tampered');
  const found = await stage.store.get('plan', planId);
  await stage.store.replace('plan', planId, found?.version ?? 0, truth);
  const ran = await execute(stage, { planId, begin: 'authorize', attempt: 'att_2', lane: honest() });
  expect(ran.built).toHaveLength(1);
});

test('a plan that was rewritten is an alarm in the audit, once for each form, and its agent is told', async () => {
  const stage = openStage();
  const planId = await waiting(stage);
  const human = stage.context('control');
  await stage.rewrite(planId, (plan) => ({ ...plan, reasons: [] }));
  for (let i = 0; i < 3; i++) expect(await findPlan(human.store, 'prod', planId)).toBeNull();
  expect(await alarms(stage)).toEqual([
    expect.objectContaining({ plan_id: planId, record: expect.stringMatching(/^sha256:/) }),
  ]);
  await stage.rewrite(planId, (plan) => ({ ...plan, outputBlob: null }));
  await human.store.list('plan', { under: 'plans', order: 'newest_first', limit: 10 });
  await human.store.get('plan', planId);
  expect(await alarms(stage)).toHaveLength(2);
  expect(await refusedRun(stage, planId)).toBe('plan_tampered');
  const refusal = (await stage.store.get('attempt', 'att_run'))?.value.stage;
  expect(refusal).toMatchObject({ refusal: { why: expect.stringContaining('Plan again') } });
  expect(
    await refusedRun(
      stage,
      newPlanId(() => Buffer.alloc(16, 9)),
      'att_none',
    ),
  ).toBe('plan_not_found');
});

test('whoever rewrites plans again and again does not fill the audit', async () => {
  const stage = openStage();
  const planId = await waiting(stage);
  const { store } = stage.context('control');
  for (let i = 0; i < 50; i++) {
    await stage.rewrite(planId, (plan) => ({ ...plan, created_at: `2026-03-01T11:00:00.0${i + 10}Z` }));
    expect(await store.get('plan', planId)).toBeNull();
  }
  expect(await alarms(stage)).toHaveLength(20);
  stage.now = new Date(stage.now.getTime() + 60_000);
  await stage.rewrite(planId, (plan) => ({ ...plan, reasons: [] }));
  await store.get('plan', planId);
  expect(await alarms(stage)).toHaveLength(21);
});

test('where the audit cannot be written, a rewritten plan is no more believed', async () => {
  const stage = openStage();
  const planId = await waiting(stage);
  const reports: string[] = [];
  const told = tellRewritten({
    audit: { append: () => Promise.reject(new Error('throttled')) },
    clock: { now: () => stage.now },
    environment: 'prod',
    report: (message) => void reports.push(message),
  });
  await stage.rewrite(planId, (plan) => ({ ...plan, reasons: [] }));
  expect(await sealedPlans(stage.store, told).get('plan', planId)).toBeNull();
  expect(reports.join()).toContain('could not be audited');
});

async function alarms(stage: Stage): Promise<unknown[]> {
  const chains = await stage.store.list('chain', { under: 'chains', order: 'oldest_first', limit: 100 });
  const events = await Promise.all(
    chains.items.map(({ chain }) =>
      stage.store.list('audit', { under: chain, order: 'oldest_first', limit: 100 }),
    ),
  );
  return events
    .flatMap(({ items }) => items)
    .filter(({ type }) => type === 'alarm.plan_rewritten')
    .map(({ data }) => data);
}

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
  expect(await refusedRun(stage, planId)).toBe('plan_tampered');
});

test('a plan is no plan of another source, nor under another name', async () => {
  const stage = openStage('dev');
  const planId = await stage.propose(PLANS);
  await execute(stage, { planId, begin: 'judge', lane: honest() });
  const other = newPlanId(() => Buffer.alloc(16, 7));
  const truth = await stage.judged(planId);
  expect(await stage.store.create('plan', other, truth)).toBe('created');
  expect(await refusedRun(stage, other, 'att_copy')).toBe('plan_tampered');
  const elsewhere = JSON.parse(JSON.stringify({ ...truth.action, cwd: 'payments/a' }));
  await stage.rewrite(planId, (plan) => ({ ...plan, action: elsewhere }));
  expect(await refusedRun(stage, planId)).toBe('plan_tampered');
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
