/** What each function's role may do: the table "Who may touch what", one function a row. */
import type { EnvironmentConfig } from '../lib/aws/environment-config.ts';
import { TABLE_ROLES } from '../lib/aws/record-places.ts';
import { OBJECT_READERS, OBJECT_WRITERS } from './buckets.ts';
import { type FunctionName, LANES, type Names } from './names.ts';
import { AUDIT_LISTERS, READERS, WRITERS } from './record-access.ts';
import type { Permission } from './role.ts';

/** ARNs that are known only to CloudFormation. */
export interface Minted {
  readonly votesKey: string;
  readonly sealsKey: string;
  readonly macKey: string;
  readonly dataKey: string;
  readonly auditStream: string;
  readonly deadLetters: string;
  /** Cognito: the secret that holds the console's client secret. */
  readonly consoleSecret: string;
}

export function functionPermissions(
  name: FunctionName,
  names: Names,
  config: EnvironmentConfig,
  minted: Minted,
): readonly Permission[] {
  return [
    ...toWatch(name, names),
    ...toKeepRecords(name, names, minted),
    ...toKeepObjects(name, names, minted),
    ...ofItsOwn(name, names, config, minted),
  ];
}

function ofItsOwn(name: FunctionName, names: Names, config: EnvironmentConfig, minted: Minted): Permission[] {
  const verifyVotes: Permission = {
    sid: 'ReadThePublicKeyOfVotes',
    actions: ['kms:GetPublicKey'],
    resources: [minted.votesKey],
  };
  const deriveKeys: Permission = {
    sid: 'DeriveKeys',
    actions: ['kms:GenerateMac'],
    resources: [minted.macKey],
  };
  switch (name) {
    case 'mcp':
      return [
        {
          sid: 'StartMachines',
          actions: ['states:StartExecution'],
          resources: [names.machineArn('run'), names.machineArn('approval')],
        },
        verifyVotes,
      ];
    case 'control':
      return [
        { sid: 'SignVotes', actions: ['kms:Sign', 'kms:GetPublicKey'], resources: [minted.votesKey] },
        { sid: 'VerifySeals', actions: ['kms:GetPublicKey'], resources: [minted.sealsKey] },
        deriveKeys,
        {
          sid: 'AnswerApprovals',
          actions: ['states:SendTaskSuccess'],
          resources: [names.machineArn('approval')],
        },
        {
          sid: 'StopRuns',
          actions: ['states:StopExecution'],
          resources: [names.executionsArn('run')],
          wildcard: 'Each execution has a name of its own; these are the executions of one machine.',
        },
        tellsPeople(names),
        ...secrets('ReadSecrets', [minted.consoleSecret, ...providerSecrets(config)]),
      ];
    case 'ask-approval':
      return [
        deriveKeys,
        verifyVotes,
        {
          sid: 'SendEmail',
          actions: ['ses:SendEmail'],
          resources: [names.arn('ses', `identity/${config.notices.email.from}`)],
          conditions: { StringEquals: { 'ses:FromAddress': config.notices.email.from } },
        },
        ...secrets('ReadSecrets', providerSecrets(config)),
      ];
    case 'authorize-run':
      return [deriveKeys, verifyVotes];
    case 'finish-run':
      return [
        deriveKeys,
        verifyVotes,
        {
          sid: 'ReadBuilds',
          actions: ['codebuild:BatchGetBuilds'],
          resources: LANES.map(names.projectArn),
        },
        tellsPeople(names),
        keepsDeadLetters(minted),
      ];
    case 'seal-audit':
      return [
        { sid: 'SignSeals', actions: ['kms:Sign', 'kms:GetPublicKey'], resources: [minted.sealsKey] },
        {
          sid: 'ReadTheStream',
          actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
          resources: [minted.auditStream],
        },
        {
          sid: 'DecryptTheStream',
          actions: ['kms:Decrypt'],
          resources: [minted.dataKey],
          conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${names.region}.amazonaws.com` } },
        },
        {
          sid: 'FindTheStream',
          actions: ['dynamodb:ListStreams'],
          resources: ['*'],
          wildcard: 'Lambda lists streams before it polls one; the action takes no resource.',
        },
        keepsDeadLetters(minted),
      ];
  }
}

/** People are told by `ask-approval`, which the machine calls: only that function may send. */
function tellsPeople(names: Names): Permission {
  return {
    sid: 'TellPeople',
    actions: ['states:StartExecution'],
    resources: [names.machineArn('approval')],
  };
}

/** Its own log group and traces. Metrics are lines of the log. */
function toWatch(name: FunctionName, names: Names): Permission[] {
  return [
    {
      sid: 'WriteItsLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${names.logArn(names.functionLog(name))}:*`],
      wildcard: 'Lambda names the streams of a function’s own log group.',
    },
    {
      sid: 'WriteTraces',
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      resources: ['*'],
      wildcard: 'X-Ray takes no resource for these.',
    },
  ];
}

/** Single items and lists of those tables that the function's row names. */
function toKeepRecords(name: FunctionName, names: Names, { dataKey }: Minted): Permission[] {
  const written = TABLE_ROLES.filter((role) => WRITERS[role].includes(name));
  const got = TABLE_ROLES.filter((role) => READERS[role].includes(name) || WRITERS[role].includes(name));
  const listed = got.filter((role) => role !== 'audit' && role !== 'task_tokens');
  if (got.length === 0) return [];
  const indexes = listed.map((role) => `${names.tableArn(role)}/index/listed`);
  return [
    { sid: 'GetRecords', actions: ['dynamodb:GetItem'], resources: got.map(names.tableArn) },
    { sid: 'ListRecords', actions: ['dynamodb:Query'], resources: indexes },
    ...(AUDIT_LISTERS.includes(name)
      ? [
          {
            sid: 'ListEvents',
            actions: ['dynamodb:Query'],
            // The chains by the index, the events of one by its key.
            resources: [names.tableArn('audit'), `${names.tableArn('audit')}/index/listed`],
          },
        ]
      : []),
    { sid: 'PutRecords', actions: ['dynamodb:PutItem'], resources: written.map(names.tableArn) },
    {
      sid: 'EncryptRecords',
      actions: [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      resources: [dataKey],
      conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${names.region}.amazonaws.com` } },
    },
  ];
}

/** Objects by prefix. The key opens objects of these prefixes only: it is used through S3, for one object's ARN. */
function toKeepObjects(name: FunctionName, names: Names, { dataKey }: Minted): Permission[] {
  const at = (prefix: string): string => names.bucketArn('artifacts', `/${prefix}/*`);
  const prefixes = ['frozen', 'outputs', 'jobs', 'results'] as const;
  const reads = prefixes.filter((each) => OBJECT_READERS[each].includes(name)).map(at);
  const writes = (['frozen', 'outputs', 'jobs'] as const)
    .filter((each) => OBJECT_WRITERS[each].includes(name))
    .map(at);
  const checkpoints = names.bucketArn('checkpoints', '/checkpoints/*');
  const list: Permission = {
    sid: 'ListCheckpoints',
    actions: ['s3:ListBucket'],
    resources: [names.bucketArn('checkpoints')],
    conditions: { StringLike: { 's3:prefix': 'checkpoints/*' } },
  };
  switch (name) {
    case 'seal-audit':
      return [...objects(names, dataKey, [checkpoints], [checkpoints]), list];
    case 'control':
      return [...objects(names, dataKey, [...reads, checkpoints], writes), list];
    case 'finish-run':
      return [
        ...objects(names, dataKey, reads, writes),
        // A build may end without a result: only who may list is told that there is none, and not that it is denied.
        { sid: 'KnowWhatIsAbsent', actions: ['s3:ListBucket'], resources: [names.bucketArn('artifacts')] },
      ];
    case 'mcp':
    case 'ask-approval':
    case 'authorize-run':
      return objects(names, dataKey, reads, writes);
  }
}

export function objects(
  names: Names,
  dataKey: string,
  reads: readonly string[],
  writes: readonly string[],
): Permission[] {
  const wildcard = 'Objects of one prefix; their names are made at run time.';
  const forObjects = (arns: readonly string[]) => ({
    StringEquals: { 'kms:ViaService': `s3.${names.region}.amazonaws.com` },
    StringLike: { 'kms:EncryptionContext:aws:s3:arn': arns },
  });
  return [
    ...(reads.length === 0
      ? []
      : [
          { sid: 'GetObjects', actions: ['s3:GetObject'], resources: reads, wildcard },
          {
            sid: 'DecryptObjects',
            actions: ['kms:Decrypt'],
            resources: [dataKey],
            conditions: forObjects(reads),
          },
        ]),
    ...(writes.length === 0
      ? []
      : [
          { sid: 'PutObjects', actions: ['s3:PutObject'], resources: writes, wildcard },
          {
            sid: 'EncryptObjects',
            actions: ['kms:GenerateDataKey'],
            resources: [dataKey],
            conditions: forObjects(writes),
          },
        ]),
  ];
}

function keepsDeadLetters({ deadLetters }: Minted): Permission {
  return { sid: 'KeepWhatFailed', actions: ['sqs:SendMessage'], resources: [deadLetters] };
}

export function secrets(sid: string, arns: readonly string[]): Permission[] {
  return arns.length === 0
    ? []
    : [{ sid, actions: ['secretsmanager:GetSecretValue'], resources: [...new Set(arns)] }];
}

function providerSecrets({ notices: { slack, servicenow, webhook } }: EnvironmentConfig): string[] {
  return [slack, servicenow, webhook].flatMap((each) => each?.secret ?? []);
}
