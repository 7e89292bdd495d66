/** Logging in to the console through an issuer, and what attackers make of it. */
import { describe, expect, it } from 'vitest';
import { createLink } from '../../lib/control/links.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { CALLBACK, CONTROL, oidcStage } from './oidc-stage.ts';
import { stage } from './stage.ts';

const SESSION = '__Host-recourse_session';
const LOGIN = '__Host-recourse_login';

describe('logging in', () => {
  it.each([
    ['cognito', null],
    ['cognito', 'its secret/+%:'],
    ['standard', null],
    ['standard', 'its secret/+%:'],
  ] as const)('through an issuer of the %s shape, with the client secret %j', async (shape, secret) => {
    const on = await oidcStage({ shape, secret });
    on.idp.state.user = { ...on.idp.state.user, groups: ['dba', 'ops'] };
    const browser = on.browser();
    const answer = await browser.logIn();
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('<meta http-equiv="refresh" content="0;url=/console">');
    expect([...browser.cookies.keys()]).toEqual([SESSION]);
    const console = await browser.get('/console');
    expect(await console.text()).toContain('alice@example.com');
    const links = on.store.writes.filter(({ kind }) => kind === 'link').map(({ key }) => key);
    expect((await on.store.get('link', links.at(-1) ?? ''))?.value).toMatchObject({
      purpose: 'session',
      approver: 'alice@example.com',
      groups: ['dba', 'ops'],
    });
    expect(on.audit.events).toMatchObject([
      { type: 'console.login', actor: 'human:alice@example.com', data: { via: 'issuer' } },
    ]);
  });

  it('asks with PKCE, state and nonce, of which no two log-ins share any', async () => {
    const on = await oidcStage();
    const asked = await Promise.all(
      [1, 2].map(async () => {
        const answer = await on.browser().get('/console/login');
        expect(answer.status).toBe(303);
        return new URL(answer.headers.get('location') ?? '');
      }),
    );
    for (const { origin, pathname, searchParams } of asked) {
      expect(`${origin}${pathname}`).toBe(`${on.idp.endpoints}/authorize`);
      expect(Object.fromEntries(searchParams)).toEqual({
        response_type: 'code',
        client_id: 'console',
        redirect_uri: CALLBACK,
        scope: 'openid email',
        state: expect.stringMatching(/^[\w-]{43}$/),
        nonce: expect.stringMatching(/^[\w-]{43}$/),
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
        code_challenge_method: 'S256',
      });
    }
    const secrets = asked.flatMap(({ searchParams }) =>
      ['state', 'nonce', 'code_challenge'].map((name) => searchParams.get(name)),
    );
    expect(new Set(secrets).size).toBe(6);
  });

  it('keeps the log-in under way in a cookie of this host, for ten minutes, out of reach of scripts', async () => {
    const on = await oidcStage();
    const answer = await on.browser().get('/console/login');
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-recourse_login=[\w-]+\.[0-9a-f]{64}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ]);
    const state = new URL(answer.headers.get('location') ?? '').searchParams.get('state') ?? '';
    expect(JSON.stringify([on.audit.events, on.store.writes])).not.toContain(state);
  });

  it('ends with a session that is sent to this site alone, on a page, for a redirect would not carry it', async () => {
    const on = await oidcStage();
    const answer = await on.browser().logIn();
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-recourse_login=; .*Max-Age=0/),
      expect.stringMatching(/^__Host-recourse_session=.*SameSite=Strict; Secure$/),
    ]);
  });

  it('brings back to the page that asked for it', async () => {
    const on = await oidcStage();
    const { approval_id } = await on.ask();
    const browser = on.browser();
    const refused = await browser.get(`/a/${approval_id}`);
    expect(refused.status).toBe(401);
    const login = /href="(\/console\/login\?next=[^"]+)"/.exec(await refused.text())?.[1] ?? '';
    expect(await (await browser.logIn(login)).text()).toContain(`0;url=/a/${approval_id}"`);
    expect((await browser.get(`/a/${approval_id}`)).status).toBe(200);
  });

  it('names people by another claim where the operator says so, as Cognito writes it in ID tokens', async () => {
    const on = await oidcStage({ settings: { nameClaim: 'username' } });
    const answer = await on.browser().logIn();
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('(username)')]);
    on.idp.state.idToken = { 'cognito:username': 'Eve@Example.com' };
    const browser = on.browser();
    expect((await browser.logIn()).status).toBe(200);
    expect(await (await browser.get('/console')).text()).toContain('eve@example.com');
  });

  it('is not there on one machine: its link is', async () => {
    const on = await stage();
    expect((await on.request('/console/callback?code=x&state=y')).status).toBe(404);
    const page = await on.request('/console/login');
    expect([page.status, page.headers.get('location')]).toEqual([200, null]);
    expect(await (await on.request('/console')).text()).toContain('recourse console');
  });

  it('by a one-time link works beside it', async () => {
    const on = await oidcStage();
    const { token } = await createLink(on.deps, { purpose: 'console', approver: 'bob@example.com' }, 300);
    expect((await on.request(`/console/login?t=${token}`)).status).toBe(200);
    expect((await on.form('/console/login', { t: token })).status).toBe(303);
  });
});

describe('where a log-in leads', () => {
  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '/console/logout',
    '/console/login?t=x',
    '/a/apr_x/../../evil',
    '/a/x?t=y',
    '/console"><meta http-equiv="refresh" content="0;url=https://evil.example',
    '/console\r\nLocation: https://evil.example',
    '',
  ])('not to %j', async (next) => {
    const on = await oidcStage();
    const answer = await on.browser().logIn(`/console/login?next=${encodeURIComponent(next)}`);
    const text = await answer.text();
    expect([...text.matchAll(/url=([^"]*)"/g)].map((found) => found[1])).toEqual(['/console']);
    expect(text).not.toContain('evil');
  });
});

describe('a log-in that is not the browser’s own', () => {
  const decided = async (on: Awaited<ReturnType<typeof oidcStage>>) =>
    on.store.writes.filter(({ kind }) => kind === 'link').length;

  it('cannot be ended in another browser (log-in CSRF)', async () => {
    const on = await oidcStage();
    const back = await on.browser().toIssuer();
    const victim = on.browser();
    expect((await victim.get(back)).status).toBe(403);
    expect([...victim.cookies.keys()]).toEqual([]);
    const began = on.browser();
    await began.get('/console/login');
    expect((await began.get(back)).status).toBe(403);
    expect(await decided(on)).toBe(0);
    expect(on.audit.types()).toEqual(['control.refused', 'control.refused']);
  });

  it.each([
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['an empty state', (url: URL) => url.searchParams.set('state', '')],
    ['another state', (url: URL) => url.searchParams.set('state', 'A'.repeat(43))],
    ['two states', (url: URL) => url.searchParams.append('state', url.searchParams.get('state') ?? '')],
  ])('with %s', async (_, change) => {
    const on = await oidcStage();
    const browser = on.browser();
    const url = new URL(await browser.toIssuer(), CONTROL);
    change(url);
    const answer = await browser.get(`${url.pathname}${url.search}`);
    expect(answer.status).toBe(403);
    expect(await decided(on)).toBe(0);
    expect(on.idp.state.asked).not.toContain('POST /oauth2/token');
    expect(on.audit.events).toMatchObject([{ data: { code: 'login_not_begun' } }]);
  });

  it('with a cookie that was changed, or made without the key, or that is ten minutes old', async () => {
    const on = await oidcStage();
    const browser = on.browser();
    const back = await browser.toIssuer();
    const [body = '', mac = ''] = (browser.cookies.get(LOGIN) ?? '').split('.');
    const login = JSON.parse(Buffer.from(body, 'base64url').toString());
    const other = Buffer.from(JSON.stringify({ ...login, next: '/a/x' })).toString('base64url');
    for (const value of [
      `${other}.${mac}`,
      `${body}.${sha256(body).slice(7)}`,
      body,
      `${body}.${mac}.x`,
      '',
    ]) {
      const forger = on.browser();
      forger.cookies.set(LOGIN, value);
      expect((await forger.get(back)).status).toBe(403);
    }
    on.clock.at = new Date(on.clock.at.getTime() + 600_000);
    expect((await browser.get(back)).status).toBe(403);
    expect(await decided(on)).toBe(0);
  });

  it('cannot be ended twice, by the same cookie and the same answer, even if the issuer would', async () => {
    const on = await oidcStage();
    on.idp.state.codesOnce = false;
    const browser = on.browser();
    const back = await browser.toIssuer();
    const cookie = `${LOGIN}=${browser.cookies.get(LOGIN)}`;
    const both = await Promise.all([1, 2].map(() => on.request(back, { headers: { cookie } })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect((await on.request(back, { headers: { cookie } })).status).toBe(403);
    expect(await decided(on)).toBe(1);
  });
});

describe('a code that is not this log-in’s', () => {
  it('is worth nothing: the verifier does not fit (code injection)', async () => {
    const on = await oidcStage();
    const stolen = new URL(await on.browser().toIssuer(), CONTROL).searchParams.get('code') ?? '';
    const attacker = on.browser();
    const own = new URL(await attacker.toIssuer(), CONTROL);
    own.searchParams.set('code', stolen);
    const answer = await attacker.get(`${own.pathname}${own.search}`);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('invalid_grant')]);
    expect(attacker.cookies.has(SESSION)).toBe(false);
  });

  it('is not taken from another issuer (mix-up)', async () => {
    const on = await oidcStage({ shape: 'standard' });
    for (const change of [
      (url: URL) => url.searchParams.set('iss', 'https://idp.evil.example'),
      (url: URL) => url.searchParams.delete('iss'),
    ]) {
      const browser = on.browser();
      const url = new URL(await browser.toIssuer(), CONTROL);
      change(url);
      expect((await browser.get(`${url.pathname}${url.search}`)).status).toBe(403);
    }
    expect(on.idp.state.asked).not.toContain('POST /oauth2/token');
  });

  it('and an answer without one says why, in the issuer’s own code and nothing else of it', async () => {
    const on = await oidcStage();
    for (const [error, shown] of [
      ['access_denied', 'access_denied'],
      ['<script>alert(1)</script>', 'an error'],
    ]) {
      const browser = on.browser();
      const url = new URL(await browser.toIssuer(), CONTROL);
      url.searchParams.delete('code');
      url.searchParams.set('error', error ?? '');
      url.searchParams.set('error_description', 'call +1 555 and give your password');
      const answer = await browser.get(`${url.pathname}${url.search}`);
      const text = await answer.text();
      expect([answer.status, text]).toEqual([403, expect.stringContaining(shown ?? '')]);
      expect(text).not.toMatch(/script|555/);
    }
  });
});

describe('an ID token that does not hold', () => {
  it.each([
    ['of another client', { aud: 'other' }],
    ['of several clients, without saying whose', { aud: ['console', 'other'] }],
    ['of several clients, for another one', { aud: ['console', 'other'], azp: 'other' }],
    ['of another issuer', { iss: 'https://idp.evil.example' }],
    ['of another log-in', { nonce: 'A'.repeat(43) }],
    ['of no log-in', { nonce: undefined }],
    ['expired', { exp: 1_772_366_400 - 3600 }],
    ['without an expiry', { exp: undefined }],
    ['of an unverified address', { email_verified: false }],
    ['of an address that nobody verified', { email_verified: undefined }],
    ['without an address', { email: undefined }],
    ['with an address that is none', { email: 'local:ada' }],
    ['with an address that looks like another', { email: 'аlice@example.com' }],
  ])('%s', async (_, changes) => {
    const on = await oidcStage();
    on.idp.state.idToken = changes;
    const answer = await on.browser().logIn();
    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie().join()).not.toContain(SESSION);
    expect(on.audit.types()).toEqual(['control.refused']);
  });

  it('signed with a key that is not the issuer’s, or with none', async () => {
    const on = await oidcStage();
    for (const forge of [
      (token: string) => `${token.slice(0, -6)}AAAAAA`,
      (token: string) => `${unsigned(token)}.`,
      (token: string) => `${unsigned(token)}.AAAA`,
    ]) {
      on.idp.state.forge = forge;
      expect((await on.browser().logIn()).status).toBe(403);
    }
  });

  it('is an access token, or is missing', async () => {
    const on = await oidcStage();
    on.idp.state.tokenAnswer = { id_token: undefined };
    expect((await on.browser().logIn()).status).toBe(403);
    on.idp.state.tokenAnswer = {
      id_token: await on.idp.accessToken({
        client: 'console',
        user: on.idp.state.user,
        scope: 'openid',
        resource: null,
      }),
    };
    expect((await on.browser().logIn()).status).toBe(403);
  });
});

describe('a session', () => {
  it('is always a fresh one, and the one before it ends (fixation)', async () => {
    const on = await oidcStage();
    const planted = on.browser();
    await planted.logIn();
    const fixed = planted.cookies.get(SESSION) ?? '';
    const victim = on.browser();
    victim.cookies.set(SESSION, fixed);
    on.idp.state.user = { sub: 'u-bob', email: 'bob@example.com', email_verified: true };
    await victim.logIn();
    expect(victim.cookies.get(SESSION)).not.toBe(fixed);
    expect(await (await victim.get('/console')).text()).toContain('bob@example.com');
    expect((await planted.get('/console')).status).toBe(401);
  });

  it('ends here and at the issuer, which sends the browser back', async () => {
    const on = await oidcStage();
    const browser = on.browser();
    await browser.logIn();
    const cookie = `${SESSION}=${browser.cookies.get(SESSION)}`;
    const csrf = /name="csrf" value="(\w+)"/.exec(await (await browser.get('/console')).text())?.[1] ?? '';
    expect((await on.form('/console/logout', { csrf: 'x' }, { cookie })).status).toBe(403);
    const out = await on.form('/console/logout', { csrf }, { cookie });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('Max-Age=0')]);
    const url = new URL(
      (/content="0;url=([^"]+)"/.exec(await out.text())?.[1] ?? '').replaceAll('&amp;', '&'),
    );
    expect(`${url.origin}${url.pathname}`).toBe('https://pool.auth.eu-west-1.amazoncognito.com/logout');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'console',
      post_logout_redirect_uri: `${CONTROL}/console`,
      logout_uri: `${CONTROL}/console`,
    });
    expect((await on.request('/console', { headers: { cookie } })).status).toBe(401);
  });

  it('ends here where the issuer has no place for that, or names one that is not https', async () => {
    for (const end_session_endpoint of [undefined, 'http://idp.example.com/logout', 'javascript:alert(1)']) {
      const on = await oidcStage();
      on.idp.state.metadata = { end_session_endpoint };
      const browser = on.browser();
      await browser.logIn();
      const cookie = `${SESSION}=${browser.cookies.get(SESSION)}`;
      const csrf = /name="csrf" value="(\w+)"/.exec(await (await browser.get('/console')).text())?.[1] ?? '';
      const out = await on.form('/console/logout', { csrf }, { cookie });
      expect([out.status, out.headers.get('location')]).toEqual([303, '/console']);
    }
  });

  it('is not begun without the audit', async () => {
    const on = await oidcStage();
    const browser = on.browser();
    const back = await browser.toIssuer();
    on.audit.broken = true;
    expect((await browser.get(back)).status).toBe(503);
    expect(browser.cookies.has(SESSION)).toBe(false);
  });
});

describe('an issuer that is down', () => {
  it('lets nobody begin or end a log-in, and says that trying later helps', async () => {
    const on = await oidcStage();
    on.idp.state.down = true;
    const begun = await on.browser().get('/console/login');
    expect([begun.status, begun.headers.getSetCookie()]).toEqual([503, []]);
    on.idp.state.down = false;
    const browser = on.browser();
    const back = await browser.toIssuer();
    on.idp.state.down = true;
    expect((await browser.get(back)).status).toBe(503);
    expect(browser.cookies.has(SESSION)).toBe(false);
    expect(on.errors).toHaveLength(2);
  });

  it('or calls itself another, or would send people over plain http', async () => {
    for (const metadata of [
      { issuer: 'https://idp.evil.example' },
      { authorization_endpoint: 'http://idp.example.com/authorize' },
      { authorization_endpoint: undefined },
    ]) {
      const on = await oidcStage();
      on.idp.state.metadata = metadata;
      const answer = await on.browser().get('/console/login');
      expect([answer.status >= 400, answer.headers.get('location')]).toEqual([true, null]);
    }
  });
});

it('the callback is refused under a foreign name, as everything is', async () => {
  const on = await oidcStage();
  const browser = on.browser();
  const back = await browser.toIssuer();
  for (const host of ['evil.example', 'agent.example.com', 'control.example.com:8443']) {
    expect((await browser.get(back, { host })).status).toBe(421);
    expect((await browser.get('/console/login', { host })).status).toBe(421);
  }
  expect((await browser.get(back, { 'x-forwarded-host': 'evil.example' })).status).toBe(200);
});

function unsigned(token: string): string {
  const [, payload = ''] = token.split('.');
  return `${Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')}.${payload}`;
}
