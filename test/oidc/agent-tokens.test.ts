/** Which tokens name an agent, and which tricks do not. */
import { createHmac } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { jwtCallers } from '../../lib/oidc/agent-tokens.ts';
import { openIssuer } from '../../lib/oidc/issuer.ts';
import type { Identified } from '../../lib/ports/people.ts';
import { testIssuer } from '../support/oidc/issuer.ts';

const RESOURCE = 'https://agent.example.com/mcp';
const SCOPE = `${RESOURCE}/act`;
const ALICE = { sub: 'u-alice', email: 'Alice@example.com', email_verified: true };

async function stage(
  options: {
    readonly shape?: 'cognito' | 'standard';
    readonly humanClaim?: string;
    readonly defaultAgent?: string | null;
  } = {},
) {
  const { shape = 'cognito', humanClaim = 'email', defaultAgent = null } = options;
  const clock = { at: new Date('2026-03-01T12:00:00Z'), now: () => new Date(clock.at) };
  const idp = await testIssuer({ shape, clock, clients: {}, resources: [RESOURCE] });
  const issuer = openIssuer({ issuer: idp.name, clock, fetch: idp.fetch });
  const callers = jwtCallers({
    issuer,
    audience: [RESOURCE],
    scopes: [SCOPE],
    agents: [
      { name: 'claude', client: 'claude-client' },
      { name: 'bot', client: 'bot-client' },
      { name: 'carol-bot', client: 'carol-client', human: 'Carol@example.com' },
    ],
    defaultAgent,
    humanClaim,
    clock,
  });
  const grant = {
    client: 'claude-client',
    user: ALICE,
    scope: `openid email ${SCOPE}`,
    resource: shape === 'cognito' ? null : RESOURCE,
  };
  const who = (token: string) => callers.identify(`Bearer ${token}`);
  const userinfoCalls = () => idp.state.asked.filter((each) => each.endsWith('/userInfo')).length;
  const keyCalls = () => idp.state.asked.filter((each) => each.endsWith('jwks.json')).length;
  const token = (changes: Record<string, unknown> = {}, of: Partial<typeof grant> = {}) =>
    idp.accessToken({ ...grant, ...of }, changes);
  const later = (seconds: number) => {
    clock.at = new Date(clock.at.getTime() + seconds * 1000);
  };
  return { clock, idp, callers, grant, who, token, later, userinfoCalls, keyCalls };
}

const seconds = (clock: { now(): Date }) => Math.floor(clock.now().getTime() / 1000);
const invalid = (why: string): unknown => ({ because: 'invalid_token', why: expect.stringContaining(why) });
const caller = (agent: string, human: string | null): Identified => ({
  because: null,
  caller: { agent, human },
});

describe('a token of the issuer', () => {
  it.each(['cognito', 'standard'] as const)(
    'of the %s shape names the agent and its human',
    async (shape) => {
      const on = await stage({ shape });
      expect(await on.who(await on.token())).toEqual(caller('claude', 'alice@example.com'));
    },
  );

  it('bound to the resource (Cognito gives it an audience then) is taken too, and for another is not', async () => {
    const on = await stage();
    expect(await on.who(await on.token({}, { resource: RESOURCE }))).toMatchObject({ because: null });
    const other = await on.token({}, { resource: 'https://agent.staging.example.com/mcp' });
    expect(await on.who(other)).toEqual(invalid('for another audience'));
  });

  it('names its human once: the answer is kept until the token expires, per token', async () => {
    const on = await stage();
    const token = await on.token();
    await Promise.all([on.who(token), on.who(token)]);
    await on.who(token);
    expect(on.userinfoCalls()).toBe(1);
    await on.who(await on.token());
    expect(on.userinfoCalls()).toBe(2);
  });

  it('that says the human itself is not asked about', async () => {
    const on = await stage();
    const token = await on.token({ email: 'BOB@example.com', email_verified: true });
    expect(await on.who(token)).toEqual(caller('claude', 'bob@example.com'));
    expect(on.userinfoCalls()).toBe(0);
  });

  it('of a client for itself has the human that the operator configured, or none', async () => {
    const on = await stage();
    const machine = (client: string) => on.idp.accessToken({ ...on.grant, client, user: null });
    expect(await on.who(await machine('bot-client'))).toEqual(caller('bot', null));
    expect(await on.who(await machine('carol-client'))).toEqual(caller('carol-bot', 'carol@example.com'));
    expect(on.userinfoCalls()).toBe(0);
  });

  it('of a person through a client with a configured human is of that person', async () => {
    const on = await stage();
    expect(await on.who(await on.token({}, { client: 'carol-client' }))).toEqual(
      caller('carol-bot', 'alice@example.com'),
    );
  });

  it('is taken by another claim, where the operator says that it names humans as approvers are named', async () => {
    const on = await stage({ shape: 'standard', humanClaim: 'preferred_username' });
    const named = await on.token({ preferred_username: 'Eve@Example.com' });
    expect(await on.who(named)).toEqual(caller('claude', 'eve@example.com'));
    for (const preferred_username of ['eve', '', 7, 'ève@example.com', 'a@b\n']) {
      const token = await on.token({ preferred_username });
      expect(await on.who(token)).toMatchObject({ because: 'not_allowed' });
    }
  });

  it('has scopes as text or as a list, under either name', async () => {
    const on = await stage({ shape: 'standard' });
    for (const changes of [
      { scope: [SCOPE] },
      { scope: undefined, scp: [SCOPE] },
      { scope: undefined, scp: SCOPE },
    ]) {
      expect(await on.who(await on.token(changes))).toMatchObject({ because: null });
    }
  });
});

describe('a token that is not for this', () => {
  it.each([
    ['expired', { iat: -7200, exp: -31 }, 'ERR_JWT_EXPIRED'],
    ['not yet valid', { nbf: 60 }, 'ERR_JWT_CLAIM'],
    ['of the future', { iat: 60 }, 'of the future'],
  ])('%s', async (_, times: Record<string, number>, why) => {
    const on = await stage();
    const now = seconds(on.clock);
    const changes = Object.fromEntries(Object.entries(times).map(([name, by]) => [name, now + by]));
    expect(await on.who(await on.token(changes))).toEqual(invalid(why));
  });

  it('is taken within half a minute of leeway, for clocks differ', async () => {
    const on = await stage();
    const now = seconds(on.clock);
    for (const changes of [{ exp: now - 20 }, { nbf: now + 20 }, { iat: now + 20 }]) {
      expect(await on.who(await on.token(changes))).toMatchObject({ because: null });
    }
  });

  it.each([
    ['without an expiry', { exp: undefined }],
    ['without a time', { iat: undefined }],
    ['of another issuer that has the same keys', { iss: 'https://idp.staging.example.com' }],
    ['of the issuer with a slash more', { iss: 'https://idp.example.com/' }],
    ['with an expiry in text', { exp: '9999999999' }],
  ])('%s', async (_, changes) => {
    const on = await stage({ shape: 'standard' });
    expect(await on.who(await on.token(changes))).toMatchObject({ because: 'invalid_token' });
  });

  it.each([
    ['ID token, by its use', { token_use: 'id' }],
    ['of another use', { token_use: 'refresh' }],
    ['ID token, by its nonce', { nonce: 'n' }],
    ['ID token, by its hash', { at_hash: 'h' }],
    ['bound to a key that is not asked for', { cnf: { jkt: 'x' } }],
    ['without an audience and a use', { token_use: undefined }],
    ['for somebody else', { aud: 'https://other.example.com' }],
    ['for several others', { aud: ['a', 'b'] }],
    ['for nobody', { aud: [] }],
    ['for a prefix of us', { aud: 'https://agent.example.com' }],
    ['without a client', { client_id: undefined }],
    ['with a client that is no text', { client_id: { $ne: null } }],
  ])('%s', async (_, changes) => {
    const on = await stage();
    expect(await on.who(await on.token(changes))).toMatchObject({ because: 'invalid_token' });
  });

  it('an ID token as the issuer gives it, of either shape', async () => {
    for (const shape of ['cognito', 'standard'] as const) {
      const on = await stage({ shape });
      expect(await on.who(await on.idp.idToken('claude-client'))).toMatchObject({ because: 'invalid_token' });
      // Nor where the operator named the client as the audience.
      const lax = jwtCallers({
        issuer: openIssuer({ issuer: on.idp.name, clock: on.clock, fetch: on.idp.fetch }),
        audience: ['claude-client'],
        scopes: [SCOPE],
        agents: [{ name: 'claude', client: 'claude-client' }],
        defaultAgent: 'any',
        humanClaim: 'email',
        clock: on.clock,
      });
      const found = await lax.identify(`Bearer ${await on.idp.idToken('claude-client')}`);
      expect(found).toMatchObject({ because: 'invalid_token' });
    }
  });

  it('by its declared type', async () => {
    const on = await stage();
    for (const typ of ['id_token+jwt', 'dpop+jwt', 'logout+jwt', 'JWE']) {
      const token = await on.idp.sign(on.idp.accessClaims(on.grant), { typ });
      expect(await on.who(token)).toEqual(invalid('of the type'));
    }
  });

  it.each([
    '',
    'openid email',
    'https://agent.staging.example.com/mcp/act',
    `${SCOPE}2`,
    SCOPE.toUpperCase(),
  ])('with the scopes “%s” lacks one', async (scope) => {
    const on = await stage();
    expect(await on.who(await on.token({ scope }))).toEqual({
      because: 'insufficient_scope',
      why: `It needs ${SCOPE}`,
    });
  });

  it('by its type, where no scope is asked for that would tell it from an ID token', async () => {
    const on = await stage({ shape: 'standard' });
    const unscoped = jwtCallers({
      issuer: openIssuer({ issuer: on.idp.name, clock: on.clock, fetch: on.idp.fetch }),
      audience: [RESOURCE],
      scopes: [],
      agents: [{ name: 'claude', client: 'claude-client' }],
      defaultAgent: null,
      humanClaim: 'email',
      clock: on.clock,
    });
    const who = (token: string) => unscoped.identify(`Bearer ${token}`);
    expect(await who(await on.token({ scope: undefined }))).toMatchObject({ because: null });
    const claims = on.idp.accessClaims(on.grant);
    expect(await who(await on.idp.sign(claims))).toEqual(invalid('of the type'));
    expect(await who(await on.idp.sign(claims, { typ: 'JWT' }))).toEqual(invalid('of the type'));
  });

  it('of a client that is no agent', async () => {
    const on = await stage({ shape: 'standard' });
    expect(await on.who(await on.token({}, { client: 'other' }))).toEqual({
      because: 'not_allowed',
      why: 'The OAuth client other is no agent of this gateway.',
    });
    const lenient = await stage({ shape: 'standard', defaultAgent: 'somebody' });
    expect(await lenient.who(await lenient.token({}, { client: 'other' }))).toEqual(
      caller('somebody', 'alice@example.com'),
    );
  });

  it('of an unnamed client of an issuer that gives no audience, even with a default agent', async () => {
    const on = await stage({ defaultAgent: 'somebody' });
    expect(await on.who(await on.token({}, { client: 'other' }))).toEqual(invalid('no audience'));
    expect(await on.who(await on.token({}, { client: 'other', resource: RESOURCE }))).toMatchObject({
      because: null,
    });
  });
});

describe('a forged token', () => {
  it('without a signature, by alg none in any spelling', async () => {
    const on = await stage();
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const payload = part(on.idp.accessClaims(on.grant));
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      for (const end of ['.', '.AA', '']) {
        expect(await on.who(`${part({ alg, kid: 'k1' })}.${payload}${end}`)).toMatchObject({
          because: 'invalid_token',
        });
      }
    }
  });

  it('with an HMAC made from the public key (alg confusion)', async () => {
    const on = await stage();
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [key] = on.idp.state.keys;
    const { jwk } = key ?? expect.fail();
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      const text = `${part({ alg, kid: 'k1' })}.${part(on.idp.accessClaims(on.grant))}`;
      for (const secret of [JSON.stringify(jwk), jwk.n ?? '', await pem(key?.publicKey)]) {
        const mac = createHmac(`sha${alg.slice(2)}`, secret)
          .update(text)
          .digest('base64url');
        expect(await on.who(`${text}.${mac}`)).toEqual(invalid('ERR_JOSE_ALG_NOT_ALLOWED'));
      }
    }
    expect(on.keyCalls()).toBe(0);
  });

  it('with an HMAC under a symmetric key that stands in the key set', async () => {
    const on = await stage();
    const k = Buffer.from('a key of the attacker').toString('base64url');
    const oct = { kty: 'oct', k, kid: 'oct', alg: 'HS256' };
    on.idp.state.keys.push({ ...(on.idp.state.keys[0] ?? expect.fail()), kid: 'oct', jwk: oct as never });
    const token = await new SignJWT(on.idp.accessClaims(on.grant))
      .setProtectedHeader({ alg: 'HS256', kid: 'oct' })
      .sign(Buffer.from(k, 'base64url'));
    expect(await on.who(token)).toMatchObject({ because: 'invalid_token' });
  });

  it('under a key that it brings along, or names the place of', async () => {
    const on = await stage();
    const own = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(own.publicKey)), kid: 'k1' };
    for (const header of [
      { jwk },
      { jku: 'https://evil.example/keys.json' },
      { x5u: 'https://evil.example/chain.pem' },
      { jwk, kid: undefined },
    ]) {
      const token = await on.idp.sign(on.idp.accessClaims(on.grant), header, {
        ...(on.idp.state.keys[0] ?? expect.fail()),
        privateKey: own.privateKey,
      });
      expect(await on.who(token)).toMatchObject({ because: 'invalid_token' });
    }
    expect(on.idp.state.asked.filter((each) => each.includes('chain') || each.endsWith('keys.json'))).toEqual(
      [],
    );
  });

  it.each(['../../../dev/null', '/dev/null', "' OR 1=1 --", 'k1\0', '', '__proto__', 'constructor', 'K1'])(
    'with the kid %j finds no key, and nothing is fetched by it',
    async (kid) => {
      const on = await stage();
      await on.who(await on.token());
      const before = on.idp.state.asked.length;
      on.later(60);
      const token = await on.idp.sign(on.idp.accessClaims(on.grant), { kid });
      expect(await on.who(token)).toMatchObject({ because: 'invalid_token' });
      const asked = on.idp.state.asked.slice(before);
      expect(asked.every((each) => each.endsWith('/.well-known/jwks.json'))).toBe(true);
    },
  );

  it('with a changed payload, a changed header or a changed signature', async () => {
    const on = await stage();
    const [header = '', payload = '', signature = ''] = (await on.token()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const other = Buffer.from(JSON.stringify({ ...claims, client_id: 'bot-client' })).toString('base64url');
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const token of [
      `${header}.${other}.${signature}`,
      `${header}.${payload}.${flipped}`,
      `${header}.${payload}.${signature.slice(0, -4)}`,
    ]) {
      expect(await on.who(token)).toEqual(invalid('ERR_JWS_SIGNATURE_VERIFICATION_FAILED'));
    }
  });

  it('that demands something unknown (crit)', async () => {
    const on = await stage();
    const token = await new SignJWT(on.idp.accessClaims(on.grant))
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', crit: ['recourse'], recourse: 'x' })
      .sign((on.idp.state.keys[0] ?? expect.fail()).privateKey, { crit: { recourse: true } });
    expect(await on.who(token)).toEqual(invalid('ERR_J'));
  });

  it.each([
    ['too long', `Bearer ${'a'.repeat(9000)}.b.c`],
    ['long in one part', `Bearer ${'a'.repeat(100_000)}`],
    ['of two parts', 'Bearer a.b'],
    ['encrypted (five parts)', 'Bearer a.b.c.d.e'],
    ['two tokens', 'Bearer a.b.c, Bearer a.b.c'],
    ['of one machine', `Bearer rgw_${'A'.repeat(43)}`],
    ['signed by AWS', 'AWS4-HMAC-SHA256 Credential=AKIA/20260301/eu-west-1/execute-api/aws4_request'],
    ['basic', 'Basic YTpi'],
    ['empty', ''],
    ['that is no JSON inside', 'Bearer e30.e30.e30'],
  ])('%s', async (_, header) => {
    const on = await stage();
    expect(await on.callers.identify(header)).toMatchObject({ because: 'invalid_token' });
    expect(on.idp.state.asked).toEqual([]);
  });

  it('nothing at all', async () => {
    expect(await (await stage()).callers.identify(null)).toMatchObject({ because: 'no_credentials' });
  });
});

describe('the human', () => {
  it.each([
    ['of another subject', { sub: 'u-mallory' }],
    ['without a subject', { sub: undefined }],
    ['unverified', { email_verified: 'false' }],
    ['unverified, in another way', { email_verified: 1 }],
    ['of unknown verification', { email_verified: undefined }],
    ['who has no address', { email: undefined }],
    ['whose address is none', { email: 'alice' }],
    ['whose address looks like another', { email: 'аlice@example.com' }],
  ])('%s is nobody', async (_, userinfo) => {
    const on = await stage();
    on.idp.state.userinfo = userinfo;
    expect(await on.who(await on.token())).toMatchObject({ because: 'not_allowed' });
  });

  it('whom the token calls unverified is not asked about', async () => {
    const on = await stage();
    const token = await on.token({ email: 'alice@example.com', email_verified: false });
    expect(await on.who(token)).toMatchObject({ because: 'not_allowed' });
    expect(on.userinfoCalls()).toBe(0);
  });

  it('is found once the address is verified, without a new token', async () => {
    const on = await stage();
    on.idp.state.userinfo = { email_verified: 'false' };
    const token = await on.token();
    expect(await on.who(token)).toMatchObject({ because: 'not_allowed' });
    on.idp.state.userinfo = {};
    expect(await on.who(token)).toMatchObject({ because: 'not_allowed' });
    on.later(31);
    expect(await on.who(token)).toMatchObject({ because: null });
  });

  it('whose token the issuer has withdrawn cannot be named', async () => {
    const on = await stage();
    const token = await on.idp.sign(on.idp.accessClaims(on.grant));
    expect(await on.who(token)).toEqual(invalid('does not take the token'));
    // An issuer that knows a new token everywhere only after a while is asked again.
    on.idp.active.set(token, ALICE);
    expect(await on.who(token)).toMatchObject({ because: null });
  });
});

describe('keys', () => {
  it('are fetched once, and again for a key that is not there, once in half a minute', async () => {
    const on = await stage();
    await Promise.all([on.token(), on.token(), on.token()].map(async (token) => on.who(await token)));
    expect(on.keyCalls()).toBe(1);
    on.later(60);
    await on.idp.rotate('k2');
    const fresh = await on.token();
    expect(await Promise.all([on.who(fresh), on.who(fresh)])).toMatchObject([
      { because: null },
      { because: null },
    ]);
    expect(on.keyCalls()).toBe(2);
    for (let i = 0; i < 20; i++) {
      const token = await on.idp.sign(on.idp.accessClaims(on.grant), { kid: `junk-${i}` });
      expect(await on.who(token)).toMatchObject({ because: 'invalid_token' });
    }
    expect(on.keyCalls()).toBe(2);
  });

  it('that were withdrawn open nothing once they are seen to be gone', async () => {
    const on = await stage();
    const stolen = on.idp.state.keys[0] ?? expect.fail();
    await on.who(await on.token());
    await on.idp.rotate('k2');
    on.later(601);
    const forged = await on.idp.sign(on.idp.accessClaims(on.grant), {}, stolen);
    expect(await on.who(forged)).toMatchObject({ because: 'invalid_token' });
  });

  it('at hand go on while the issuer is down, for four hours and no longer', async () => {
    const on = await stage();
    const machine = () => on.idp.accessToken({ ...on.grant, client: 'bot-client', user: null });
    expect(await on.who(await machine())).toMatchObject({ because: null });
    on.idp.state.down = true;
    on.later(3 * 3600);
    expect(await on.who(await machine())).toMatchObject({ because: null });
    on.later(3600);
    expect(await on.who(await machine())).toMatchObject({ because: 'unavailable', retryAfterSeconds: 5 });
    on.idp.state.down = false;
    on.later(60);
    expect(await on.who(await machine())).toMatchObject({ because: null });
  });

  it('that are missing, with an issuer that is down, let nobody in and are not asked for all the time', async () => {
    const on = await stage();
    on.idp.state.down = true;
    const token = await on.token();
    for (let i = 0; i < 10; i++) expect(await on.who(token)).toMatchObject({ because: 'unavailable' });
    expect(on.idp.state.asked.length).toBeLessThan(4);
  });

  it('for a new key of an issuer that is down: not now, rather than never', async () => {
    const on = await stage();
    await on.who(await on.token());
    await on.idp.rotate('k2');
    on.idp.state.down = true;
    on.later(60);
    expect(await on.who(await on.token())).toMatchObject({ because: 'unavailable' });
  });

  it('of metadata that calls itself another issuer are not used', async () => {
    const on = await stage();
    on.idp.state.metadata = { issuer: 'https://idp.evil.example' };
    expect(await on.who(await on.token())).toMatchObject({ because: 'unavailable' });
  });

  it.each([
    ['plain http', { jwks_uri: 'http://cognito-idp.eu-west-1.amazonaws.com/x/.well-known/jwks.json' }],
    ['nothing', { jwks_uri: undefined }],
    ['a file', { jwks_uri: 'file:///etc/passwd' }],
  ])('are not fetched from %s', async (_, metadata) => {
    const on = await stage();
    on.idp.state.metadata = metadata;
    expect(await on.who(await on.token())).toMatchObject({ because: 'unavailable' });
    expect(on.keyCalls()).toBe(0);
  });

  it('the human cannot be named while the issuer is down', async () => {
    const on = await stage();
    await on.who(await on.idp.accessToken({ ...on.grant, client: 'bot-client', user: null }));
    on.idp.state.down = true;
    const token = await on.token();
    expect(await on.who(token)).toMatchObject({ because: 'unavailable' });
    on.idp.state.down = false;
    expect(await on.who(token)).toMatchObject({ because: null });
  });
});

describe('a configuration that cannot be meant', () => {
  const clock = { now: () => new Date(0) };
  const fetch = async () => new Response();

  it.each([
    'http://idp.example.com',
    'idp.example.com',
    'https://u:p@idp.example.com',
    'https://idp.example.com?x',
  ])('an issuer %s', (issuer) => {
    expect(() => openIssuer({ issuer, clock, fetch })).toThrow(TypeError);
  });

  it.each([
    { audience: [] },
    { audience: [''] },
    { scopes: [''] },
    { defaultAgent: 'a b' },
    { agents: [{ name: '-x', client: 'c' }] },
    { agents: [{ name: 'x', client: 'c', human: 'nobody' }] },
    {
      agents: [
        { name: 'x', client: 'c' },
        { name: 'y', client: 'c' },
      ],
    },
  ])('%j', (changes) => {
    const issuer = openIssuer({ issuer: 'https://idp.example.com', clock, fetch });
    const options = {
      issuer,
      audience: [RESOURCE],
      scopes: [SCOPE],
      agents: [],
      defaultAgent: null,
      humanClaim: 'email',
      clock,
      ...changes,
    };
    expect(() => jwtCallers(options)).toThrow(TypeError);
  });
});

async function pem(key: CryptoKey | undefined): Promise<string> {
  const { exportSPKI } = await import('jose');
  return exportSPKI(key ?? expect.fail());
}
