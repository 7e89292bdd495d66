import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { accept } from './accept.ts';
import type { Names } from './names.ts';

/** Where the gateway meets the outside: ids of its APIs, ARNs of its user pools, the address it writes from. */
export interface Front {
  readonly apis: readonly string[];
  readonly userPools: readonly string[];
  readonly from: string;
}

/**
 * The permissions boundary of every lane, and of every role that a lane makes: whatever such a role is given, it
 * cannot reach the gateway, shed the boundary, or make a role without it. It grants nothing. In the gateway's own
 * account it is the second fence behind the roles; where targets share the account it is the one that counts.
 */
export class Boundary extends Construct {
  readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, names: Names, front: Front) {
    super(scope, id);
    const { partition, account, region } = names;
    const iam = (rest: string): string => `arn:${partition}:iam::${account}:${rest}`;
    const anywhere = (service: string, rest: string): string =>
      `arn:${partition}:${service}:*:${account}:${rest}`;
    const artifacts = (key: string): string => names.bucketArn('artifacts', key);
    const deny = (
      sid: string,
      actions: string[],
      resources: string[],
      conditions?: Record<string, unknown>,
    ) =>
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        actions,
        resources,
        ...(conditions && { conditions }),
      });
    const unbounded = { StringNotEquals: { 'iam:PermissionsBoundary': names.boundaryArn } };
    this.policy = new ManagedPolicy(this, 'policy', {
      managedPolicyName: names.boundary,
      description: 'What no lane of the gateway, and no role that a lane makes, may do',
      statements: [
        new PolicyStatement({ sid: 'CeilingNotGrant', actions: ['*'], resources: ['*'] }),
        deny(
          'Gateway',
          [
            'dynamodb:*',
            'lambda:*',
            'states:*',
            'codebuild:*',
            'events:*',
            'sqs:*',
            'sns:*',
            'secretsmanager:*',
            'cloudformation:*',
            'cloudwatch:*',
            'kms:*',
            'ses:*',
          ],
          [
            anywhere('dynamodb', 'table/recourse-*'),
            anywhere('lambda', 'function:recourse-*'),
            anywhere('states', '*:recourse-*'),
            anywhere('codebuild', 'project/recourse-*'),
            anywhere('events', 'rule/recourse-*'),
            anywhere('sqs', 'recourse-*'),
            anywhere('sns', 'recourse-*'),
            anywhere('secretsmanager', 'secret:recourse-*'),
            anywhere('cloudformation', 'stack/recourse-*'),
            anywhere('cloudformation', 'stack/CDKToolkit/*'),
            anywhere('ses', `identity/${front.from}`),
            anywhere('cloudwatch', 'alarm:recourse-*'),
            anywhere('kms', 'alias/recourse-*'),
          ],
        ),
        deny('Answers', ['states:SendTask*', 'ssmmessages:*'], ['*']),
        deny(
          'Front',
          ['apigateway:*', 'execute-api:*', 'cognito-idp:*'],
          [
            ...front.apis.flatMap((api) => [
              `arn:${partition}:apigateway:${region}::/apis/${api}*`,
              `${names.arn('execute-api', api)}/*`,
            ]),
            ...front.userPools,
          ],
        ),
        deny(
          'Logs',
          ['logs:Delete*', 'logs:Put*Policy', 'logs:DisassociateKmsKey'],
          [anywhere('logs', 'log-group:/recourse/*')],
        ),
        deny(
          'Objects',
          ['s3:*'],
          [
            artifacts(''),
            artifacts('/frozen/*'),
            artifacts('/outputs/*'),
            names.bucketArn('checkpoints'),
            names.bucketArn('checkpoints', '/*'),
            names.bucketArn('access-logs'),
            names.bucketArn('access-logs', '/*'),
          ],
        ),
        new PolicyStatement({
          sid: 'JobsAndResults',
          effect: Effect.DENY,
          notActions: ['s3:GetObject', 's3:PutObject'],
          resources: [artifacts('/jobs/*'), artifacts('/results/*')],
        }),
        deny(
          'Keys',
          [
            'kms:Sign',
            'kms:GenerateMac',
            'kms:CreateGrant',
            'kms:Put*',
            'kms:Disable*',
            'kms:Schedule*',
            'kms:ReEncrypt*',
            'kms:Update*',
            'kms:DeleteAlias',
          ],
          [anywhere('kms', 'key/*')],
          { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/recourse-*' } },
        ),
        // Whoever writes what is deployed is the gateway's owner.
        deny(
          'Deployment',
          ['sts:AssumeRole', 'iam:*'],
          [iam('role/recourse-*'), iam('policy/recourse-*'), iam('role/cdk-*')],
        ),
        deny('Assets', ['s3:Put*', 's3:Delete*'], [`arn:${partition}:s3:::cdk-*`]),
        deny(
          'OnlyBoundedRoles',
          [
            'iam:CreateRole',
            'iam:CreateUser',
            'iam:PutRolePermissionsBoundary',
            'iam:PutUserPermissionsBoundary',
            'iam:AttachRolePolicy',
            'iam:AttachUserPolicy',
            'iam:PutRolePolicy',
            'iam:PutUserPolicy',
          ],
          ['*'],
          unbounded,
        ),
        deny(
          'KeepsBoundary',
          [
            'iam:DeleteRolePermissionsBoundary',
            'iam:DeleteUserPermissionsBoundary',
            'iam:CreateAccessKey',
            'iam:CreateLoginProfile',
          ],
          ['*'],
        ),
      ],
    });
    accept(
      this.policy,
      'AwsSolutions-IAM5[Action::*]',
      'A boundary grants nothing; this is what its denials are taken from.',
    );
    accept(
      this.policy,
      'AwsSolutions-IAM5[Resource::*]',
      'A boundary grants nothing; this is what its denials are taken from.',
    );
  }
}
