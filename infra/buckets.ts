import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { accept } from './accept.ts';
import { type FunctionName, LANES, type Lane, type Names } from './names.ts';

interface BucketsProps {
  readonly names: Names;
  readonly key: IKey;
  readonly retentionDays: number;
  /** Outlives the stack, and checkpoints cannot be deleted by anybody before their time. */
  readonly kept: boolean;
}

/** Where each prefix of `artifacts` is written from and read by. */
export const OBJECT_WRITERS: Readonly<Record<'frozen' | 'outputs' | 'jobs', readonly FunctionName[]>> = {
  frozen: ['finish-run'],
  outputs: ['finish-run'],
  jobs: ['authorize-run', 'finish-run'],
};
export const OBJECT_READERS: Readonly<
  Record<'frozen' | 'outputs' | 'jobs' | 'results', readonly FunctionName[]>
> = {
  frozen: ['authorize-run', 'finish-run'],
  outputs: ['mcp', 'control', 'ask-approval', 'authorize-run', 'finish-run'],
  // Whoever lays a job again must see that the one that stands is the same.
  jobs: ['authorize-run', 'finish-run'],
  results: ['finish-run'],
};

/** What is frozen, made and handed to lanes; checkpoints of the audit; who asked for any of it. */
export class Buckets extends Construct {
  constructor(scope: Construct, id: string, props: BucketsProps) {
    super(scope, id);
    const { names, key, retentionDays, kept } = props;
    const common: BucketProps = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      versioned: true,
    };
    const logs = new Bucket(this, 'access-logs', {
      ...common,
      bucketName: names.bucket('access-logs'),
      // S3 delivers access logs only into buckets that are encrypted with its own keys.
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        { expiration: Duration.days(retentionDays), noncurrentVersionExpiration: Duration.days(7) },
      ],
    });
    logs.addToResourcePolicy(
      new PolicyStatement({
        sid: 'S3DeliversAccessLogs',
        principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [names.bucketArn('access-logs', '/*')],
        conditions: {
          ArnEquals: { 'aws:SourceArn': [names.bucketArn('artifacts'), names.bucketArn('checkpoints')] },
          StringEquals: { 'aws:SourceAccount': names.account },
        },
      }),
    );
    const encrypted: BucketProps = {
      ...common,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      // Without a bucket key each object is encrypted for its own ARN, so that the right to decrypt has a prefix.
      bucketKeyEnabled: false,
      serverAccessLogsBucket: Bucket.fromBucketName(this, 'access-logs-by-name', names.bucket('access-logs')),
    };
    const artifacts = new Bucket(this, 'artifacts', {
      ...encrypted,
      bucketName: names.bucket('artifacts'),
      serverAccessLogsPrefix: 'artifacts/',
      lifecycleRules: [
        // Longer than the records that name them: 30 days after an approval's 7.
        forgotten('frozen/', 60),
        forgotten('outputs/', 60),
        forgotten('jobs/', 7),
        forgotten('results/', 7),
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    artifacts.node.addDependency(logs);
    accept(artifacts, NOT_ADDED, ADDED_ABOVE);
    for (const statement of objectFences(names)) artifacts.addToResourcePolicy(statement);
    const checkpoints = new Bucket(this, 'checkpoints', {
      ...encrypted,
      bucketName: names.bucket('checkpoints'),
      serverAccessLogsPrefix: 'checkpoints/',
      objectLockEnabled: true,
      objectLockDefaultRetention: kept
        ? ObjectLockRetention.compliance(Duration.days(retentionDays))
        : ObjectLockRetention.governance(Duration.days(retentionDays)),
    });
    checkpoints.node.addDependency(logs);
    accept(checkpoints, NOT_ADDED, ADDED_ABOVE);
    checkpoints.addToResourcePolicy(
      fence(
        'OnlyTheSealerWrites',
        ['s3:PutObject', 's3:PutObjectRetention', 's3:PutObjectLegalHold'],
        names.bucketArn('checkpoints', '/*'),
        [names.roleArn('seal-audit')],
      ),
    );
  }
}

const NOT_ADDED = 'Annotation::@aws-cdk/aws-s3:accessLogsPolicyNotAdded';
const ADDED_ABOVE = 'The bucket of access logs lets S3 deliver by a statement of its own.';

function forgotten(prefix: string, days: number) {
  return {
    id: prefix.replace('/', ''),
    prefix,
    expiration: Duration.days(days),
    noncurrentVersionExpiration: Duration.days(7),
  };
}

/** Denies each prefix to everybody but those who write and read it, administrators included. */
function objectFences(names: Names): PolicyStatement[] {
  const roles = (functions: readonly FunctionName[]): string[] =>
    functions.map((each) => names.roleArn(each));
  const at = (prefix: string): string => names.bucketArn('artifacts', `/${prefix}/*`);
  const writes = ['s3:PutObject'];
  const reads = ['s3:GetObject', 's3:GetObjectVersion'];
  const lane = (each: Lane): string => names.roleArn(`lane-${each}`);
  const sid = (verb: string, each: Lane): string =>
    `${verb}${each.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
  return [
    fence('WriteFrozen', writes, at('frozen'), roles(OBJECT_WRITERS.frozen)),
    fence('ReadFrozen', reads, at('frozen'), roles(OBJECT_READERS.frozen)),
    fence('WriteOutputs', writes, at('outputs'), roles(OBJECT_WRITERS.outputs)),
    fence('ReadOutputs', reads, at('outputs'), roles(OBJECT_READERS.outputs)),
    fence('WriteJobs', writes, at('jobs'), roles(OBJECT_WRITERS.jobs)),
    fence('ReadResults', reads, at('results'), roles(OBJECT_READERS.results)),
    ...LANES.flatMap((each) => [
      fence(sid('ReadJobs', each), reads, at(`jobs/${each}`), [lane(each), ...roles(OBJECT_READERS.jobs)]),
      fence(sid('WriteResults', each), writes, at(`results/${each}`), [lane(each)]),
    ]),
  ];
}

function fence(sid: string, actions: string[], resource: string, roles: string[]): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions,
    resources: [resource],
    conditions: { ArnNotEquals: { 'aws:PrincipalArn': roles } },
  });
}
