import { RemovalPolicy, Tags } from 'aws-cdk-lib';
import { CfnProject } from 'aws-cdk-lib/aws-codebuild';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { buildspec } from './buildspec.ts';
import type { Bundles } from './bundles.ts';
import type { Environment } from './config.ts';
import { lanePermissions, networkOf } from './lane-permissions.ts';
import { LANES, type Lane, type Names } from './names.ts';
import { roleThatMay } from './role.ts';
import { laneVariables } from './variables.ts';

interface LanesProps {
  readonly names: Names;
  readonly environment: Environment;
  readonly bundles: Bundles;
  readonly boundary: IManagedPolicy;
  readonly key: IKey;
  readonly kept: boolean;
}

/** How a lane's container is made. Plan and apply are one kind, so that a plan is applied where it was made. */
interface Kind {
  readonly type: 'ARM_CONTAINER' | 'ARM_LAMBDA_CONTAINER';
  readonly image: string;
  readonly compute: string;
  /** Lambda compute ends at 15 minutes and takes no time-out of its own. */
  readonly minutes: number | null;
}

const CONTAINER: Kind = {
  type: 'ARM_CONTAINER',
  image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0',
  compute: 'BUILD_GENERAL1_SMALL',
  // Longer than the executor's own limit of an hour, so that a result is left behind.
  minutes: 70,
};
const SHORT_LIVED: Kind = {
  type: 'ARM_LAMBDA_CONTAINER',
  image: 'aws/codebuild/amazonlinux-aarch64-lambda-standard:nodejs22',
  compute: 'BUILD_LAMBDA_2GB',
  minutes: null,
};

/** One project and one role for each lane. No artifacts, cache, webhook, badge or privileges. */
export class Lanes extends Construct {
  constructor(scope: Construct, id: string, props: LanesProps) {
    super(scope, id);
    const program = new Asset(this, 'program', { path: props.bundles.stage('lane') });
    for (const lane of LANES) this.lane(lane, program, props);
  }

  private lane(lane: Lane, program: Asset, props: LanesProps): void {
    const { names, environment, boundary, key, kept } = props;
    const { config, policy } = environment;
    const role = roleThatMay(this, `${lane}-role`, {
      name: names.roleName(`lane-${lane}`),
      description: `The ${lane} lane of ${names.prefix}`,
      service: 'codebuild.amazonaws.com',
      sourceArn: names.projectArn(lane),
      account: names.account,
      may: lanePermissions(lane, names, config, key.keyArn, {
        bucket: program.s3BucketName,
        key: program.s3ObjectKey,
      }),
      boundary,
    });
    const log = new LogGroup(this, `${lane}-log`, {
      logGroupName: names.laneLog(lane),
      retention: config.retention_days,
      encryptionKey: key,
      removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const network = networkOf(lane, config);
    const kind = kindOf(lane, network !== undefined, names.region);
    const project = new CfnProject(this, lane, {
      name: names.project(lane),
      description: `Runs one job of the ${lane} lane; started by the run machine alone`,
      serviceRole: role.roleArn,
      source: {
        type: 'S3',
        location: `${program.s3BucketName}/${program.s3ObjectKey}`,
        buildSpec: buildspec(lane, config.tools, policy.terraform.tool),
      },
      artifacts: { type: 'NO_ARTIFACTS' },
      cache: { type: 'NO_CACHE' },
      environment: {
        type: kind.type,
        image: kind.image,
        imagePullCredentialsType: 'CODEBUILD',
        computeType: kind.compute,
        privilegedMode: false,
        environmentVariables: Object.entries(laneVariables(lane, names, config.environment)).map(
          ([name, value]) => ({
            name,
            value,
            type: 'PLAINTEXT',
          }),
        ),
      },
      encryptionKey: key.keyArn,
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: log.logGroupName } },
      concurrentBuildLimit: CONCURRENT[lane],
      visibility: 'PRIVATE',
      badgeEnabled: false,
      ...(kind.minutes === null ? {} : { timeoutInMinutes: kind.minutes, queuedTimeoutInMinutes: 30 }),
      ...(network === undefined
        ? {}
        : {
            vpcConfig: {
              vpcId: network.id,
              subnets: network.subnets,
              securityGroupIds: network.security_groups,
            },
          }),
    });
    project.node.addDependency(role, log);
    Tags.of(project).add('recourse:lane', lane);
  }
}

/** Lambda compute starts sooner; it has no network of one's own, 15 minutes, and only /tmp to write to. */
function kindOf(lane: Lane, inNetwork: boolean, region: string): Kind {
  const short = inNetwork || !LAMBDA_COMPUTE_REGIONS.includes(region) ? CONTAINER : SHORT_LIVED;
  switch (lane) {
    case 'terraform-plan':
    case 'terraform-apply':
      return CONTAINER;
    case 'kubectl-read':
    case 'kubectl-write':
    case 'source':
    case 'shell':
      return short;
  }
}

/** Source: "Run builds on AWS Lambda compute" of the CodeBuild user guide. Elsewhere a project cannot be made with it. */
const LAMBDA_COMPUTE_REGIONS: readonly string[] = [
  'ap-northeast-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'eu-central-1',
  'eu-west-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-2',
];

/** How many builds of a lane may run at once; more wait in CodeBuild's queue. */
const CONCURRENT: Readonly<Record<Lane, number>> = {
  source: 10,
  'terraform-plan': 10,
  'terraform-apply': 5,
  'kubectl-read': 10,
  'kubectl-write': 5,
  shell: 5,
};
