/**
 * The definition of the `run` machine: one attempt at one plan. It carries the names of things from step to step and
 * decides nothing; what it is given, the functions look up in records of their own.
 */
import { type FunctionName, LANES, type Lane, type Names } from './names.ts';

/** Longer than the longest way through; a machine that ends by it is recorded by an EventBridge rule. */
const MACHINE_SECONDS = 4 * 3_600;
/** A build's own limit and its time in the queue. */
const BUILD_SECONDS = 2 * 3_600;

export function runMachine(names: Names) {
  return {
    Comment: 'One attempt at one plan',
    StartAt: 'Accept',
    TimeoutSeconds: MACHINE_SECONDS,
    States: {
      // The name of the execution is the attempt: nobody can name another's, whatever the input says.
      Accept: {
        Type: 'Pass',
        Parameters: {
          'attempt.$': '$$.Execution.Name',
          ...ASKED,
          step: null,
          build: null,
          failure: null,
        },
        Next: 'Begin',
      },
      Begin: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.begin', StringEquals: 'judge', Next: 'Judge' },
          { Variable: '$.begin', StringEquals: 'authorize', Next: 'Authorize' },
        ],
        Default: 'Unknown',
      },
      Judge: call(names, 'finish-run', 'JudgeAgain'),
      JudgeAgain: call(names, 'finish-run', 'Failed'),
      Authorize: call(names, 'authorize-run', 'Judge'),
      // What an earlier build gave, or why one failed, must not be taken for the next one's.
      Forget: {
        Type: 'Pass',
        Parameters: { 'attempt.$': '$.attempt', ...ASKED, 'step.$': '$.step', build: null, failure: null },
        Next: 'Route',
      },
      Route: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.step.next', StringEquals: 'done', Next: 'Done' },
          { Variable: '$.step.next', StringEquals: 'authorize', Next: 'Authorize' },
          ...LANES.map((lane) => ({ Variable: '$.step.next', StringEquals: lane, Next: `Build-${lane}` })),
        ],
        Default: 'Unknown',
      },
      ...Object.fromEntries(LANES.map((lane) => [`Build-${lane}`, build(lane, names)])),
      Done: { Type: 'Succeed' },
      Failed: {
        Type: 'Fail',
        Error: 'NotJudged',
        Cause: 'The attempt could not be judged twice; finish-run closes it',
      },
      Unknown: {
        Type: 'Fail',
        Error: 'UnknownStep',
        Cause: 'Neither a lane nor an end; finish-run closes the attempt',
      },
    },
  };
}

/** What whoever started the machine asked for. Nothing of it is believed. */
const ASKED = {
  'plan_id.$': '$.plan_id',
  'begin.$': '$.begin',
  'kinds.$': '$.kinds',
  'caller.$': '$.caller',
};

function call(names: Names, name: FunctionName, onFailure: string) {
  return {
    Type: 'Task',
    Resource: names.functionArn(name),
    Parameters: {
      'attempt.$': '$.attempt',
      ...ASKED,
      'step.$': '$.step',
      'build.$': '$.build',
      'failure.$': '$.failure',
    },
    ResultPath: '$.step',
    Retry: [LAMBDA_TROUBLE],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: onFailure }],
    Next: 'Forget',
  };
}

/** Lambda's own trouble: the function may have run, and goes on from its record when it is called again. */
export const LAMBDA_TROUBLE = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
    'Lambda.ClientExecutionTimeoutException',
  ],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 6,
  JitterStrategy: 'FULL',
};

function build(lane: Lane, names: Names) {
  return {
    Type: 'Task',
    Resource: `arn:${names.partition}:states:::codebuild:startBuild.sync`,
    TimeoutSeconds: BUILD_SECONDS,
    Parameters: {
      ProjectName: names.project(lane),
      'IdempotencyToken.$': '$.step.job_id',
      EnvironmentVariablesOverride: [{ Name: 'RECOURSE_JOB', Type: 'PLAINTEXT', 'Value.$': '$.step.job_id' }],
    },
    ResultSelector: { 'id.$': '$.Build.Id', 'status.$': '$.Build.BuildStatus' },
    ResultPath: '$.build',
    // Only while nothing has started: a build that failed is never started again.
    Retry: [
      {
        ErrorEquals: ['CodeBuild.AccountLimitExceededException'],
        IntervalSeconds: 15,
        BackoffRate: 1.5,
        MaxAttempts: 8,
        JitterStrategy: 'FULL',
      },
    ],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Judge' }],
    Next: 'Judge',
  };
}
