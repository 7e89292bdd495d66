import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  CfnEventSourceMapping,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Bundles } from './bundles.ts';
import { FUNCTIONS, type FunctionName, type Names } from './names.ts';

interface FunctionsProps {
  readonly names: Names;
  readonly bundles: Bundles;
  readonly roles: ReadonlyMap<FunctionName, Role>;
  readonly variables: Readonly<Record<FunctionName, Readonly<Record<string, string>>>>;
  readonly key: IKey;
  readonly auditStream: string;
  readonly deadLetters: IQueue;
  readonly retentionDays: number;
  readonly kept: boolean;
}

/** Sizes and limits. `alone`: at most one at a time, whatever calls it. */
const SHAPES: Readonly<Record<FunctionName, { memory: number; seconds: number; alone?: true }>> = {
  // API Gateway waits 30 seconds; a tool answers within 20.
  mcp: { memory: 1024, seconds: 29 },
  control: { memory: 1024, seconds: 29 },
  'ask-approval': { memory: 512, seconds: 60 },
  'authorize-run': { memory: 2048, seconds: 300 },
  'finish-run': { memory: 2048, seconds: 600 },
  // One sealer, so that checkpoints are numbered without a gap and none is signed over another.
  'seal-audit': { memory: 512, seconds: 120, alone: true },
};

export class Functions extends Construct {
  private readonly all: ReadonlyMap<FunctionName, LambdaFunction>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.all = new Map(FUNCTIONS.map((name) => [name, this.function(name, props)]));
    this.get('finish-run').configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: new SqsDestination(props.deadLetters),
    });
    new CfnEventSourceMapping(this, 'audit-events', {
      functionName: this.get('seal-audit').functionArn,
      eventSourceArn: props.auditStream,
      startingPosition: 'TRIM_HORIZON',
      batchSize: 1000,
      maximumBatchingWindowInSeconds: 30,
      // Order within a chain is what is sealed: one batch of a shard at a time, tried until it is done.
      parallelizationFactor: 1,
      bisectBatchOnFunctionError: false,
      maximumRetryAttempts: -1,
      maximumRecordAgeInSeconds: -1,
      destinationConfig: { onFailure: { destination: props.deadLetters.queueArn } },
    });
  }

  get(name: FunctionName): LambdaFunction {
    const found = this.all.get(name);
    if (found === undefined) throw new Error(`there is no function ${name}`);
    return found;
  }

  private function(name: FunctionName, props: FunctionsProps): LambdaFunction {
    const { names, bundles, roles, variables, key, retentionDays, kept } = props;
    const role = roles.get(name);
    if (role === undefined) throw new Error(`there is no role for ${name}`);
    const { memory, seconds, alone } = SHAPES[name];
    return new LambdaFunction(this, name, {
      functionName: names.function(name),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundles.stage(name)),
      // All that the role may do is written in one place; constructs add nothing to it.
      role: role.withoutPolicyUpdates(),
      memorySize: memory,
      timeout: Duration.seconds(seconds),
      tracing: Tracing.ACTIVE,
      environment: variables[name],
      logGroup: new LogGroup(this, `${name}-log`, {
        logGroupName: names.functionLog(name),
        retention: retentionDays,
        encryptionKey: key,
        removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      }),
      ...(alone ? { reservedConcurrentExecutions: 1 } : {}),
    });
  }
}
