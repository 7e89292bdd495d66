/**
 * What an operator says of one environment: the file `config/<environment>.yaml`, and the same as `config.json`
 * beside each function's code. Checked at synth (infra/config.ts); functions read it again, and fail on less.
 */
import * as z from 'zod';
import {
  account,
  block,
  bucketName,
  emailAddress,
  environmentName,
  gitRef,
  httpsUrl,
  keyArn,
  keyPrefix,
  RETENTION_DAYS,
  redirectUri,
  region,
  roleArn,
  secretArn,
  sha256,
  shaped,
  shortName,
  someOf,
} from './config-values.ts';

const line = (what: string) => shaped(what, /^[^\p{Cc}]{1,256}$/u);

/** Exactly one of client and principal. */
const agent = block({
  name: shortName,
  /** An OAuth client id. `created`: this stack makes a public client (PKCE) for the agent in its user pool. */
  client: shaped(
    'an OAuth client id, or `created` for one that this stack makes',
    /^[\w.:/@-]{1,256}$/,
  ).optional(),
  /** Where a `created` client may have its user sent back to. */
  redirect_uris: someOf('addresses', redirectUri).optional(),
  /** An IAM role that calls `POST /iam/mcp`. */
  principal: roleArn.optional(),
  /** The human who answers for the agent where a token names none: never counted among the voters. */
  human: emailAddress.optional(),
}).superRefine((given, context) => {
  if ((given.client === undefined) === (given.principal === undefined)) {
    context.addIssue('must have either client (an OAuth client id) or principal (the ARN of an IAM role)');
  }
  if (given.redirect_uris !== undefined && given.client !== 'created') {
    context.addIssue('has redirect_uris, which belong to `client: created` alone');
  }
});

const openIdProvider = block({
  url: httpsUrl('the issuer URL of an OpenID provider'),
  /** What `aud` of an agent's token must hold. */
  audience: line('what `aud` of an agent’s token holds'),
  /** What `scope` of an agent's token must hold, all of it. */
  scopes: z.array(line('a scope')).default([]),
  /** The confidential client with which humans log in to the console; the secret holds the client secret. */
  console: block({ client_id: line('an OAuth client id'), client_secret: secretArn }),
});

/** The two ways of naming who signs tokens. */
const issuer = z.union([z.literal('cognito'), openIdProvider], {
  error: 'must be `cognito`, or hold url, audience and console of your OpenID provider',
});

const git = block({
  url: httpsUrl('the URL of a repository'),
  /** Which branches and tags may be planned; `*` stands for anything but `/`. */
  refs: someOf("branches and tags that may be planned, such as ['main', 'release/*']", gitRef),
  default_ref: shaped('one of refs, written out', /^[\w.][\w./+-]{0,199}$/),
  /** The token with which the repository is read, sent as the password of https; without one it must be open. */
  secret: secretArn.optional(),
});

const source = block({
  name: shortName,
  git: git.optional(),
  s3: block({ bucket: bucketName, prefix: keyPrefix, kms_key: keyArn.optional() }).optional(),
  /** Where terraform's states of this source lie: keys `<key_prefix>/…`, the lock beside each. */
  state: block({ bucket: bucketName, key_prefix: keyPrefix, region, kms_key: keyArn.optional() }),
  /** A JSON object of terraform variables that only the terraform lanes read. */
  variables_secret: secretArn.optional(),
  plan_role: roleArn,
  apply_role: roleArn,
}).superRefine((given, context) => {
  if ((given.git === undefined) === (given.s3 === undefined)) {
    context.addIssue('must have either git or s3, and not both');
  }
});

const cluster = block({
  name: shortName,
  eks: block({
    cluster: shaped('the name of an EKS cluster', /^[0-9A-Za-z][\w-]{0,99}$/),
    endpoint: httpsUrl('the endpoint of the cluster'),
    ca: shaped('the certificate authority of the cluster in base64', /^[A-Za-z0-9+/]+={0,2}$/),
    region,
  }),
  read_role: roleArn,
  write_role: roleArn,
  /** Where the kubectl lanes run, so that they reach a private endpoint; one network for all clusters. */
  vpc: block({
    id: shaped('the id of a VPC', /^vpc-[0-9a-f]{8,17}$/),
    subnets: someOf('subnet ids', shaped('the id of a subnet', /^subnet-[0-9a-f]{8,17}$/)),
    security_groups: someOf(
      'security group ids',
      shaped('the id of a security group', /^sg-[0-9a-f]{8,17}$/),
    ),
  }).optional(),
});

const tool = block({
  version: shaped('a version such as 1.13.4', /^\d+\.\d+\.\d+(?:-[0-9a-z.]+)?$/),
  url: httpsUrl('the address of the program for Linux on arm64'),
  sha256,
});

const secretOf = block({ secret: secretArn });

export const environmentConfigSchema = block({
  environment: environmentName,
  account,
  region,
  policy: line('the path of a policy file such as policy/prod.yaml'),
  identity: block({
    issuer,
    /**
     * The claim that names the human behind a token, as the policy's approvers are named. Cognito's access
     * tokens have `username`, which only an administrator sets; `email` a user could change.
     */
    human_claim: shaped('the name of a claim such as email', /^[\w:./-]{1,128}$/).default('username'),
    /** Cognito only: the first label of the log-in page's host, unique in the region. */
    domain_prefix: shaped(
      'lower-case letters, digits and dashes, without the words aws, amazon and cognito',
      /^(?!.*(?:aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    ).optional(),
  }),
  agents: someOf('agents, each with name and client or principal', agent),
  /** IAM roles of humans who decide from the command line, each with the approver that it stands for. */
  approver_principals: z
    .array(block({ principal: roleArn, approver: line('an approver of the policy') }))
    .default([]),
  sources: z.array(source, { error: 'must be a list of sources' }).default([]),
  clusters: z.array(cluster, { error: 'must be a list of clusters' }).default([]),
  /** Terraform comes as a zip, kubectl as the bare program. With `tool: tofu` in the policy, terraform is tofu. */
  tools: block({
    terraform: tool,
    kubectl: tool,
    provider_mirror: httpsUrl('the address of a terraform provider network mirror').optional(),
  }),
  /** `from` is an address that SES may send from; the other providers' secrets are JSON objects. */
  notices: block({
    email: block({ from: emailAddress }),
    slack: secretOf.optional(),
    servicenow: secretOf.optional(),
    webhook: secretOf.optional(),
  }),
  alarms: block({ email: emailAddress }),
  /** How long logs and audit checkpoints are kept. */
  retention_days: z
    .literal(RETENTION_DAYS, {
      error: `must be a period that CloudWatch Logs offers: ${RETENTION_DAYS.join(', ')}`,
    })
    .default(400),
  /** Requests a second that each API lets through, and how many at once. */
  throttle: block({ rate: z.int().min(1).max(10_000), burst: z.int().min(1).max(5_000) }).default({
    rate: 20,
    burst: 40,
  }),
});

export type EnvironmentConfig = z.output<typeof environmentConfigSchema>;
export type AgentConfig = EnvironmentConfig['agents'][number];
export type SourceConfig = EnvironmentConfig['sources'][number];
export type ClusterConfig = EnvironmentConfig['clusters'][number];

/** `config.json`: the environment, and the text of its policy file for `parsePolicy`. */
const deployedConfigSchema = environmentConfigSchema.extend({ policy_text: z.string().min(1) });
export type DeployedConfig = z.output<typeof deployedConfigSchema>;

/** Reads `config.json`. Throws where it is not what synth wrote: the function must not start on it. */
export function parseDeployedConfig(json: unknown): DeployedConfig {
  return deployedConfigSchema.parse(json);
}
