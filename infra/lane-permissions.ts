/** What each lane's role may do: fetch its own jobs, give its own results, and reach its own targets. */
import type { EnvironmentConfig, SourceConfig } from '../lib/aws/environment-config.ts';
import { objects, secrets } from './function-permissions.ts';
import type { Lane, Names } from './names.ts';
import type { Permission } from './role.ts';

export interface LaneAsset {
  readonly bucket: string;
  readonly key: string;
}

export function lanePermissions(
  lane: Lane,
  names: Names,
  config: EnvironmentConfig,
  dataKey: string,
  asset: LaneAsset,
): readonly Permission[] {
  return [
    {
      sid: 'WriteItsLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${names.logArn(names.laneLog(lane))}:*`],
      wildcard: 'CodeBuild names one stream for each build of the lane’s own log group.',
    },
    {
      sid: 'FetchItsProgram',
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resources: [`arn:${names.partition}:s3:::${asset.bucket}/${asset.key}`],
    },
    {
      sid: 'FindItsProgram',
      actions: ['s3:GetBucketLocation'],
      resources: [`arn:${names.partition}:s3:::${asset.bucket}`],
    },
    ...objects(
      names,
      dataKey,
      [names.bucketArn('artifacts', `/jobs/${lane}/*`)],
      [names.bucketArn('artifacts', `/results/${lane}/*`)],
    ),
    ...targets(lane, names, config),
  ];
}

/** The kubectl lanes, where a cluster lies in a network of its own. */
export function networkOf(lane: Lane, config: EnvironmentConfig) {
  return lane === 'kubectl-read' || lane === 'kubectl-write' ? config.clusters[0]?.vpc : undefined;
}

function targets(lane: Lane, names: Names, config: EnvironmentConfig): Permission[] {
  const { sources, clusters } = config;
  switch (lane) {
    case 'source':
      return sources.flatMap((source) => readsSource(source, names));
    case 'terraform-plan':
      return [
        ...assumes(sources.map((each) => each.plan_role)),
        ...sources.flatMap((source) => holdsState(source, names, 'reads')),
        ...secrets(
          'ReadVariables',
          sources.flatMap((each) => each.variables_secret ?? []),
        ),
      ];
    case 'terraform-apply':
      return [
        ...assumes(sources.map((each) => each.apply_role)),
        ...sources.flatMap((source) => holdsState(source, names, 'writes')),
        ...secrets(
          'ReadVariables',
          sources.flatMap((each) => each.variables_secret ?? []),
        ),
      ];
    case 'kubectl-read':
      return [...assumes(clusters.map((each) => each.read_role)), ...joinsNetwork(lane, names, config)];
    case 'kubectl-write':
      return [...assumes(clusters.map((each) => each.write_role)), ...joinsNetwork(lane, names, config)];
    case 'shell':
      return [];
  }
}

function assumes(roles: readonly string[]): Permission[] {
  return roles.length === 0
    ? []
    : [{ sid: 'AssumeTargets', actions: ['sts:AssumeRole'], resources: [...new Set(roles)] }];
}

function readsSource(source: SourceConfig, names: Names): Permission[] {
  const { git, s3 } = source;
  const sid = (what: string): string => `${what}${alphanumeric(source.name)}`;
  if (s3 !== undefined) {
    const bucket = `arn:${names.partition}:s3:::${s3.bucket}`;
    return [
      {
        sid: sid('ReadSource'),
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: [`${bucket}/${s3.prefix}/*`],
        wildcard: 'A source is all files of one prefix.',
      },
      {
        sid: sid('ListSource'),
        actions: ['s3:ListBucket', 's3:ListBucketVersions'],
        resources: [bucket],
        conditions: { StringLike: { 's3:prefix': [s3.prefix, `${s3.prefix}/*`] } },
      },
      ...throughS3(sid('DecryptSource'), s3.kms_key, ['kms:Decrypt']),
    ];
  }
  return git?.secret === undefined ? [] : secrets(sid('ReadToken'), [git.secret]);
}

/** The states of a source, and the lock that terraform puts beside each. Only an apply writes a state. */
function holdsState({ name, state }: SourceConfig, names: Names, use: 'reads' | 'writes'): Permission[] {
  const bucket = `arn:${names.partition}:s3:::${state.bucket}`;
  const sid = (what: string): string => `${what}${alphanumeric(name)}`;
  const wildcard = 'One state for each folder and workspace of the source, under its own prefix.';
  return [
    {
      sid: sid('State'),
      actions: use === 'reads' ? ['s3:GetObject'] : ['s3:GetObject', 's3:PutObject'],
      resources: [`${bucket}/${state.key_prefix}/*`],
      wildcard,
    },
    {
      sid: sid('Lock'),
      actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      resources: [`${bucket}/${state.key_prefix}/*.tflock`],
      wildcard,
    },
    // Without a condition: only who may list the bucket is told that a state does not exist yet.
    { sid: sid('FindState'), actions: ['s3:ListBucket'], resources: [bucket] },
    ...throughS3(sid('OpenState'), state.kms_key, ['kms:Decrypt', 'kms:GenerateDataKey'], state.region),
  ];
}

function throughS3(
  sid: string,
  key: string | undefined,
  actions: string[],
  region = key?.split(':')[3],
): Permission[] {
  if (key === undefined) return [];
  const conditions = { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } };
  return [{ sid, actions, resources: [key], conditions }];
}

/** What CodeBuild needs to put a build into a network. */
function joinsNetwork(lane: Lane, names: Names, config: EnvironmentConfig): Permission[] {
  const network = networkOf(lane, config);
  if (network === undefined) return [];
  return [
    {
      sid: 'JoinTheNetwork',
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeDhcpOptions',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
      wildcard:
        'EC2 takes no resource for describing, and CodeBuild names its interfaces when it makes them.',
    },
    {
      sid: 'LendTheInterface',
      actions: ['ec2:CreateNetworkInterfacePermission'],
      resources: [names.arn('ec2', 'network-interface/*')],
      conditions: {
        StringEquals: {
          'ec2:AuthorizedService': 'codebuild.amazonaws.com',
          'ec2:Subnet': network.subnets.map((subnet) => names.arn('ec2', `subnet/${subnet}`)),
        },
      },
      wildcard:
        'CodeBuild names its interfaces when it makes them; the condition holds them to the lane’s subnets.',
    },
  ];
}

/** Sids hold letters and digits only; names differ in more than dashes only by being different names. */
function alphanumeric(name: string): string {
  return name.replace(/-/g, 'Dash').replace(/^./, (letter) => letter.toUpperCase());
}
