import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { approvalMachine } from './approval-machine.ts';
import type { Environment } from './config.ts';
import { LANES, type MachineName, type Names } from './names.ts';
import { type Permission, roleThatMay } from './role.ts';
import { runMachine } from './run-machine.ts';

interface MachinesProps {
  readonly names: Names;
  readonly environment: Environment;
  readonly key: IKey;
  readonly kept: boolean;
}

export class Machines extends Construct {
  readonly run: StateMachine;
  readonly approval: StateMachine;

  constructor(scope: Construct, id: string, props: MachinesProps) {
    super(scope, id);
    const { names, environment } = props;
    this.run = this.machine('run', runMachine(names), runs(names), noOverrides(names), props);
    const approval = approvalMachine(names, environment.policy.approvalTtlSeconds);
    this.approval = this.machine('approval', approval, asks(names), [], props);
  }

  private machine(
    name: MachineName,
    definition: object,
    may: readonly Permission[],
    never: readonly PolicyStatement[],
    { names, environment, key, kept }: MachinesProps,
  ): StateMachine {
    const role = roleThatMay(this, `${name}-role`, {
      name: names.roleName(`machine-${name}`),
      description: `The ${name} machine of ${names.prefix}`,
      service: 'states.amazonaws.com',
      sourceArn: names.machineArn(name),
      account: names.account,
      may: [...may, ...watched()],
      never,
    });
    return new StateMachine(this, name, {
      stateMachineName: names.machine(name),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(definition, 2)),
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        // Data of an execution holds the task token, which leaves the machine for one function alone.
        includeExecutionData: false,
        destination: new LogGroup(this, `${name}-log`, {
          logGroupName: names.vendedLog(`machine-${name}`),
          retention: environment.config.retention_days,
          encryptionKey: key,
          removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
        }),
      },
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}

function runs(names: Names): Permission[] {
  const projects = LANES.map(names.projectArn);
  return [
    {
      sid: 'CallFunctions',
      actions: ['lambda:InvokeFunction'],
      resources: [names.functionArn('authorize-run'), names.functionArn('finish-run')],
    },
    {
      sid: 'BuildInLanes',
      actions: ['codebuild:StartBuild', 'codebuild:StopBuild', 'codebuild:BatchGetBuilds'],
      resources: projects,
    },
    {
      sid: 'HearOfBuilds',
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      // Step Functions makes this one rule to learn that a build has ended.
      resources: [names.arn('events', 'rule/StepFunctionsGetEventForCodeBuildStartBuildRule')],
    },
  ];
}

function asks(names: Names): Permission[] {
  return [
    {
      sid: 'CallFunctions',
      actions: ['lambda:InvokeFunction'],
      resources: [names.functionArn('ask-approval')],
    },
  ];
}

/**
 * What StartBuild could override, one Deny a key: any of them would make a lane run something else, elsewhere, as
 * somebody else. Source of the keys: the Service Authorization Reference's row for codebuild:StartBuild, and
 * "AWS CodeBuild condition keys" of the user guide. `given` keys hold the argument, and are absent where a request
 * has none; `whether` keys are true where a request has the argument, or switches it on. There is no key for the
 * type and version of a source, which do nothing without its location or a buildspec. `codebuild:environment` itself
 * cannot be denied: a build's one variable is part of it.
 */
export const DENIED_OVERRIDES = {
  given: [
    'autoRetryLimit',
    'encryptionKey',
    'environment.certificate',
    'environment.computeType',
    'environment.fleet.fleetArn',
    'environment.image',
    'environment.imagePullCredentialsType',
    'environment.registryCredential.credential',
    'environment.type',
    'serviceRole',
    'source.auth.resource',
    'source.auth.type',
    'source.buildspec',
    'source.location',
  ],
  whether: [
    'artifacts',
    'cache',
    'environment.privilegedMode',
    'environment.registryCredential',
    'logsConfig',
    'secondaryArtifacts',
    'secondarySources',
    'source',
    'source.insecureSsl',
  ],
} as const;

function noOverrides(names: Names): PolicyStatement[] {
  const deny = (sid: string, conditions: Record<string, Record<string, unknown>>) =>
    new PolicyStatement({
      sid,
      effect: Effect.DENY,
      actions: ['codebuild:StartBuild'],
      resources: LANES.map(names.projectArn),
      conditions,
    });
  const sid = (key: string): string =>
    `No${key.replace(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
  return [
    ...DENIED_OVERRIDES.given.map((key) => deny(sid(key), { Null: { [`codebuild:${key}`]: 'false' } })),
    ...DENIED_OVERRIDES.whether.map((key) => deny(sid(key), { Bool: { [`codebuild:${key}`]: 'true' } })),
    deny('OneVariable', {
      'ForAnyValue:StringNotEquals': { 'codebuild:environment.environmentVariables.name': ['RECOURSE_JOB'] },
    }),
  ];
}

/** Step Functions delivers logs and traces with the machine's role. */
function watched(): Permission[] {
  return [
    {
      sid: 'DeliverLogs',
      actions: [
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
      ],
      resources: ['*'],
      wildcard: 'CloudWatch Logs takes no resource for log deliveries.',
    },
    {
      sid: 'WriteTraces',
      actions: [
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ],
      resources: ['*'],
      wildcard: 'X-Ray takes no resource for these.',
    },
  ];
}
