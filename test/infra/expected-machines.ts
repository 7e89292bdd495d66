/** The machines as they stand in the template of prod, written out. */
const ARN = 'arn:aws:lambda:eu-west-1:333344445555:function:recourse-prod-';

const ASKED = {
  'plan_id.$': '$.plan_id',
  'begin.$': '$.begin',
  'kinds.$': '$.kinds',
  'caller.$': '$.caller',
};

const TROUBLE = [
  {
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
  },
];

const call = (name: string, onFailure: string) => ({
  Type: 'Task',
  Resource: `${ARN}${name}`,
  Parameters: {
    'attempt.$': '$.attempt',
    ...ASKED,
    'step.$': '$.step',
    'build.$': '$.build',
    'failure.$': '$.failure',
  },
  ResultPath: '$.step',
  Retry: TROUBLE,
  Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: onFailure }],
  Next: 'Forget',
});

const build = (lane: string) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::codebuild:startBuild.sync',
  TimeoutSeconds: 7_200,
  Parameters: {
    ProjectName: `recourse-prod-${lane}`,
    'IdempotencyToken.$': '$.step.job_id',
    EnvironmentVariablesOverride: [{ Name: 'RECOURSE_JOB', Type: 'PLAINTEXT', 'Value.$': '$.step.job_id' }],
  },
  ResultSelector: { 'id.$': '$.Build.Id', 'status.$': '$.Build.BuildStatus' },
  ResultPath: '$.build',
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
});

const when = (Variable: string, StringEquals: string, Next: string) => ({ Variable, StringEquals, Next });

export const EXPECTED_RUN = {
  Comment: 'One attempt at one plan',
  StartAt: 'Accept',
  TimeoutSeconds: 14_400,
  States: {
    Accept: {
      Type: 'Pass',
      Parameters: { 'attempt.$': '$$.Execution.Name', ...ASKED, step: null, build: null, failure: null },
      Next: 'Begin',
    },
    Begin: {
      Type: 'Choice',
      Choices: [when('$.begin', 'judge', 'Judge'), when('$.begin', 'authorize', 'Authorize')],
      Default: 'Unknown',
    },
    Judge: call('finish-run', 'JudgeAgain'),
    JudgeAgain: call('finish-run', 'Failed'),
    Authorize: call('authorize-run', 'Judge'),
    Forget: {
      Type: 'Pass',
      Parameters: { 'attempt.$': '$.attempt', ...ASKED, 'step.$': '$.step', build: null, failure: null },
      Next: 'Route',
    },
    Route: {
      Type: 'Choice',
      Choices: [
        when('$.step.next', 'done', 'Done'),
        when('$.step.next', 'authorize', 'Authorize'),
        when('$.step.next', 'source', 'Build-source'),
        when('$.step.next', 'terraform-plan', 'Build-terraform-plan'),
        when('$.step.next', 'terraform-apply', 'Build-terraform-apply'),
        when('$.step.next', 'kubectl-read', 'Build-kubectl-read'),
        when('$.step.next', 'kubectl-write', 'Build-kubectl-write'),
        when('$.step.next', 'shell', 'Build-shell'),
      ],
      Default: 'Unknown',
    },
    'Build-source': build('source'),
    'Build-terraform-plan': build('terraform-plan'),
    'Build-terraform-apply': build('terraform-apply'),
    'Build-kubectl-read': build('kubectl-read'),
    'Build-kubectl-write': build('kubectl-write'),
    'Build-shell': build('shell'),
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

const tell = (step: string, more: Record<string, string>) => ({
  Type: 'Task',
  Resource: `${ARN}ask-approval`,
  Parameters: { step, ...more },
  ResultPath: null,
  Retry: TROUBLE,
  End: true,
});

export const EXPECTED_APPROVAL = {
  Comment: 'Waits for humans; what they decided stands in the store, never in the output of this machine',
  StartAt: 'Begin',
  States: {
    Begin: {
      Type: 'Choice',
      Choices: [{ Variable: '$.event', IsPresent: true, Next: 'Tell' }],
      Default: 'Ask',
    },
    Tell: tell('tell', { 'event.$': '$.event' }),
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      TimeoutSeconds: 86_400,
      Parameters: {
        FunctionName: `${ARN}ask-approval`,
        Payload: { step: 'ask', 'approval_id.$': '$.approval_id', 'task_token.$': '$$.Task.Token' },
      },
      ResultPath: null,
      Retry: TROUBLE,
      Catch: [
        { ErrorEquals: ['AlreadyDecided'], ResultPath: '$.error', Next: 'Decided' },
        { ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'Expired' },
        { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' },
      ],
      Next: 'Decided',
    },
    Decided: tell('decided', { 'approval_id.$': '$.approval_id' }),
    Expired: tell('expired', { 'approval_id.$': '$.approval_id' }),
    Failed: tell('failed', { 'approval_id.$': '$.approval_id', 'error.$': '$.error' }),
  },
};
