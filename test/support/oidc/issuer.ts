/**
 * An OpenID issuer for tests, in process: give its `fetch` to whoever would go over the network. Shaped like
 * Amazon Cognito (no `aud` in access tokens unless a resource was asked for, no word of PKCE in its metadata,
 * userinfo in strings) or like a current one (RFC 9068, RFC 9207). PKCE with S256 is enforced by both.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export interface TestUser {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly groups?: readonly string[];
}

export interface TestClient {
  readonly secret: string | null;
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
}

export interface TestIssuerOptions {
  readonly shape: 'cognito' | 'standard';
  readonly clock: { now(): Date };
  readonly clients: Readonly<Record<string, TestClient>>;
  /** Resource indicators that it knows; another one is refused. */
  readonly resources: readonly string[];
  readonly name?: string;
}

interface Grant {
  readonly client: string;
  readonly user: TestUser;
  readonly scope: string;
  readonly resource: string | null;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | null;
}

export type TestIssuer = Awaited<ReturnType<typeof testIssuer>>;

export async function testIssuer(options: TestIssuerOptions) {
  const { shape, clock, clients, resources } = options;
  const cognito = shape === 'cognito';
  const name = options.name ?? (cognito ? COGNITO : 'https://idp.example.com');
  const endpoints = cognito ? 'https://pool.auth.eu-west-1.amazoncognito.com/oauth2' : `${name}/oauth2`;
  const state = {
    /** Who sits at the browser. */
    user: { sub: 'u-alice', email: 'Alice@example.com', email_verified: true } as TestUser,
    down: false,
    /** Added to what userinfo says. */
    userinfo: {} as Record<string, unknown>,
    /** Whether a code is good for one token alone, as it must be. */
    codesOnce: true,
    /** Added to the claims of ID tokens. */
    idToken: {} as Record<string, unknown>,
    /** Added to what the token endpoint answers. */
    tokenAnswer: {} as Record<string, unknown>,
    /** What is done to ID tokens after they were signed. */
    forge: (token: string) => token,
    /** Added to its metadata. */
    metadata: {} as Record<string, unknown>,
    /** Requests, as `METHOD path`. */
    asked: [] as string[],
    keys: [await newKey('k1')],
  };
  const codes = new Map<string, Grant>();
  const refreshable = new Map<string, Grant>();
  const active = new Map<string, TestUser>();

  const sign = (claims: JWTPayload, header: Record<string, unknown> = {}, key = lastOf(state.keys)) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header }).sign(key.privateKey);

  const seconds = () => Math.floor(clock.now().getTime() / 1000);

  /** Claims of an access token as this issuer makes them; `changes` may take away with undefined. */
  const accessClaims = (
    grant: Pick<Grant, 'client' | 'scope' | 'resource'> & { readonly user: TestUser | null },
    changes: Record<string, unknown> = {},
  ): JWTPayload => ({
    iss: name,
    sub: grant.user?.sub ?? grant.client,
    client_id: grant.client,
    scope: grant.scope,
    iat: seconds(),
    exp: seconds() + 3600,
    jti: randomBytes(8).toString('hex'),
    ...(grant.resource !== null && { aud: grant.resource }),
    ...(cognito && { token_use: 'access', version: 2 }),
    ...(cognito && grant.user !== null && { username: grant.user.sub, 'cognito:groups': grant.user.groups }),
    ...changes,
  });

  const accessToken = async (
    grant: Pick<Grant, 'client' | 'scope' | 'resource'> & { readonly user: TestUser | null },
    changes: Record<string, unknown> = {},
  ) => {
    const token = await sign(accessClaims(grant, changes), cognito ? {} : { typ: 'at+jwt' });
    if (grant.user !== null) active.set(token, grant.user);
    return token;
  };

  const idToken = async (grant: Grant) => {
    const token = await sign({
      iss: name,
      sub: grant.user.sub,
      aud: grant.client,
      iat: seconds(),
      exp: seconds() + 3600,
      auth_time: seconds(),
      at_hash: 'x',
      email: grant.user.email,
      email_verified: grant.user.email_verified,
      ...(grant.nonce !== null && { nonce: grant.nonce }),
      ...(cognito ? { token_use: 'id', 'cognito:groups': grant.user.groups } : { groups: grant.user.groups }),
      ...state.idToken,
    });
    return state.forge(token);
  };

  const tokens = async (grant: Grant) => {
    const refresh = randomBytes(16).toString('hex');
    refreshable.set(refresh, grant);
    return {
      access_token: await accessToken(grant),
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: refresh,
      scope: grant.scope,
      ...(grant.scope.split(' ').includes('openid') && { id_token: await idToken(grant) }),
      ...state.tokenAnswer,
    };
  };

  const app = new Hono();
  app.get('*', async (c, next) => {
    const { pathname } = new URL(c.req.url);
    if (pathname.endsWith('/.well-known/openid-configuration') && c.req.url.startsWith(name)) {
      return c.json({ ...metadataOf(name, endpoints, cognito), ...state.metadata });
    }
    if (pathname.endsWith('/.well-known/jwks.json')) {
      return c.json({ keys: state.keys.map(({ jwk }) => jwk) });
    }
    return next();
  });

  app.get('/oauth2/authorize', (c) => {
    const query = c.req.query();
    const client = clients[query.client_id ?? ''];
    const redirectUri = query.redirect_uri ?? '';
    // Nothing goes to an address that nobody registered.
    if (client === undefined || !client.redirectUris.includes(redirectUri)) return c.text('bad client', 400);
    const back = (result: Record<string, string>) => {
      const url = new URL(redirectUri);
      const all = { ...result, ...(query.state && { state: query.state }), ...(!cognito && { iss: name }) };
      for (const [key, value] of Object.entries(all)) url.searchParams.set(key, value);
      return c.redirect(url.href, 302);
    };
    const scope = query.scope ?? '';
    if (query.response_type !== 'code') return back({ error: 'unsupported_response_type' });
    if (query.code_challenge_method !== 'S256' || !/^[\w-]{43}$/.test(query.code_challenge ?? '')) {
      return back({ error: 'invalid_request' });
    }
    if (scope.split(' ').some((each) => !client.scopes.includes(each)))
      return back({ error: 'invalid_scope' });
    const resource = query.resource ?? null;
    if (resource !== null && !resources.includes(resource)) return back({ error: 'invalid_target' });
    const code = randomBytes(16).toString('hex');
    codes.set(code, {
      client: query.client_id ?? '',
      user: state.user,
      scope,
      resource,
      redirectUri,
      challenge: query.code_challenge ?? '',
      nonce: query.nonce ?? null,
    });
    return back({ code });
  });

  app.post('/oauth2/token', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const client = authenticated(clients, c.req.header('authorization'), form);
    if (client === null) return c.json({ error: 'invalid_client' }, 401);
    const kind = form.get('grant_type');
    if (kind === 'client_credentials') {
      const scope = form.get('scope') ?? '';
      if (clients[client]?.secret === null) return c.json({ error: 'unauthorized_client' }, 400);
      const access_token = await accessToken({
        client,
        scope,
        resource: cognito ? null : (form.get('resource') ?? resources[0] ?? null),
        user: null,
      });
      return c.json({ access_token, token_type: 'Bearer', expires_in: 3600, scope });
    }
    if (kind === 'refresh_token') {
      const grant = refreshable.get(form.get('refresh_token') ?? '');
      return grant?.client === client ? c.json(await tokens(grant)) : c.json({ error: 'invalid_grant' }, 400);
    }
    const code = form.get('code') ?? '';
    const grant = codes.get(code);
    if (state.codesOnce) codes.delete(code);
    const verifier = form.get('code_verifier') ?? '';
    const fits =
      grant?.client === client &&
      grant.redirectUri === form.get('redirect_uri') &&
      createHash('sha256').update(verifier).digest('base64url') === grant.challenge;
    return fits ? c.json(await tokens(grant)) : c.json({ error: 'invalid_grant' }, 400);
  });

  app.get('/oauth2/userInfo', (c) => {
    const user = active.get(/^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '');
    if (user === undefined) return c.json({ error: 'invalid_token' }, 401);
    const { sub, email, email_verified } = user;
    const said = { sub, email, email_verified: cognito ? String(email_verified) : email_verified };
    return c.json({ ...said, username: sub, ...state.userinfo });
  });

  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    state.asked.push(`${request.method} ${new URL(request.url).pathname}`);
    if (state.down) throw new TypeError('fetch failed');
    return app.fetch(request);
  };

  return {
    name,
    endpoints,
    state,
    fetch,
    /** Access tokens that userinfo takes, and of whom. */
    active,
    /** Whether a request to this address would be for this issuer. */
    isAt: (url: string | URL) => [name, endpoints].some((at) => new URL(at).host === new URL(url).host),
    sign,
    accessClaims,
    accessToken,
    /** As the token endpoint gives it, for whoever is at the browser. */
    idToken: (client: string) =>
      idToken({
        client,
        user: state.user,
        scope: 'openid',
        resource: null,
        redirectUri: '',
        challenge: '',
        nonce: null,
      }),
    /** Signs with a new key from now on. `forget`: the old ones are gone from its key set. */
    rotate: async (kid: string, forget = true) => {
      const key = await newKey(kid);
      state.keys = forget ? [key] : [...state.keys, key];
    },
  };
}

const COGNITO = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc123';

function metadataOf(name: string, endpoints: string, cognito: boolean): Record<string, unknown> {
  return {
    issuer: name,
    authorization_endpoint: `${endpoints}/authorize`,
    token_endpoint: `${endpoints}/token`,
    userinfo_endpoint: `${endpoints}/userInfo`,
    revocation_endpoint: `${endpoints}/revoke`,
    end_session_endpoint: cognito ? endpoints.replace('/oauth2', '/logout') : `${endpoints}/logout`,
    jwks_uri: `${name}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    ...(!cognito && {
      scopes_supported: ['openid', 'email', 'offline_access'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
    }),
  };
}

function authenticated(
  clients: Readonly<Record<string, TestClient>>,
  header: string | undefined,
  form: URLSearchParams,
): string | null {
  const basic = /^Basic (.+)$/.exec(header ?? '')?.[1];
  const [id = '', secret = null] =
    basic === undefined
      ? [form.get('client_id') ?? '', form.get('client_secret')]
      : Buffer.from(basic, 'base64').toString().split(':').map(formDecoded);
  const client = clients[id];
  return client !== undefined && client.secret === secret ? id : null;
}

/** As RFC 6749 wants the two parts of Basic credentials to be written. */
function formDecoded(text: string): string {
  return new URLSearchParams(`x=${text}`).get('x') ?? '';
}

/** One key pair a name in all issuers: making them takes long, and issuers that share keys are worth testing. */
const made = new Map<string, ReturnType<typeof makeKey>>();

function newKey(kid: string) {
  const key = made.get(kid) ?? makeKey(kid);
  made.set(kid, key);
  return key;
}

async function makeKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return {
    kid,
    privateKey,
    publicKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
  };
}

function lastOf<T>(all: readonly T[]): T {
  const last = all.at(-1);
  if (last === undefined) throw new Error('no key');
  return last;
}
