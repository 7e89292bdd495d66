import { describe, expect, it } from 'vitest';
import { createLink } from '../../lib/control/links.ts';
import { stage } from './stage.ts';

const ALICE = 'alice@example.com';

describe('logging in', () => {
  it('takes a button: ten GETs of the link use nothing up', async () => {
    const on = await stage();
    const { token } = await createLink(on.deps, { purpose: 'console', approver: ALICE }, 300);
    for (let i = 0; i < 10; i++) {
      const answer = await on.request(`/console/login?t=${token}`, { method: i % 2 ? 'HEAD' : 'GET' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
    const answer = await on.form('/console/login', { t: token });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/console']);
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^recourse_session_4180=[\w-]{43}\.[\w-]{43}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/,
    );
    expect((await on.form('/console/login', { t: token })).status).toBe(403);
  });

  it('marks the cookie for its host alone over https', async () => {
    const on = await stage({ origin: 'https://control.example.com' });
    const { token } = await createLink(on.deps, { purpose: 'console', approver: ALICE }, 300);
    const answer = await on.form('/console/login', { t: token });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-recourse_session=[\w-]{43}\.[\w-]{43}; Path=\/;.*; Secure$/,
    );
    expect(answer.headers.get('strict-transport-security')).toContain('max-age');
  });

  it('has one winner when the button is pressed twice at once', async () => {
    const on = await stage();
    const { token } = await createLink(on.deps, { purpose: 'console', approver: ALICE }, 300);
    const both = await Promise.all([1, 2].map(() => on.form('/console/login', { t: token })));
    expect(both.map(({ status }) => status).sort()).toEqual([303, 403]);
  });

  it('takes no expired link, no link of an approval and no session for a link', async () => {
    const on = await stage();
    const { token } = await createLink(on.deps, { purpose: 'console', approver: ALICE }, 300);
    const { cookie } = await on.browser(ALICE);
    const approval = await on.approvalLink(await on.ask(), ALICE);
    for (const t of [approval, cookie.split('=')[1] ?? '', 'x', '']) {
      expect((await on.form('/console/login', { t })).status).toBe(403);
    }
    on.clock.at = new Date(on.clock.at.getTime() + 300_000);
    expect((await on.form('/console/login', { t: token })).status).toBe(403);
  });

  it('never adopts a session that was planted, and ends the one that it replaces', async () => {
    const on = await stage();
    const planted = await on.browser('mallory@example.com');
    const { token } = await createLink(on.deps, { purpose: 'console', approver: ALICE }, 300);
    const answer = await on.form('/console/login', { t: token }, { cookie: planted.cookie });
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(cookie).not.toBe(planted.cookie);
    expect(await (await on.request('/console', { headers: { cookie } })).text()).toContain(ALICE);
    expect((await on.request('/console', { headers: { cookie: planted.cookie } })).status).toBe(401);
    const both = `${cookie}; ${planted.cookie}`;
    expect((await on.request('/console', { headers: { cookie: both } })).status).toBe(401);
  });

  it('writes the link’s token nowhere', async () => {
    const on = await stage();
    const { token } = await createLink(on.deps, { purpose: 'console', approver: ALICE }, 300);
    await on.request(`/console/login?t=${token}`);
    await on.form('/console/login', { t: token });
    const stored = [on.audit.events, on.store.writes];
    expect(JSON.stringify(stored)).not.toContain(token);
    const link = await on.store.get('link', on.store.writes[0]?.key ?? '');
    expect(JSON.stringify(link)).toContain(ALICE);
    expect(JSON.stringify(link)).not.toContain(token);
  });
});

describe('a session', () => {
  it('sees the list and decides with the form of its own page', async () => {
    const on = await stage();
    const { approval_id } = await on.ask();
    const { cookie, csrf } = await on.browser(ALICE);
    const list = await (await on.request('/console', { headers: { cookie } })).text();
    expect(list).toContain(`/a/${approval_id}`);
    const page = await (await on.request(`/a/${approval_id}`, { headers: { cookie } })).text();
    expect(page).toContain(csrf);
    const answer = await on.form(`/a/${approval_id}`, { csrf, verdict: 'approve' }, { cookie });
    expect(answer.status).toBe(200);
    expect((await on.store.get('vote', `${approval_id} ${ALICE}`))?.value.approver).toBe(ALICE);
    expect(await (await on.request('/console', { headers: { cookie } })).text()).not.toContain(approval_id);
  });

  it.each(['missing', 'wrong', 'of another session', 'empty'])(
    'decides nothing when CSRF is %s',
    async (how) => {
      const on = await stage();
      const { approval_id } = await on.ask();
      const { cookie, csrf } = await on.browser(ALICE);
      const other = await on.browser(ALICE);
      expect(other.csrf).not.toBe(csrf);
      const given = { missing: undefined, wrong: `${csrf}0`, 'of another session': other.csrf, empty: '' }[
        how
      ];
      const fields = { verdict: 'approve', ...(given === undefined ? {} : { csrf: given }) };
      expect((await on.form(`/a/${approval_id}`, fields, { cookie })).status).toBe(403);
      expect((await on.form('/console/logout', { ...(given && { csrf: given }) }, { cookie })).status).toBe(
        403,
      );
      expect(await on.store.get('vote', `${approval_id} ${ALICE}`)).toBeNull();
      expect((await on.request('/console', { headers: { cookie } })).status).toBe(200);
    },
  );

  it('sees unknown and foreign ids alike', async () => {
    const on = await stage();
    const foreign = await on.ask({ approval: { environment: 'dev' } });
    const { cookie, csrf } = await on.browser(ALICE);
    const answers = [];
    for (const id of ['apr_00000000000000000000000000', 'x', foreign.approval_id]) {
      const seen = await on.request(`/a/${id}`, { headers: { cookie } });
      const decided = await on.form(`/a/${id}`, { csrf, verdict: 'approve' }, { cookie });
      answers.push(JSON.stringify([seen.status, await seen.text(), decided.status, await decided.text()]));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^\[404/);
  });

  it('ends at log-out and after eight hours', async () => {
    const on = await stage();
    const first = await on.browser(ALICE);
    const out = await on.form('/console/logout', { csrf: first.csrf }, { cookie: first.cookie });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([303, expect.stringContaining('Max-Age=0')]);
    expect((await on.request('/console', { headers: { cookie: first.cookie } })).status).toBe(401);
    const second = await on.browser(ALICE);
    on.clock.at = new Date(on.clock.at.getTime() + 8 * 3_600_000);
    expect((await on.request('/console', { headers: { cookie: second.cookie } })).status).toBe(401);
  });

  it('is not ended or used by a GET', async () => {
    const on = await stage();
    const { cookie } = await on.browser(ALICE);
    expect((await on.request('/console/logout', { headers: { cookie } })).status).toBe(404);
    expect((await on.request('/console', { headers: { cookie } })).status).toBe(200);
  });
});

it('puts the protecting headers on every answer', async () => {
  const on = await stage();
  const approval = await on.ask();
  const t = await on.approvalLink(approval, ALICE);
  const { cookie } = await on.browser(ALICE);
  const answers = await Promise.all([
    on.request(`/a/${approval.approval_id}?t=${t}`),
    on.request('/console', { headers: { cookie } }),
    on.request('/console/login?t=x'),
    on.request('/style.css'),
    on.request('/nowhere'),
    on.request('/'),
    on.api('/api/approvals'),
    on.api('/api/approvals', undefined, 'wrong'),
    on.request('/console', { headers: { host: 'evil.example' } }),
    on.form('/console/login', { t: 'x' }),
  ]);
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});
