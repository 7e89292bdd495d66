/** What no single key of an environment file can say. */
import type { EnvironmentConfig, SourceConfig } from '../lib/aws/environment-config.ts';
import { nearestName } from '../lib/core/policy/nearest.ts';
import { ENVIRONMENT_KEYS, type Policy } from '../lib/core/policy/policy.ts';
import { ConfigProblem } from './problem.ts';

/** One file, by itself. */
export function checkWithin(file: string, config: EnvironmentConfig): void {
  onlyOnce(
    file,
    'agents',
    config.agents.map((each) => each.name),
  );
  onlyOnce(
    file,
    'sources',
    config.sources.map((each) => each.name),
  );
  onlyOnce(
    file,
    'clusters',
    config.clusters.map((each) => each.name),
  );
  checkIdentities(file, config);
  config.sources.forEach((source, index) => {
    checkGit(`${file}: sources[${index}]`, source);
  });
  checkTargets(file, config);
  checkNetworks(file, config);
}

/** All files together: two environments must not write one state, nor hold one lease on it. */
export function checkAcross(all: ReadonlyMap<string, EnvironmentConfig>): void {
  statesApart(
    [...all].flatMap(([name, config]) =>
      config.sources.map((source, index) => ({ at: `config/${name}.yaml: sources[${index}]`, source })),
    ),
  );
}

/** A file and the policy that it names. */
export function checkWithPolicy(file: string, config: EnvironmentConfig, policy: Policy): void {
  const rules = Object.hasOwn(policy.environments, config.environment)
    ? policy.environments[config.environment]
    : undefined;
  if (rules === undefined) {
    throw new ConfigProblem(
      `${file}: environment ${config.environment} is not in ${config.policy}; add it under recourseos.environments`,
    );
  }
  const escalates = ENVIRONMENT_KEYS.find((key) => rules[key] === 'escalate');
  const { approvers, groups } = policy.approvals;
  if (approvers.length === 0 && escalates !== undefined) {
    throw new ConfigProblem(
      `${config.policy}: approvals.approvers is empty while ${escalates} escalates in ${config.environment}; name at least one approver`,
    );
  }
  const people = [...approvers, ...Object.values(groups).flat(), ...Object.values(policy.roles).flat()];
  const local = people.find((each) => each.startsWith('local:'));
  if (local !== undefined) {
    throw new ConfigProblem(
      `${config.policy} names ${local}, who exists on one machine only; name people by e-mail address`,
    );
  }
  const names = people.map((each) => each.toLowerCase());
  config.approver_principals.forEach(({ approver }, index) => {
    if (names.includes(approver.toLowerCase())) return;
    const near = nearestName(approver, people);
    throw new ConfigProblem(
      `${file}: approver_principals[${index}].approver ${approver} is nobody whom ${config.policy} names; ${
        near === null ? `it names ${[...new Set(people)].join(', ')}` : `did you mean ${near}?`
      }`,
    );
  });
}

function onlyOnce(file: string, key: string, names: readonly string[]): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) {
      throw new ConfigProblem(`${file}: ${key}[${index}].name ${name} is used twice; give each its own name`);
    }
  });
}

/** Who calls as what. One identity is one agent or one approver, and never both. */
function checkIdentities(file: string, config: EnvironmentConfig): void {
  const taken = new Map<string, string>();
  const take = (identity: string, at: string): void => {
    const other = taken.get(identity);
    if (other !== undefined) {
      throw new ConfigProblem(`${file}: ${at} is also ${other}; one identity has one part to play`);
    }
    taken.set(identity, at);
  };
  config.agents.forEach(({ client, principal }, index) => {
    if (client === 'created' && config.identity.issuer !== 'cognito') {
      throw new ConfigProblem(
        `${file}: agents[${index}].client is created, which needs identity.issuer cognito; give the client id of your provider`,
      );
    }
    if (client !== undefined && client !== 'created') take(client, `agents[${index}].client`);
    if (principal !== undefined) take(principal, `agents[${index}].principal`);
  });
  config.approver_principals.forEach(({ principal }, index) => {
    take(principal, `approver_principals[${index}].principal`);
  });
  for (const [identity, at] of taken) {
    if (!identity.startsWith('arn:')) continue;
    // An HTTP API has no resource policy, so IAM lets in callers of its own account only.
    if (identity.split(':')[4] !== config.account) {
      throw new ConfigProblem(
        `${file}: ${at} is of another account; name a role of ${config.account} that the caller may assume`,
      );
    }
  }
}

/** Reading must not lend the hands that write, and nothing of the gateway may be a target. */
function checkTargets(file: string, config: EnvironmentConfig): void {
  const pairs = [
    ...config.sources.map((each, index) => ({
      at: `sources[${index}]`,
      read: ['plan_role', each.plan_role] as const,
      write: ['apply_role', each.apply_role] as const,
    })),
    ...config.clusters.map((each, index) => ({
      at: `clusters[${index}]`,
      read: ['read_role', each.read_role] as const,
      write: ['write_role', each.write_role] as const,
    })),
  ];
  for (const { at, read, write } of pairs) {
    if (read[1] === write[1]) {
      throw new ConfigProblem(
        `${file}: ${at}.${read[0]} is the same role as ${write[0]}; give reading a role that cannot write`,
      );
    }
    for (const [key, role] of [read, write]) {
      if (!/:role\/(?:.*\/)?recourse-/.test(role)) continue;
      throw new ConfigProblem(
        `${file}: ${at}.${key} is a role of a gateway (recourse-…); name a role of the account that is to be changed`,
      );
    }
  }
  config.sources.forEach(({ state, variables_secret, git }, index) => {
    for (const [key, secret] of [
      ['variables_secret', variables_secret],
      ['git.secret', git?.secret],
    ] as const) {
      if (!secret?.includes(':secret:recourse-')) continue;
      throw new ConfigProblem(
        `${file}: sources[${index}].${key} is named as secrets of a gateway are (recourse-…), which no lane may read; name it otherwise`,
      );
    }
    if (!state.bucket.startsWith('recourse-')) return;
    throw new ConfigProblem(
      `${file}: sources[${index}].state.bucket is a bucket of a gateway (recourse-…); keep terraform's states in one of your own`,
    );
  });
}

function checkGit(at: string, { git }: SourceConfig): void {
  if (git === undefined) return;
  if (!git.refs.some((pattern) => matches(pattern, git.default_ref))) {
    throw new ConfigProblem(
      `${at}.git.default_ref ${git.default_ref} is not among refs ${git.refs.join(', ')}; add it there or name another`,
    );
  }
}

function matches(pattern: string, ref: string): boolean {
  const literal = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^/]*')}$`).test(ref);
}

interface PlacedSource {
  readonly at: string;
  readonly source: SourceConfig;
}

/** No state prefix lies in another: who may write one could write the other, and hold its lock. */
function statesApart(sources: readonly PlacedSource[]): void {
  sources.forEach((one, index) => {
    for (const other of sources.slice(0, index)) {
      if (one.source.state.bucket !== other.source.state.bucket) continue;
      const [a, b] = [`${one.source.state.key_prefix}/`, `${other.source.state.key_prefix}/`];
      if (!a.startsWith(b) && !b.startsWith(a)) continue;
      throw new ConfigProblem(
        `${one.at}.state.key_prefix ${one.source.state.key_prefix} in bucket ${one.source.state.bucket} shares its state and lease with ${other.at} (${other.source.state.key_prefix}); give each its own prefix`,
      );
    }
  });
}

/** A CodeBuild project lies in one network; the kubectl lanes are one project each. */
function checkNetworks(file: string, config: EnvironmentConfig): void {
  const networks = config.clusters.map((cluster) => JSON.stringify(cluster.vpc ?? null));
  const other = networks.findIndex((network) => network !== networks[0]);
  if (other > 0) {
    throw new ConfigProblem(
      `${file}: clusters[${other}].vpc differs from clusters[0].vpc; the kubectl lanes run in one network, so give all clusters the same vpc or deploy another environment`,
    );
  }
}
