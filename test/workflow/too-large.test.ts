/** What is more than can be handed to a lane ends with a sentence, before and in a run, and holds nothing up. */
import { expect, test } from 'vitest';
import { type JobBox, ParcelTooLarge } from '../../lib/workflow/job.ts';
import { execute } from './machine.ts';
import { APPLIES, honest, manifest } from './scenes.ts';
import { openStage } from './stage.ts';

const WHY = '300000000 bytes; 200000000 are the most';

test('before anything was judged: the plan failed, and says why', async () => {
  const stage = openStage();
  const planId = await stage.propose(APPLIES, manifest('green'));
  const box: JobBox = { ...stage.box(), putJob: () => Promise.reject(new ParcelTooLarge(WHY)) };
  const ran = await execute(stage, { planId, begin: 'judge', lane: honest(), box });
  expect(ran).toEqual({ status: 'SUCCEEDED', built: [] });
  const plan = await stage.plan(planId);
  expect(plan).toMatchObject({ state: 'plan_failed', failure: { code: 'execution_failed' } });
  expect(JSON.stringify(plan)).toContain(WHY);
});

test('in a run: it failed, changed nothing, and its workspace is free', async () => {
  const stage = openStage();
  const planId = await stage.propose(APPLIES, manifest('green'));
  await execute(stage, { planId, begin: 'judge', lane: honest() });
  await stage.approve(planId);
  const box: JobBox = { ...stage.box(), putJob: () => Promise.reject(new ParcelTooLarge(WHY)) };
  const ran = await execute(stage, { planId, begin: 'authorize', attempt: 'att_run', lane: honest(), box });
  expect(ran).toEqual({ status: 'SUCCEEDED', built: [] });
  expect(await stage.run(planId)).toMatchObject({
    state: 'failed',
    result: { error: { code: 'execution_failed', message: expect.stringContaining(WHY) } },
  });
});

test('what is broken otherwise is still broken', async () => {
  const stage = openStage();
  const planId = await stage.propose(APPLIES, manifest('green'));
  const box: JobBox = { ...stage.box(), putJob: () => Promise.reject(new Error('S3 is down')) };
  await execute(stage, { planId, begin: 'judge', lane: honest(), box });
  const failed = JSON.stringify(await stage.plan(planId));
  expect(failed).toContain('The gateway could not finish this');
  expect(failed).not.toContain('handed over');
});
