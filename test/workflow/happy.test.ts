/** The order of work when nothing goes wrong: without this, the tests of what goes wrong would show nothing. */
import { expect, test } from 'vitest';
import { execute } from './machine.ts';
import { APPLIES, honest, manifest, PLANS, READS, READS_SOURCE, RUNS_CODE, SCALES } from './scenes.ts';
import { openStage } from './stage.ts';

test('a command that only reads is judged, authorised and run in one execution', async () => {
  const stage = openStage();
  const planId = await stage.propose(READS);
  const { status, built } = await execute(stage, { planId, begin: 'judge', lane: honest() });
  expect(status).toBe('SUCCEEDED');
  expect(built).toEqual([{ lane: 'shell', kind: 'run' }]);
  expect(await stage.run(planId)).toMatchObject({ state: 'succeeded', lane: 'shell' });
});

test('a command that looks at a source gets its files first', async () => {
  const stage = openStage();
  const planId = await stage.propose(READS_SOURCE);
  const { built } = await execute(stage, { planId, begin: 'judge', lane: honest() });
  expect(built.map(({ kind }) => kind)).toEqual(['fetch-source', 'run']);
  expect(await stage.run(planId)).toMatchObject({ state: 'succeeded' });
});

test.each([
  ['kubectl apply', APPLIES, manifest('green')],
  ['kubectl scale', SCALES, null],
  ['terraform apply', PLANS, null],
])('%s waits for humans and then runs once', async (_name, action, text) => {
  const stage = openStage();
  const planId = await stage.propose(action, text);
  await execute(stage, { planId, begin: 'judge', lane: honest() });
  expect(await stage.plan(planId)).toMatchObject({ state: 'needs_approval' });
  const early = await execute(stage, { planId, begin: 'authorize', attempt: 'att_early', lane: honest() });
  expect(early.built).toEqual([]);
  await stage.approve(planId);
  const ran = await execute(stage, { planId, begin: 'authorize', attempt: 'att_run', lane: honest() });
  expect(ran.built).toHaveLength(1);
  expect(await stage.run(planId)).toMatchObject({ state: 'succeeded' });
  const again = await execute(stage, { planId, begin: 'authorize', attempt: 'att_again', lane: honest() });
  expect(again.built).toEqual([]);
});

test('a source that runs code is planned once a human let it, and its plan is another one', async () => {
  const stage = openStage();
  const planId = await stage.propose(PLANS);
  await execute(stage, { planId, begin: 'judge', lane: honest({ main: RUNS_CODE }) });
  expect(await stage.plan(planId)).toMatchObject({
    state: 'needs_approval',
    action: { kind: 'terraform-plan' },
  });
  await stage.approve(planId);
  const ran = await execute(stage, { planId, begin: 'authorize', attempt: 'att_run', lane: honest() });
  expect(ran.built).toEqual([{ lane: 'terraform-plan', kind: 'plan' }]);
  const run = await stage.run(planId);
  const produced = run !== null && 'result' in run ? run.result.produced_plan : null;
  if (produced === null) throw new Error(JSON.stringify(run));
  expect(await stage.plan(produced)).toMatchObject({ state: 'needs_approval' });
});
