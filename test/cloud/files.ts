/** An environment for tests of the cloud in a box: agents by IAM, one source in S3, two approvers. */
export const AGENT_ROLE = 'arn:aws:iam::111122223333:role/ci';
export const AGENT = 'arn:aws:sts::111122223333:assumed-role/ci/session';
export const OTHER_AGENT = 'arn:aws:sts::111122223333:assumed-role/other/session';
export const ALICE = 'arn:aws:sts::111122223333:assumed-role/alice/session';

export const VARIABLES = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:network-variables-AbCdEf';
/** What the source's variables are; terraform is not told that they are sensitive. */
export const SECRETS = [{ arn: VARIABLES, value: '{"pin":"swordfish-4711","sizes":[1,2]}' }];

/** More of the configuration, for a box that is told where its cluster really listens. */
export const CLUSTER = `clusters:
  - name: main
    eks: { cluster: main, endpoint: 'https://kubernetes.example', ca: bm9uZQ==, region: eu-west-1 }
    read_role: arn:aws:iam::111122223333:role/cluster-read
    write_role: arn:aws:iam::111122223333:role/cluster-write
`;

export interface BoxSettings {
  /** More of the policy, and of the environment. */
  readonly policy?: string;
  readonly config?: string;
}

export function boxFiles(
  environment: string,
  { policy = '', config = '' }: BoxSettings = {},
): Record<string, string> {
  return {
    [`config/${environment}.yaml`]: `
environment: ${environment}
account: '111122223333'
region: eu-west-1
policy: policy/${environment}.yaml
identity: { issuer: cognito }
agents:
  - { name: ci-bot, principal: '${AGENT_ROLE}', human: carol@example.com }
  - { name: other-bot, principal: 'arn:aws:iam::111122223333:role/other' }
approver_principals:
  - { principal: 'arn:aws:iam::111122223333:role/alice', approver: alice@example.com }
sources:
  - name: network
    s3: { bucket: example-sources, prefix: network }
    state: { bucket: example-states, key_prefix: network/${environment}, region: eu-west-1 }
    plan_role: arn:aws:iam::111122223333:role/target-plan
    apply_role: arn:aws:iam::111122223333:role/target-apply
    variables_secret: ${VARIABLES}
tools:
  terraform: { version: 1.11.4, url: 'https://example.com/terraform.zip', sha256: '${'0'.repeat(64)}' }
  kubectl: { version: 1.32.0, url: 'https://example.com/kubectl', sha256: '${'0'.repeat(64)}' }
notices: { email: { from: gateway@example.com } }
alarms: { email: ops@example.com }
${config}`,
    [`policy/${environment}.yaml`]: `
recourseos:
  version: '2.0'
approvals:
  quorum: 1
  approvers: ['alice@example.com', 'bob@example.com']
  providers: { email: {} }
${policy}`,
  };
}
