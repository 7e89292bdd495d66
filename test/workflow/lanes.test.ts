/** Lanes run agents' code: whatever one leaves, in whatever order it is told, decides nothing and runs nothing. */
import { expect, test, vi } from 'vitest';
import { sha256 } from '../../lib/core/canonical.ts';
import { runIdOf } from '../../lib/core/ids.ts';
import { authorizeStep } from '../../lib/workflow/authorize.ts';
import { judgeStep } from '../../lib/workflow/judge.ts';
import { MAX_TEXT_BYTES } from '../../lib/workflow/parcel-blobs.ts';
import { ended, execute, type Left, type PlayedLane, parcelOf, RAN, sweep } from './machine.ts';
import {
  APPLIES,
  fetchedModule,
  HARMLESS,
  honest,
  manifest,
  observation,
  PLANS,
  planned,
  READS,
  SCALES,
} from './scenes.ts';
import { CALLER, openStage } from './stage.ts';

vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));

const NOTHING = sha256('nobody sent this');

/** Answers that no honest lane gives, to every step. */
const LIES: readonly (readonly [string, (job: Parameters<PlayedLane>[0]) => Promise<Left | null>])[] = [
  ['nothing', async () => null],
  ['what another step gives', async (job) => (job.kind === 'run' ? planned() : { result: RAN })],
  [
    'names of blobs that it does not send',
    async () => ({ result: { kind: 'fetched', content: NOTHING, commit: 'x' } }),
  ],
  ['a plan without its bytes', async () => ({ ...planned(), texts: [] })],
  [
    'a plan that is none',
    async () => {
      const { result } = planned();
      if (result.kind !== 'planned') throw new Error('no plan');
      const lie = { ...result, artifact: sha256('zip'), plan_json: sha256('{}') };
      return { result: lie, texts: ['zip', '{}', 'the plan'] };
    },
  ],
  ['the source of another folder', async () => fetchedModule(HARMLESS, 'network/b')],
  [
    'an observation that does not parse',
    async (job) => ({
      result: {
        kind: 'observed',
        manifest: job.kind === 'observe' ? job.manifest : null,
        observation: sha256('{"live":'),
      },
      texts: ['{"live":'],
    }),
  ],
  [
    'an observation of another manifest',
    async () => {
      const [seen, other] = [observation('diff -u\n+x'), manifest('red')];
      return {
        result: { kind: 'observed', manifest: sha256(other), observation: sha256(seen) },
        texts: [seen, other],
      };
    },
  ],
  [
    'a refusal in a tool’s words, and a secret with it',
    async () => ({
      result: { kind: 'refused', code: 'plan_tampered', why: 'AKIAIOSFODNN7EXAMPLE', text: NOTHING },
    }),
  ],
  [
    'no result that there is',
    async () => ({ result: JSON.parse('{"kind":"ran","exit_code":1e9,"approved":true}') }),
  ],
];

test.each(LIES)(
  'a lane that leaves %s ends the attempt, with a reason, and nothing of it runs',
  async (_what, lie) => {
    for (const [action, text] of [
      [PLANS, null],
      [APPLIES, manifest('green')],
      [SCALES, null],
    ] as const) {
      const stage = openStage();
      const planId = await stage.propose(action, text);
      const { status, built } = await execute(stage, { planId, begin: 'judge', lane: lie });
      const plan = await stage.plan(planId);
      expect(built.filter(({ kind }) => kind === 'run')).toEqual([]);
      expect(plan.state, `${status} ${JSON.stringify(stage.reports)}`).toBe('plan_failed');
      expect(await stage.run(planId)).toBeNull();
    }
  },
);

test.each(LIES)('a run whose lane leaves %s has an end that says so', async (_what, lie) => {
  const stage = openStage();
  const planId = await stage.propose(READS);
  await execute(stage, { planId, begin: 'judge', lane: lie });
  expect(await stage.run(planId)).toMatchObject({ state: 'failed', result: { produced_plan: null } });
});

test('text that no tool prints is not looked through, and what looks like a secret is not kept', async () => {
  const stage = openStage();
  const planId = await stage.propose(READS);
  const token = `ghp_${'aB3dE5fG7h'.repeat(4).slice(0, 36)}`;
  const huge = Buffer.alloc(MAX_TEXT_BYTES + 1, 'x');
  const result = { ...RAN, output: sha256(huge), stderr: sha256(`token ${token}`) };
  const lane: PlayedLane = async () => ({ result, texts: [huge, `token ${token}`] });
  await execute(stage, { planId, begin: 'judge', lane });
  const texts = [...stage.outputs.bytes.values()].map((bytes) => Buffer.from(bytes).toString());
  expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(1_000);
  expect(texts.join()).toContain('more than is kept');
  expect(texts.join()).not.toContain(token);
  expect(await stage.run(planId)).toMatchObject({ state: 'succeeded' });
});

test('a result is taken once, and only where it is waited for', async () => {
  const stage = openStage();
  const planId = await stage.propose(PLANS);
  const opening = { attemptId: 'att_1', planId, caller: CALLER, runs: ['terraform-apply'] } as const;
  const judge = (jobId: string | null, build = true) =>
    judgeStep(stage.context('att_1'), opening, {
      jobId,
      build: build ? { id: 'b' } : null,
      failure: build ? null : { error: 'States.TaskFailed', buildId: null },
    });
  const first = await judgeStep(stage.context('att_1'), opening, null);
  if (!('job_id' in first)) throw new Error('no job');
  const left = await honest()(stage.jobs.get(first.job_id)?.job ?? fail(), {
    content: null,
    blobs: new Map(),
  });
  stage.results.set(`source ${first.job_id}`, parcelOf(left ?? fail()));
  // Neither another's job, nor a failure of one, moves it.
  expect(await judge('job_of_another')).toEqual(first);
  expect(await judge('job_of_another', false)).toEqual(first);
  const second = await judge(first.job_id);
  expect(second).toMatchObject({ next: 'terraform-plan' });
  // Told again, late, or as failed after all: the machine is sent where it is.
  expect(await judge(first.job_id)).toEqual(second);
  expect(await judge(first.job_id, false)).toEqual(second);
  expect(await judgeStep(stage.context('att_1'), opening, null)).toEqual(second);
});

test('the same step twice at the same time sends the machine to one job', async () => {
  const stage = openStage();
  const planId = await stage.propose(READS);
  const opening = { attemptId: 'att_1', planId, caller: CALLER, runs: ['shell'] } as const;
  await judgeStep(stage.context('att_1'), opening, null);
  const answers = await Promise.all([1, 2, 3].map(() => authorizeStep(stage.context('att_1'), opening)));
  expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
  expect(answers[0]).toMatchObject({ next: 'shell' });
});

test('twenty executions of one approved plan at the same time: one runs', async () => {
  const stage = openStage();
  const planId = await stage.propose(SCALES);
  await execute(stage, { planId, begin: 'judge', lane: honest() });
  await stage.approve(planId);
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      execute(stage, {
        planId,
        begin: index % 2 === 0 ? 'authorize' : 'judge',
        attempt: `att_${index}`,
        lane: honest(),
      }),
    ),
  );
  expect(all.flatMap(({ built }) => built)).toEqual([{ lane: 'kubectl-write', kind: 'run' }]);
});

test('an execution that claims another’s plan with the name of a tool that does not run it gets nothing', async () => {
  const stage = openStage();
  const planId = await stage.propose(SCALES);
  await execute(stage, { planId, begin: 'judge', lane: honest() });
  await stage.approve(planId);
  const kinds = ['shell', 'kubectl-get'] as const;
  const ran = await execute(stage, { planId, begin: 'judge', attempt: 'att_2', kinds, lane: honest() });
  expect(ran.built).toEqual([]);
});

test('events of an end that come twice, late, or of nobody change nothing that is over', async () => {
  const stage = openStage();
  const planId = await stage.propose(READS);
  await execute(stage, { planId, begin: 'judge', attempt: 'att_1', lane: honest() });
  const before = await stage.store.get('run', runIdOf(planId));
  for (const how of ['ABORTED', 'FAILED', 'TIMED_OUT', 'ABORTED'])
    await ended(stage, { attempt: 'att_1' }, how);
  await ended(stage, { attempt: 'att_nobody' }, 'ABORTED');
  stage.later(24 * 3_600_000);
  await sweep(stage);
  expect(await stage.store.get('run', runIdOf(planId))).toEqual(before);
});

test('an aborted run is closed at once, and what its lane still brings is not taken', async () => {
  const stage = openStage();
  const planId = await stage.propose(READS);
  let job = '';
  const lane: PlayedLane = async () => {
    job = [...stage.jobs.keys()].at(-1) ?? '';
    await ended(stage, { attempt: 'att_1' }, 'ABORTED');
    return { result: RAN };
  };
  await execute(stage, { planId, begin: 'judge', attempt: 'att_1', lane });
  expect(job).not.toBe('');
  expect(await stage.run(planId)).toMatchObject({ state: 'cancelled', result: { exit_code: null } });
});

function fail(): never {
  throw new Error('there is none');
}
