/** "Who may touch what", functions and machines: every statement of each role, and no other. */
import type { CloudTemplate } from '../support/cloud/template.ts';

const RECORDS =
  'may kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey, kms:ReEncryptFrom, kms:ReEncryptTo on key data if kms:ViaService StringEquals dynamodb';
const VERIFY = 'may kms:GetPublicKey on key votes';
const DERIVE = 'may kms:GenerateMac on key mac';
const TELL = 'may states:StartExecution on machine approval';
const FAILED = 'may sqs:SendMessage on queue dead-letters';
const PROJECTS =
  'project source, project terraform-plan, project terraform-apply, project kubectl-read, project kubectl-write, project shell';

const watched = (name: string): string[] => [
  `may logs:CreateLogStream, logs:PutLogEvents on log ${name}:*`,
  'may xray:PutTraceSegments, xray:PutTelemetryRecords on *',
];

export function reads(...at: string[]): string[] {
  return [
    `may s3:GetObject on ${at.join(', ')}`,
    `may kms:Decrypt on key data if kms:ViaService StringEquals s3 and kms:EncryptionContext:aws:s3:arn StringLike ${at.join('|')}`,
  ];
}

export function writes(...at: string[]): string[] {
  return [
    `may s3:PutObject on ${at.join(', ')}`,
    `may kms:GenerateDataKey on key data if kms:ViaService StringEquals s3 and kms:EncryptionContext:aws:s3:arn StringLike ${at.join('|')}`,
  ];
}

const tables = (...names: string[]): string => names.map((each) => `table ${each}`).join(', ');
const listings = (...names: string[]): string => names.map((each) => `table ${each}/index/listed`).join(', ');

/** By what follows `recourse-<environment>-` in the role's name. */
export function expectedFunctions({
  environment,
}: CloudTemplate): Readonly<Record<string, readonly string[]>> {
  const address = { dev: 'gateway-dev', staging: 'gateway-staging', prod: 'gateway' }[environment];
  const consoleSecret =
    environment === 'staging' ? 'secret recourse-console-client-AbCd12' : `secret of the console`;
  return {
    mcp: [
      ...watched('mcp'),
      `may dynamodb:GetItem on ${tables('proposals', 'approvals', 'votes', 'runs', 'audit')}`,
      `may dynamodb:Query on ${listings('proposals', 'approvals', 'votes', 'runs')}`,
      `may dynamodb:PutItem on ${tables('proposals', 'approvals', 'audit')}`,
      RECORDS,
      ...reads('artifacts/outputs/*'),
      'may states:StartExecution on machine run, machine approval',
      VERIFY,
    ],
    control: [
      ...watched('control'),
      `may dynamodb:GetItem on ${tables('proposals', 'approvals', 'votes', 'links', 'runs', 'task-tokens', 'audit')}`,
      `may dynamodb:Query on ${listings('proposals', 'approvals', 'votes', 'links', 'runs')}`,
      `may dynamodb:Query on table audit, ${listings('audit')}`,
      `may dynamodb:PutItem on ${tables('votes', 'links', 'audit')}`,
      RECORDS,
      ...reads('artifacts/outputs/*', 'checkpoints/checkpoints/*'),
      'may s3:ListBucket on checkpoints if s3:prefix StringLike checkpoints/*',
      'may kms:Sign, kms:GetPublicKey on key votes',
      'may kms:GetPublicKey on key seals',
      DERIVE,
      'may states:SendTaskSuccess on machine approval',
      'may states:StopExecution on execution run:*',
      TELL,
      `may secretsmanager:GetSecretValue on ${consoleSecret}`,
    ],
    'ask-approval': [
      ...watched('ask-approval'),
      `may dynamodb:GetItem on ${tables('proposals', 'approvals', 'votes', 'links', 'runs', 'task-tokens', 'audit')}`,
      `may dynamodb:Query on ${listings('proposals', 'approvals', 'votes', 'links', 'runs')}`,
      `may dynamodb:PutItem on ${tables('links', 'task-tokens', 'audit')}`,
      RECORDS,
      ...reads('artifacts/outputs/*'),
      DERIVE,
      VERIFY,
      `may ses:SendEmail on address ${address}@example.com if ses:FromAddress StringEquals ${address}@example.com`,
    ],
    'authorize-run': [
      ...watched('authorize-run'),
      `may dynamodb:GetItem on ${tables('proposals', 'approvals', 'votes', 'runs', 'audit')}`,
      `may dynamodb:Query on ${listings('proposals', 'approvals', 'votes', 'runs')}`,
      `may dynamodb:PutItem on ${tables('runs', 'audit')}`,
      RECORDS,
      ...reads('artifacts/frozen/*', 'artifacts/outputs/*', 'artifacts/jobs/*'),
      ...writes('artifacts/jobs/*'),
      DERIVE,
      VERIFY,
    ],
    'finish-run': [
      ...watched('finish-run'),
      `may dynamodb:GetItem on ${tables('proposals', 'approvals', 'votes', 'runs', 'audit')}`,
      `may dynamodb:Query on ${listings('proposals', 'approvals', 'votes', 'runs')}`,
      `may dynamodb:PutItem on ${tables('proposals', 'runs', 'audit')}`,
      RECORDS,
      ...reads('artifacts/frozen/*', 'artifacts/outputs/*', 'artifacts/jobs/*', 'artifacts/results/*'),
      ...writes('artifacts/frozen/*', 'artifacts/outputs/*', 'artifacts/jobs/*'),
      'may s3:ListBucket on artifacts',
      DERIVE,
      VERIFY,
      `may codebuild:BatchGetBuilds on ${PROJECTS}`,
      TELL,
      FAILED,
    ],
    'seal-audit': [
      ...watched('seal-audit'),
      ...reads('checkpoints/checkpoints/*'),
      ...writes('checkpoints/checkpoints/*'),
      'may s3:ListBucket on checkpoints if s3:prefix StringLike checkpoints/*',
      'may kms:Sign, kms:GetPublicKey on key seals',
      'may dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator on table audit stream',
      'may kms:Decrypt on key data if kms:ViaService StringEquals dynamodb',
      'may dynamodb:ListStreams on *',
      FAILED,
    ],
    'machine-run': [
      'may lambda:InvokeFunction on function authorize-run, function finish-run',
      `may codebuild:StartBuild, codebuild:StopBuild, codebuild:BatchGetBuilds on ${PROJECTS}`,
      'may events:PutTargets, events:PutRule, events:DescribeRule on rule StepFunctionsGetEventForCodeBuildStartBuildRule',
      ...DELIVERED,
      ...[
        'autoRetryLimit Null false',
        'encryptionKey Null false',
        'environment.certificate Null false',
        'environment.computeType Null false',
        'environment.fleet.fleetArn Null false',
        'environment.image Null false',
        'environment.imagePullCredentialsType Null false',
        'environment.registryCredential.credential Null false',
        'environment.type Null false',
        'serviceRole Null false',
        'source.auth.resource Null false',
        'source.auth.type Null false',
        'source.buildspec Null false',
        'source.location Null false',
        'artifacts Bool true',
        'cache Bool true',
        'environment.privilegedMode Bool true',
        'environment.registryCredential Bool true',
        'logsConfig Bool true',
        'secondaryArtifacts Bool true',
        'secondarySources Bool true',
        'source Bool true',
        'source.insecureSsl Bool true',
        'environment.environmentVariables.name ForAnyValue:StringNotEquals RECOURSE_JOB',
      ].map((each) => `never codebuild:StartBuild on ${PROJECTS} if codebuild:${each}`),
    ],
    'machine-approval': ['may lambda:InvokeFunction on function ask-approval', ...DELIVERED],
  };
}

const DELIVERED = [
  'may logs:CreateLogDelivery, logs:DeleteLogDelivery, logs:DescribeLogGroups, logs:DescribeResourcePolicies, logs:GetLogDelivery, logs:ListLogDeliveries, logs:PutResourcePolicy, logs:UpdateLogDelivery on *',
  'may xray:GetSamplingRules, xray:GetSamplingTargets, xray:PutTelemetryRecords, xray:PutTraceSegments on *',
];
