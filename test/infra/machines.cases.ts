/** The state machines: their definitions to the letter, and their ways through an interpreter. */
import '../support/cloud/with-resolvers.ts';
import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, test } from 'vitest';
import { cloudTemplate, object } from '../support/cloud/template.ts';
import { EXPECTED_APPROVAL, EXPECTED_RUN } from './expected-machines.ts';

const template = cloudTemplate('prod');
const definitionOf = (name: string) => template.machines.get(`recourse-prod-${name}`)?.definition;

test('run, to the letter', () => {
  expect(definitionOf('run')).toEqual(EXPECTED_RUN);
});

test('approval, to the letter', () => {
  expect(definitionOf('approval')).toEqual(EXPECTED_APPROVAL);
});

test('machines are Standard, traced, and log every event without its data, which holds the task token', () => {
  for (const { properties } of template.ofType('AWS::StepFunctions::StateMachine')) {
    expect(properties).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
    });
  }
});

describe('ways through run', () => {
  const INPUT = { plan_id: 'plan_1', begin: 'judge', kinds: ['terraform-plan'], caller: { agent: 'claude' } };
  type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
  type Handler = () => Json;

  /** Runs the machine; what each function or project would get is `seen`. */
  async function run(handlers: Readonly<Record<string, Handler>>, input: Json = INPUT) {
    const seen: [string, Json][] = [];
    const tasks = Object.entries(object(object(definitionOf('run')).States))
      .filter(([, state]) => object(state).Type === 'Task')
      .map(([name]) => name);
    const machine = new StateMachine(JSON.parse(JSON.stringify(definitionOf('run'))), {
      validationOptions: { checkArn: false },
    });
    const { result } = machine.run(input, {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(
          tasks.map((name) => [
            name,
            (given: Json): Json => {
              seen.push([name, given]);
              const handler = handlers[name];
              if (handler === undefined) throw new Error(`${name} was not expected`);
              return handler();
            },
          ]),
        ),
        retryIntervalOverrides: Object.fromEntries(tasks.map((name) => [name, 0])),
      },
      context: { Execution: { Name: 'att_1', Input: input } },
    });
    const ended = await result.then(
      () => 'succeeded',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return { ended, seen, states: seen.map(([state]) => state) };
  }

  const BUILT = { Build: { Id: 'recourse-prod-source:1', BuildStatus: 'SUCCEEDED' } };
  const FIRST = { attempt: 'att_1', ...INPUT, step: null, build: null, failure: null };

  test('judge, build, judge, done', async () => {
    const answers = [{ next: 'source', job_id: 'job_1' }, { next: 'done' }];
    const { ended, seen } = await run({ Judge: () => answers.shift() ?? null, 'Build-source': () => BUILT });
    expect(ended).toBe('succeeded');
    expect(seen).toEqual([
      ['Judge', FIRST],
      [
        'Build-source',
        {
          ProjectName: 'recourse-prod-source',
          IdempotencyToken: 'job_1',
          EnvironmentVariablesOverride: [{ Name: 'RECOURSE_JOB', Type: 'PLAINTEXT', Value: 'job_1' }],
        },
      ],
      [
        'Judge',
        {
          ...FIRST,
          step: { next: 'source', job_id: 'job_1' },
          build: { id: 'recourse-prod-source:1', status: 'SUCCEEDED' },
        },
      ],
    ]);
  });

  test('a build that fails is told, once, and not taken for the next one', async () => {
    const answers = [
      { next: 'source', job_id: 'job_1' },
      { next: 'shell', job_id: 'job_2' },
      { next: 'done' },
    ];
    const { ended, seen, states } = await run({
      Judge: () => answers.shift() ?? null,
      'Build-source': () => {
        throw new Error('the build failed');
      },
      'Build-shell': () => ({ Build: { Id: 'recourse-prod-shell:2', BuildStatus: 'SUCCEEDED' } }),
    });
    expect(ended).toBe('succeeded');
    expect(states).toEqual(['Judge', 'Build-source', 'Judge', 'Build-shell', 'Judge']);
    expect(seen[2]?.[1]).toMatchObject({ build: null, failure: { Cause: 'the build failed' } });
    expect(seen[4]?.[1]).toMatchObject({
      build: { id: 'recourse-prod-shell:2', status: 'SUCCEEDED' },
      failure: null,
    });
  });

  test('authorize goes to its lane; the input cannot name the attempt', async () => {
    const { ended, seen } = await run(
      { Authorize: () => ({ next: 'done' }) },
      { ...INPUT, begin: 'authorize', attempt: 'att_of_another', build: { id: 'forged' } },
    );
    expect(ended).toBe('succeeded');
    expect(seen).toEqual([['Authorize', { ...FIRST, begin: 'authorize' }]]);
  });

  test('what authorize cannot do is judged', async () => {
    const { ended, states } = await run(
      {
        Authorize: () => {
          throw new Error('no');
        },
        Judge: () => ({ next: 'done' }),
      },
      { ...INPUT, begin: 'authorize' },
    );
    expect([ended, states]).toEqual(['succeeded', ['Authorize', 'Judge']]);
  });

  test('judging is tried again with what went wrong, and then ends in failure', async () => {
    const fails: Handler = () => {
      throw new Error('no');
    };
    const once = await run({ Judge: fails, JudgeAgain: () => ({ next: 'done' }) });
    expect([once.ended, once.states]).toEqual(['succeeded', ['Judge', 'JudgeAgain']]);
    expect(once.seen[1]?.[1]).toMatchObject({ failure: { Cause: 'no' } });
    const twice = await run({ Judge: fails, JudgeAgain: fails });
    expect(twice.ended).toContain('The attempt could not be judged twice');
  });

  test('an unknown start, a start that lacks what it must have, an unknown lane: each ends in failure', async () => {
    const start = await run({}, { ...INPUT, begin: 'apply' });
    expect([start.ended, start.states]).toEqual([expect.stringContaining('Neither a lane nor an end'), []]);
    const lacking = await run({}, { begin: 'judge' });
    expect([lacking.ended, lacking.states]).toEqual([expect.stringContaining('plan_id'), []]);
    const lane = await run({ Judge: () => ({ next: 'kubectl-root', job_id: 'job_1' }) });
    expect([lane.ended, lane.states]).toEqual([
      expect.stringContaining('Neither a lane nor an end'),
      ['Judge'],
    ]);
  });
});
