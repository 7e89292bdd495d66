/**
 * `recourse gateway doctor --cloud URL`: what only a deployed gateway can answer. Run it as the agent: with its
 * AWS credentials (which are then tried on all that they must not open), or with its access token.
 */
import { connect } from 'node:tls';
import { accountChecks, principalOf, whoAsks } from '../../lib/doctor/cloud/account.ts';
import {
  type AgentApiOptions,
  type Ask,
  agentApiChecks,
  type Handshake,
} from '../../lib/doctor/cloud/agent-api.ts';
import type { AwsCall } from '../../lib/doctor/cloud/aws-call.ts';
import type { CloudCheck } from '../../lib/doctor/cloud/check.ts';
import { denialChecks } from '../../lib/doctor/cloud/denials.ts';
import { placesOf } from '../../lib/doctor/cloud/places.ts';
import { regionOf } from '../region.ts';
import { Stop } from '../stop.ts';

export interface CloudOptions {
  readonly env: string;
  readonly cloud: string;
  readonly control?: string;
  readonly profile?: string;
  readonly json?: boolean;
}

const TIMEOUT_MS = 15_000;

export async function cloudDoctor(options: CloudOptions): Promise<void> {
  const origin = originOf('--cloud', options.cloud);
  const control = options.control === undefined ? null : originOf('--control', options.control);
  const checks = [...(await fromOutside(origin, control)), ...(await fromInside(options, origin))];
  const failed = checks.filter(({ level }) => level === 'problem').length;
  const out = { ok: failed === 0, environment: options.env, cloud: origin, checks };
  process.stdout.write(options.json ? `${JSON.stringify(out, null, 2)}\n` : forPeople(checks, failed));
  process.exitCode = failed === 0 ? 0 : 1;
}

/** As a stranger, and as the agent: by its token where there is one, else by its AWS credentials. */
async function fromOutside(origin: string, control: string | null): Promise<CloudCheck[]> {
  const asAgent = await agentsOwn(origin);
  const handshake = () => shakeHands(new URL(origin));
  return agentApiChecks({ origin, control, ask, asAgent, handshake, now: new Date() });
}

const ask: Ask = (url, init = {}) =>
  fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });

async function agentsOwn(origin: string): Promise<AgentApiOptions['asAgent']> {
  const token = process.env.RECOURSE_TOKEN ?? '';
  if (token !== '') {
    const bearing: Ask = (url, { headers, ...init } = {}) =>
      ask(url, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(headers)), authorization: `Bearer ${token}` },
      });
    return { path: '/mcp', ask: bearing };
  }
  const { awsCredentials, signedFetch } = await import('../aws-side.ts');
  const credentials = await awsCredentials().catch(() => null);
  if (credentials === null) return null;
  const region = regionOf('--cloud', origin);
  const sign = signedFetch({ service: 'execute-api', region, credentials, now: () => new Date(), fetch });
  const signing: Ask = (url, { method = 'GET', headers, body } = {}) =>
    sign(url, {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === 'string' && { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  return { path: '/iam/mcp', ask: signing };
}

/** As the agent, on what it must not open; and as the operator, where a profile is named. */
async function fromInside({ env, profile }: CloudOptions, origin: string): Promise<CloudCheck[]> {
  const { awsCaller, awsCredentials } = await import('../aws-side.ts');
  const credentials = await awsCredentials().catch(() => null);
  if (credentials === null && profile === undefined) return [NOT_TRIED];
  const region = regionOf('--cloud', origin);
  const agent = credentials === null ? null : awsCaller(credentials, region);
  const operator =
    profile === undefined
      ? null
      : awsCaller(
          await awsCredentials(profile).catch((failure: unknown) => {
            throw new Stop(
              `--profile ${profile}: ${failure instanceof Error ? failure.message : String(failure)}`,
            );
          }),
          region,
        );
  const asking = agent === null ? null : await known('the agent', agent);
  const account = (operator === null ? asking : await known(`--profile ${profile}`, operator))?.account ?? '';
  const places = placesOf({ environment: env, account, region });
  const denied = agent === null ? [NOT_TRIED] : await denialChecks(agent, places);
  if (operator === null) return denied;
  const principal = asking === null ? null : await principalOf(operator, asking.arn);
  return [...denied, ...(await accountChecks({ call: operator, places, agent: principal }))];
}

function known(who: string, call: AwsCall) {
  return whoAsks(call).catch((failure: unknown) => {
    throw new Stop(`${who}: ${failure instanceof Error ? failure.message : String(failure)}`);
  });
}

const NOT_TRIED: CloudCheck = {
  id: 'denials',
  group: 'what the agent may not',
  level: 'advice',
  message: 'not tried: there are no AWS credentials of the agent here (set AWS_PROFILE to one of its own)',
};

function originOf(flag: string, url: string): string {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
    throw new Stop(
      `${flag} ${url} is no https address, such as https://abc.execute-api.eu-west-1.amazonaws.com`,
    );
  }
  return new URL(url).origin;
}

function shakeHands({ hostname, port }: URL): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || 443), servername: hostname }, () => {
      const protocol = socket.getProtocol() ?? 'nothing';
      const validUntil = new Date(socket.getPeerCertificate().valid_to);
      socket.end();
      resolve({ protocol, validUntil });
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('it did not answer in time')));
    socket.once('error', reject);
  });
}

function forPeople(checks: readonly CloudCheck[], failed: number): string {
  const marks = { ok: '✓', advice: '!', problem: '✗' } as const;
  const groups = [...new Set(checks.map(({ group }) => group))].flatMap((group) => [
    `\n${group}`,
    ...checks
      .filter((each) => each.group === group)
      .map(
        ({ id, level, message }) => `  ${marks[level]} ${message}${level === 'problem' ? ` (${id})` : ''}`,
      ),
  ]);
  const passed = checks.filter(({ level }) => level === 'ok').length;
  const verdict =
    failed === 0
      ? `\n${passed} of ${checks.length} checks hold, and none fails.`
      : `\n${failed} of ${checks.length} checks fail; mend them before agents use this.`;
  return [...groups, verdict, ''].join('\n').replace(/^\n/, '');
}
