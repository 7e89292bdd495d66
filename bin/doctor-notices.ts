/** Whether people can be told: the settings of each provider, and whether its secrets can be read. Nothing is sent. */
import path from 'node:path';
import type { Policy } from '../lib/core/policy/policy.ts';
import { APPROVAL_PROVIDERS, type ApprovalProvider } from '../lib/core/policy/providers.ts';
import { isAmong, namedVoters } from '../lib/core/roles.ts';
import type { EnvironmentCheck } from '../lib/local/environment-checks.ts';
import { localSecrets } from '../lib/local/secrets.ts';
import { configuredProviders } from '../lib/notices/configured.ts';

/** `root`: what agents may address. */
export async function checkNotices(policy: Policy, root: string): Promise<EnvironmentCheck[]> {
  const { providers } = policy.approvals;
  const secrets = localSecrets(process.env);
  const clock = { now: () => new Date() };
  const checks: EnvironmentCheck[] = [];
  for (const provider of configuredProviders(providers, { secrets, clock, ses: null })) {
    const id = `notices-${provider.name}`;
    const problem = secretInReach(providers[provider.name], root) ?? (await provider.problem());
    checks.push(
      problem === null
        ? {
            id,
            level: 'ok',
            message: `${provider.name}: its settings are complete and its secrets can be read`,
          }
        : { id, level: 'problem', message: `${provider.name}: ${problem}` },
    );
  }
  return [...checks, ...APPROVAL_PROVIDERS.flatMap((name) => advice(policy, name))];
}

/** What is set in vain. */
function advice(policy: Policy, name: ApprovalProvider): EnvironmentCheck[] {
  const settings = policy.approvals.providers[name];
  const id = `notices-${name}`;
  const say = (message: string): EnvironmentCheck => ({
    id,
    level: 'advice',
    message: `${name}: ${message}`,
  });
  if (settings === undefined) return [];
  if (settings === null) return [say('it is named without settings, so nobody is told that way')];
  const voters = namedVoters(policy);
  if ('approvers' in settings) {
    const idle = Object.entries(settings.approvers).filter(
      ([, approver]) => voters.length > 0 && !isAmong(approver, voters),
    );
    return idle.map(([external, approver]) =>
      say(`${external} is mapped to ${approver}, whom the policy does not let approve anything`),
    );
  }
  if ('notify' in settings && settings.notify.length === 0 && !voters.some((voter) => voter.includes('@'))) {
    return [say('no approver has an address and nobody is to be notified, so no mail is ever sent')];
  }
  return [];
}

/** A secret that agents can read or replace is none. */
function secretInReach(settings: object | null | undefined, root: string): string | null {
  const files = texts(settings).filter((text) => text.startsWith('/'));
  const found = files.find((file) => {
    const way = path.relative(root, path.resolve(file));
    return !way.startsWith('..') && !path.isAbsolute(way);
  });
  return found === undefined ? null : `${found} lies inside the root, where agents read. Keep it elsewhere`;
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}
