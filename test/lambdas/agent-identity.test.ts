/** Who agents are, from what the stack tells the function: the example configuration, and tokens of its issuer. */
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadEnvironment } from '../../infra/config.ts';
import { agentIdentity } from '../../lambdas/agent-identity.ts';
import { parseDeployedConfig } from '../../lib/aws/environment-config.ts';
import { type TestIssuer, testIssuer } from '../support/oidc/issuer.ts';

const { config, policyText } = loadEnvironment('prod', path.resolve(import.meta.dirname, '../..'));
const AGENT_URL = 'https://api-id.execute-api.eu-west-1.amazonaws.com';
const SCOPES = [`${AGENT_URL}/mcp/act`, 'openid'];
const clock = { now: () => new Date('2026-03-01T12:00:00Z') };
const user = { sub: 'u-alice', email: 'alice@example.com', email_verified: true };

let idp: TestIssuer;

beforeEach(async () => {
  idp = await testIssuer({ shape: 'cognito', clock, clients: {}, resources: [] });
  vi.stubGlobal('fetch', idp.fetch);
});
afterEach(() => vi.unstubAllGlobals());

function identity() {
  const variables: Readonly<Record<string, string>> = {
    RECOURSE_AGENT_URL: AGENT_URL,
    RECOURSE_ISSUER: idp.name,
    RECOURSE_CREATED_CLIENTS: JSON.stringify({ claude: '7f1example' }),
  };
  const variable = (name: string) => variables[name] ?? expect.fail(`${name} is not set`);
  return agentIdentity(
    { config: parseDeployedConfig({ ...config, policy_text: policyText }), variable },
    clock,
  );
}

const token = (changes: Record<string, unknown> = {}, client = '7f1example') =>
  idp.accessToken({ client, user, scope: SCOPES.join(' '), resource: null }, changes);

it('an agent is known by the client that the stack made for it, its human by the user name', async () => {
  const { callers } = identity();
  const found = await callers.identify(`Bearer ${await token({ username: 'Alice@example.com' })}`);
  expect(found).toEqual({ because: null, caller: { agent: 'claude', human: 'alice@example.com' } });
  const bound = await token({ username: 'alice@example.com', aud: `${AGENT_URL}/mcp` });
  expect(await callers.identify(`Bearer ${bound}`)).toMatchObject({ because: null });
});

it('and nobody else is: another client, another resource, a user whose name is no address', async () => {
  const { callers } = identity();
  const username = 'alice@example.com';
  for (const each of [
    await token({ username }, 'claude'),
    await token({ username }, 'console-client'),
    await token({ username, aud: 'https://other.example.com/mcp' }),
    await token({ username, scope: 'openid' }),
    await token({ username: 'alice' }),
  ]) {
    expect((await callers.identify(`Bearer ${each}`)).because).not.toBeNull();
  }
});

it('an agent of a principal is known by its signature, with its configured human', () => {
  const arn = 'arn:aws:sts::333344445555:assumed-role/ci-bot/run-1';
  const { signers } = identity();
  expect(signers?.({ arn, account: '333344445555' })).toEqual({
    agent: 'ci-bot',
    human: 'carol@example.com',
  });
  expect(signers?.({ arn: arn.replace('ci-bot', 'approver-alice'), account: '333344445555' })).toBeNull();
});

it('clients are told to ask for what the issuer lets them have', () => {
  const { oauth } = identity();
  expect(oauth).toMatchObject({ issuer: idp.name, scopes: SCOPES, authorizationServer: 'gateway' });
});
