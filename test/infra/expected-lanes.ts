/** "Who may touch what", lanes: every statement of each role, and no other. */
import type { CloudTemplate } from '../support/cloud/template.ts';
import { reads, writes } from './expected-functions.ts';

const every = (lane: string): string[] => [
  `may logs:CreateLogStream, logs:PutLogEvents on log lane/${lane}:*`,
  'may s3:GetObject, s3:GetObjectVersion on the program',
  'may s3:GetBucketLocation on the bucket of programs',
  ...reads(`artifacts/jobs/${lane}/*`),
  ...writes(`artifacts/results/${lane}/*`),
];

const assume = (role: string): string => `may sts:AssumeRole on ${role}`;
const secret = (name: string): string => `may secretsmanager:GetSecretValue on secret ${name}`;

const state = (verbs: string, bucket: string, prefix: string): string[] => [
  `may ${verbs} on bucket ${bucket}/${prefix}/*`,
  `may s3:GetObject, s3:PutObject, s3:DeleteObject on bucket ${bucket}/${prefix}/*.tflock`,
  `may s3:ListBucket on bucket ${bucket}`,
];
const READS = 's3:GetObject';
const WRITES = 's3:GetObject, s3:PutObject';

/** By lane. What differs by environment follows the example configuration. */
export function expectedLanes({ environment }: CloudTemplate): Readonly<Record<string, readonly string[]>> {
  const own = (lane: string): readonly string[] => TARGETS[environment]?.[lane] ?? [];
  return Object.fromEntries(
    ['source', 'terraform-plan', 'terraform-apply', 'kubectl-read', 'kubectl-write', 'shell'].map((lane) => [
      `lane-${lane}`,
      [...every(lane), ...own(lane)],
    ]),
  );
}

const target = (account: string, name: string): string =>
  `arn:aws:iam::${account}:role/gateway-target-${name}`;
const PROD_STATE_KEY =
  'may kms:Decrypt, kms:GenerateDataKey on arn:aws:kms:eu-west-1:666677778888:key/0a1b2c3d-aaaa-bbbb-cccc-444455556666 if kms:ViaService StringEquals s3';
const NETWORK = [
  'may ec2:CreateNetworkInterface, ec2:DeleteNetworkInterface, ec2:DescribeDhcpOptions, ec2:DescribeNetworkInterfaces, ec2:DescribeSecurityGroups, ec2:DescribeSubnets, ec2:DescribeVpcs on *',
  'may ec2:CreateNetworkInterfacePermission on arn:aws:ec2:eu-west-1:333344445555:network-interface/* if ec2:AuthorizedService StringEquals codebuild.amazonaws.com and ec2:Subnet StringEquals arn:aws:ec2:eu-west-1:333344445555:subnet/subnet-0a1b2c3d4e5f60718|arn:aws:ec2:eu-west-1:333344445555:subnet/subnet-1a1b2c3d4e5f60718',
];

/** The shell lane is in none of them: it has its job, its result and its log. */
const TARGETS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  dev: {
    source: [secret('network-deploy-token-QrSt90')],
    'terraform-plan': [
      assume(target('444455556666', 'dev-plan')),
      ...state(READS, 'example-dev-states', 'network/dev'),
    ],
    'terraform-apply': [
      assume(target('444455556666', 'dev-apply')),
      ...state(WRITES, 'example-dev-states', 'network/dev'),
    ],
  },
  staging: {
    source: [
      'may s3:GetObject, s3:GetObjectVersion on bucket example-staging-sources/apps/*',
      'may s3:ListBucket, s3:ListBucketVersions on bucket example-staging-sources if s3:prefix StringLike apps|apps/*',
    ],
    'terraform-plan': [
      assume(target('555566667777', 'staging-plan')),
      ...state(READS, 'example-staging-states', 'apps'),
      secret('apps-variables-EfGh34'),
    ],
    'terraform-apply': [
      assume(target('555566667777', 'staging-apply')),
      ...state(WRITES, 'example-staging-states', 'apps'),
      secret('apps-variables-EfGh34'),
    ],
    'kubectl-read': [assume(target('555566667777', 'staging-kubectl-read'))],
    'kubectl-write': [assume(target('555566667777', 'staging-kubectl-write'))],
  },
  prod: {
    source: [secret('network-deploy-token-QrSt90'), secret('apps-deploy-token-MnOp78')],
    'terraform-plan': [
      assume(target('666677778888', 'prod-plan')),
      ...state(READS, 'example-prod-states', 'network/prod'),
      PROD_STATE_KEY,
      ...state(READS, 'example-prod-states', 'apps/prod'),
      secret('network-variables-IjKl56'),
    ],
    'terraform-apply': [
      assume(target('666677778888', 'prod-apply')),
      ...state(WRITES, 'example-prod-states', 'network/prod'),
      PROD_STATE_KEY,
      ...state(WRITES, 'example-prod-states', 'apps/prod'),
      secret('network-variables-IjKl56'),
    ],
    'kubectl-read': [assume(target('666677778888', 'prod-kubectl-read')), ...NETWORK],
    'kubectl-write': [assume(target('666677778888', 'prod-kubectl-write')), ...NETWORK],
  },
};
