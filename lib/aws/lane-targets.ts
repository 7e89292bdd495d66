/** Where the terraform and kubectl lanes lead: the target's role, its secrets, and the state that is configured. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterOf, kubeconfigOf } from '../executor/kubectl/configured-cluster.ts';
import { secretVariables } from '../executor/terraform/secret-variables.ts';
import type { Targets } from '../lanes/machine.ts';
import type { ClusterConfig, SourceConfig } from './environment-config.ts';
import type { Variables } from './variables.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

export interface LaneTargetsDeps {
  readonly sources: readonly SourceConfig[];
  readonly clusters: readonly ClusterConfig[];
  readonly env: Variables;
  /** Folder of this build's own. */
  readonly place: string;
  /** Where providers come from instead of their registries; null: from those. */
  readonly providerMirror: string | null;
  /** Of the lane itself. */
  readonly ownCredentials: () => Promise<AwsCredentials>;
  readonly assumeRole: (roleArn: string, session: string) => Promise<AwsCredentials>;
  readonly secret: (arn: string) => Promise<string>;
  /** A token that opens an EKS cluster for a short while. */
  readonly eksToken: (cluster: string, region: string, credentials: AwsCredentials) => Promise<string>;
}

/** The profile under which terraform's backend finds the lane's own role: the target's has no say over states. */
export const STATE_PROFILE = 'recourse-state';

export function laneTargets(deps: LaneTargetsDeps): Targets {
  return {
    terraform: async (name, lane, session) => {
      const source = deps.sources.find((each) => each.name === name);
      if (source === undefined) throw new Error(`there is no source ${name}`);
      const { bucket, key_prefix: keyPrefix, region, kms_key } = source.state;
      const state = { bucket, keyPrefix, region, kmsKey: kms_key ?? null, profile: STATE_PROFILE };
      const plain = { ...withoutCredentials(deps.env), ...(await mirror(deps)) };
      // The source lane only freezes: it has neither target nor secrets.
      if (lane === 'source') return { state, env: plain, secrets: [] };
      const role = lane === 'terraform-plan' ? source.plan_role : source.apply_role;
      const target = await deps.assumeRole(role, session);
      const credentialsFile = await writeStateProfile(deps);
      const variables =
        source.variables_secret === undefined ? {} : variablesIn(await deps.secret(source.variables_secret));
      return {
        state,
        secrets: secretVariables(variables).values,
        env: {
          ...plain,
          ...variables,
          AWS_REGION: deps.env.AWS_REGION ?? region,
          AWS_SHARED_CREDENTIALS_FILE: credentialsFile,
          AWS_CONFIG_FILE: '/dev/null',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_ACCESS_KEY_ID: target.accessKeyId,
          AWS_SECRET_ACCESS_KEY: target.secretAccessKey,
          ...(target.sessionToken === null ? {} : { AWS_SESSION_TOKEN: target.sessionToken }),
        },
      };
    },
    cluster: async (lane, session) => {
      const configured = deps.clusters[0];
      if (configured === undefined) return null;
      const role = lane === 'kubectl-read' ? configured.read_role : configured.write_role;
      const credentials = await deps.assumeRole(role, session);
      const { cluster, region } = configured.eks;
      const token = await deps.eksToken(cluster, region, credentials);
      const named = { name: configured.name, ...configured.eks };
      return { cluster: clusterOf(named), kubeconfig: kubeconfigOf(named, token) };
    },
  };
}

/** Terraform's own settings: the operator's mirror, and no other place. */
async function mirror({ place, providerMirror }: LaneTargetsDeps): Promise<Record<string, string>> {
  if (providerMirror === null) return {};
  const folder = join(place, 'aws');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'terraform.rc');
  const url = providerMirror.endsWith('/') ? providerMirror : `${providerMirror}/`;
  const text = `provider_installation {\n  network_mirror {\n    url = ${JSON.stringify(url)}\n  }\n}\n`;
  await writeFile(file, text, { mode: 0o600 });
  return { TF_CLI_CONFIG_FILE: file };
}

async function writeStateProfile({ place, ownCredentials }: LaneTargetsDeps): Promise<string> {
  const own = await ownCredentials();
  const folder = join(place, 'aws');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'credentials');
  const lines = [
    `[${STATE_PROFILE}]`,
    `aws_access_key_id = ${own.accessKeyId}`,
    `aws_secret_access_key = ${own.secretAccessKey}`,
    ...(own.sessionToken === null ? [] : [`aws_session_token = ${own.sessionToken}`]),
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

/** Neither the lane's own credentials nor where they come from. */
function withoutCredentials(env: Variables): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !CREDENTIALS.test(name)));
}

const CREDENTIALS =
  /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|CONTAINER_.+|WEB_IDENTITY_TOKEN_FILE|ROLE_ARN|ROLE_SESSION_NAME)$/;

/** A JSON object of terraform variables: text as it is, all else as JSON. */
function variablesIn(secret: string): Record<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(secret);
  } catch {
    parsed = null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error('the secret with the variables is no JSON object');
  }
  return Object.fromEntries(
    Object.entries(parsed).map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name))
        throw new Error(`the secret names a variable ${JSON.stringify(name)}`);
      return [`TF_VAR_${name}`, typeof value === 'string' ? value : JSON.stringify(value)];
    }),
  );
}
