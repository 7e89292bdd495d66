/**
 * What the identity of an agent must be denied, tried for real. Each request is one that does nothing where it is
 * allowed after all: a dry run, a condition that never holds, a name that nothing has, credentials that may do
 * nothing. What AWS answers instead of "denied" then says that the door is open.
 */
import { type AwsCall, type AwsRequest, formRequest, isDenied, jsonRequest } from './aws-call.ts';
import { type CloudCheck, ok, problem, tried } from './check.ts';
import type { Places } from './places.ts';

interface Denial {
  readonly id: string;
  /** Completes "the agent may not …". */
  readonly what: string;
  readonly request: AwsRequest;
  /** What AWS says where the permission is there; and a success, always. */
  readonly open: readonly string[];
}

export function denialChecks(call: AwsCall, places: Places): Promise<CloudCheck[]> {
  return Promise.all(
    denials(places).map(({ id, what, request, open }) =>
      tried(id, 'what the agent may not', async () => {
        const answer = await call(request);
        if (isDenied(answer)) return ok(`the agent may not ${what}`);
        if (answer.code === null || open.includes(answer.code)) {
          return problem(`the agent may ${what}: take that permission from its identity`);
        }
        return problem(`whether the agent may ${what} could not be told: AWS answered ${answer.code}`);
      }),
    ),
  );
}

/** The tables whose records agents must not make, and the one that they must not read. */
const WRITTEN_BY_OTHERS = [
  'proposals',
  'approvals',
  'votes',
  'links',
  'runs',
  'task-tokens',
  'audit',
] as const;
const LANES = [
  'source',
  'terraform-plan',
  'terraform-apply',
  'kubectl-read',
  'kubectl-write',
  'shell',
] as const;

const NO_MAC = Buffer.alloc(32, 1).toString('base64');
const MAY_NOTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
});
/** A name under the gateway's own prefix that nothing has. */
const NOBODY = 'doctor-none';

export function denials(places: Places): readonly Denial[] {
  const { prefix } = places;
  return [
    ...WRITTEN_BY_OTHERS.map((role) => ({
      id: `write-${role}`,
      what: `write the table ${places.table(role)}`,
      request: jsonRequest(
        'dynamodb',
        'DynamoDB_20120810.PutItem',
        {
          TableName: places.table(role),
          Item: { pk: { S: 'doctor' }, sk: { S: 'doctor' } },
          ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(pk)',
        },
        '1.0',
      ),
      open: ['ConditionalCheckFailedException'],
    })),
    {
      id: 'read-task-tokens',
      what: 'read task tokens',
      request: jsonRequest(
        'dynamodb',
        'DynamoDB_20120810.GetItem',
        { TableName: places.table('task-tokens'), Key: { pk: { S: 'doctor' }, sk: { S: 'doctor' } } },
        '1.0',
      ),
      open: [],
    },
    ...(['votes', 'seals'] as const).map((key) => ({
      id: `sign-${key}`,
      what: `sign with the key of ${key}`,
      request: jsonRequest('kms', 'TrentService.Sign', {
        KeyId: places.keyAlias(key),
        Message: NO_MAC,
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
        DryRun: true,
      }),
      open: ['DryRunOperationException'],
    })),
    {
      id: 'make-link-macs',
      what: 'make the MACs of links',
      request: jsonRequest('kms', 'TrentService.GenerateMac', {
        KeyId: places.keyAlias('mac'),
        Message: NO_MAC,
        MacAlgorithm: 'HMAC_SHA_256',
        DryRun: true,
      }),
      open: ['DryRunOperationException'],
    },
    {
      id: 'start-builds',
      what: 'start builds',
      request: jsonRequest('codebuild', 'CodeBuild_20161006.StartBuild', {
        projectName: `${prefix}-${NOBODY}`,
      }),
      open: ['ResourceNotFoundException'],
    },
    {
      id: 'start-machines',
      what: 'start the machines',
      request: jsonRequest(
        'states',
        'AWSStepFunctions.StartExecution',
        { stateMachineArn: places.machineArn(NOBODY) },
        '1.0',
      ),
      open: ['StateMachineDoesNotExist'],
    },
    {
      id: 'answer-approvals',
      what: 'answer for approvers',
      request: jsonRequest(
        'states',
        'AWSStepFunctions.SendTaskSuccess',
        { taskToken: 'doctor', output: '{}' },
        '1.0',
      ),
      open: ['InvalidToken', 'TaskDoesNotExist', 'TaskTimedOut'],
    },
    {
      id: 'read-secrets',
      what: 'read secrets',
      request: jsonRequest('secretsmanager', 'secretsmanager.GetSecretValue', {
        SecretId: places.consoleSecret,
        VersionId: '00000000-0000-4000-8000-000000000000',
      }),
      open: ['ResourceNotFoundException', 'InvalidRequestException'],
    },
    {
      id: 'call-functions',
      what: 'call the functions behind the APIs',
      request: {
        service: 'lambda',
        method: 'POST',
        path: `/2015-03-31/functions/${places.function('control')}/invocations`,
        headers: { 'x-amz-invocation-type': 'DryRun' },
        body: '',
      },
      open: [],
    },
    {
      id: 'write-artifacts',
      what: 'write frozen inputs',
      request: {
        service: 's3',
        host: `${places.artifacts}.s3`,
        method: 'PUT',
        path: '/frozen/doctor',
        // Not the checksum of what is sent, so that nothing is kept.
        headers: { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' },
        body: 'x',
      },
      open: ['BadDigest', 'InvalidDigest'],
    },
    ...LANES.map((lane) => ({
      id: `assume-lane-${lane}`,
      what: `take the role of the lane ${lane}`,
      request: formRequest('sts', '2011-06-15', {
        Action: 'AssumeRole',
        RoleArn: places.roleArn(`lane-${lane}`),
        RoleSessionName: 'doctor',
        DurationSeconds: '900',
        Policy: MAY_NOTHING,
      }),
      open: [],
    })),
  ];
}
