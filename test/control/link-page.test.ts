import { describe, expect, it } from 'vitest';
import { createLink } from '../../lib/control/links.ts';
import { ORIGIN, type Setting, stage } from './stage.ts';

const ALICE = 'alice@example.com';

async function linked(setting: Setting = {}) {
  const on = await stage(setting);
  const approval = await on.ask();
  const t = await on.approvalLink(approval, ALICE);
  const path = `/a/${approval.approval_id}`;
  const written = (kind: string) => on.store.writes.filter((each) => each.kind === kind).length;
  return { ...on, approval, t, path, written };
}

describe('GET of a secret link', () => {
  it('shows, however often and by whatever scanner, and decides nothing', async () => {
    const on = await linked();
    for (let i = 0; i < 10; i++) {
      const method = i % 3 === 0 ? 'HEAD' : 'GET';
      const headers = { 'sec-purpose': 'prefetch', 'sec-fetch-site': 'cross-site' };
      const answer = await on.request(`${on.path}?t=${on.t}&verdict=approve&reason=x`, { method, headers });
      expect(answer.status).toBe(200);
      expect((await answer.text()).length > 0).toBe(method === 'GET');
    }
    expect(on.audit.types()).toEqual(Array(10).fill('approval.viewed'));
    expect([on.written('vote'), on.written('link_use'), on.written('link')]).toEqual([0, 0, 1]);
  });

  it.each(['forged', 'of another approval', 'used'])(
    'that is %s decides nothing either, and each opening is in the audit once',
    async (which) => {
      const on = await linked();
      const other = await on.approvalLink(await on.ask(), ALICE);
      const t = { forged: `${on.t.slice(0, -2)}AA`, 'of another approval': other, used: on.t }[which] ?? '';
      if (which === 'used') await on.form(on.path, { t, verdict: 'approve', reason: 'ok' });
      const before = {
        votes: on.written('vote'),
        uses: on.written('link_use'),
        events: on.audit.events.length,
      };
      for (let i = 0; i < 10; i++) {
        await on.request(`${on.path}?t=${t}&verdict=reject`, { method: i % 2 ? 'HEAD' : 'GET' });
      }
      expect([on.written('vote'), on.written('link_use')]).toEqual([before.votes, before.uses]);
      const what = which === 'used' ? 'approval.viewed' : 'control.refused';
      expect(on.audit.types().slice(before.events)).toEqual(Array(10).fill(what));
    },
  );

  it('sets no cookie: a link is no session', async () => {
    const on = await linked();
    expect((await on.request(`${on.path}?t=${on.t}`)).headers.get('set-cookie')).toBeNull();
  });

  it('is refused alike for what is forged, expired, of another approval, of another purpose, or of no approval', async () => {
    const on = await linked();
    const other = await on.ask();
    const { digest, plan_id } = on.approval;
    const twin = await on.ask({ standing: false, approval: { digest, plan_id } });
    const console = await createLink(on.deps, { purpose: 'console', approver: ALICE }, 300);
    const unknown = 'apr_00000000000000000000000000';
    const short = await on.approvalLink(on.approval, ALICE, 60);
    const moved = await createLink(
      on.deps,
      {
        purpose: 'approval',
        approver: ALICE,
        approval_id: on.approval.approval_id,
        digest: `sha256:${'0'.repeat(64)}`,
      },
      300,
    );
    on.clock.at = new Date(on.clock.at.getTime() + 60_000);
    const answers = await Promise.all(
      [
        `${on.path}?t=${'A'.repeat(43)}`,
        `${on.path}?t=${'A'.repeat(43)}.${'A'.repeat(43)}`,
        `${on.path}?t=${on.t.split('.')[0]}.${'A'.repeat(43)}`,
        `${on.path}?t=${'A'.repeat(43)}.${on.t.split('.')[1]}`,
        `${on.path}?t=`,
        `${on.path}?t=${on.t}x`,
        `${on.path}?t=${short}`,
        `${on.path}?t=${console.token}`,
        `${on.path}?t=${moved.token}`,
        `/a/${other.approval_id}?t=${on.t}`,
        `/a/${twin.approval_id}?t=${on.t}`,
        `/a/${unknown}?t=${on.t}`,
        `/a/x?t=${on.t}`,
      ].map(async (path) => {
        const shown = await on.request(path);
        const [target = '', t = ''] = path.split('?t=');
        const decided = await on.form(target, { t, verdict: 'approve' });
        return [shown.status, await shown.text(), decided.status, await decided.text()];
      }),
    );
    expect(answers[0]?.[0]).toBe(404);
    expect(answers[0]?.[2]).toBe(404);
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(on.written('vote')).toBe(0);
  });

  it('says the same to a stranger for every id', async () => {
    const on = await linked();
    const known = await on.request(on.path);
    const unknown = await on.request('/a/apr_00000000000000000000000000');
    expect([known.status, unknown.status]).toEqual([401, 401]);
    expect(await known.text()).toBe(await unknown.text());
  });
});

describe('POST of a secret link', () => {
  it('decides once, as the approver of the link, and uses the link up', async () => {
    const on = await linked({ quorum: 2 });
    const answer = await on.form(on.path, { t: on.t, verdict: 'approve', reason: 'ok' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('Your approval is recorded');
    expect((await on.store.get('vote', `${on.approval.approval_id} ${ALICE}`))?.value.approver).toBe(ALICE);
    expect(on.written('link_use')).toBe(1);
    const twice = await on.form(on.path, { t: on.t, verdict: 'approve', reason: 'ok' });
    expect(twice.status).toBe(200);
    const changed = await on.form(on.path, { t: on.t, verdict: 'reject', reason: 'no' });
    expect(changed.status).toBe(409);
    expect(on.written('vote')).toBe(1);
    const later = await (await on.request(`${on.path}?t=${on.t}`)).text();
    expect(later).not.toContain('name="verdict"');
  });

  it('keeps the link when nothing was decided', async () => {
    const on = await linked();
    const refused = await on.form(on.path, { t: on.t, verdict: 'reject', reason: '' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('A rejection needs a reason');
    on.audit.broken = true;
    expect((await on.form(on.path, { t: on.t, verdict: 'approve' })).status).toBe(503);
    on.audit.broken = false;
    expect(on.written('link_use')).toBe(0);
    expect((await on.form(on.path, { t: on.t, verdict: 'reject', reason: 'no' })).status).toBe(200);
  });

  it('decides nothing with a link that was withdrawn', async () => {
    const on = await linked();
    const { sha256 } = await import('../../lib/core/canonical.ts');
    const use = { token_hash: sha256(on.t), used_at: on.clock.at.toISOString() };
    await on.store.create('link_use', use.token_hash, use);
    expect((await on.form(on.path, { t: on.t, verdict: 'approve' })).status).toBe(409);
    expect(on.written('vote')).toBe(0);
  });

  it('is refused to an approver whom policy no longer lists, and to the requester', async () => {
    const unlisted = await linked({ approvers: ['bob@example.com'] });
    expect((await unlisted.form(unlisted.path, { t: unlisted.t, verdict: 'approve' })).status).toBe(403);
    expect(await (await unlisted.request(`${unlisted.path}?t=${unlisted.t}`)).text()).not.toContain(
      'name="verdict"',
    );
    const own = await stage();
    const asked = await own.ask({ approval: { requested_by: { agent: 'claude', human: ALICE } } });
    const t = await own.approvalLink(asked, ALICE);
    expect((await own.form(`/a/${asked.approval_id}`, { t, verdict: 'approve' })).status).toBe(403);
  });

  it.each([
    ['an unknown field', 'extra=1'],
    ['a field twice', 'verdict=approve&verdict=reject'],
    ['an unknown verdict', 'verdict=maybe'],
    ['no verdict', ''],
  ])('is refused with %s', async (_, fields) => {
    const on = await linked();
    const answer = await on.request(on.path, {
      method: 'POST',
      body: `t=${on.t}&${fields}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN },
    });
    expect(answer.status).toBe(400);
    expect(on.written('vote')).toBe(0);
  });

  it.each(['text/plain', 'application/json', 'multipart/form-data; boundary=x'])(
    'is refused as %s',
    async (type) => {
      const on = await linked();
      const fields = { t: on.t, verdict: 'approve' };
      expect((await on.form(on.path, fields, { 'content-type': type })).status).toBe(415);
      expect(on.written('vote')).toBe(0);
    },
  );

  it('is refused when it is too large, and for a form made for another digest', async () => {
    const on = await linked();
    const large = { t: on.t, verdict: 'approve', reason: 'x'.repeat(70_000) };
    expect((await on.form(on.path, large)).status).toBe(413);
    const digest = `sha256:${'0'.repeat(64)}`;
    expect((await on.form(on.path, { t: on.t, verdict: 'approve', digest })).status).toBe(409);
    expect(on.written('vote')).toBe(0);
  });

  it('decides nothing by another method', async () => {
    const on = await linked();
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const answer = await on.request(`${on.path}?t=${on.t}&verdict=approve`, { method });
      expect(answer.status).toBe(404);
    }
    const overridden = await on.request(`${on.path}?t=${on.t}&_method=POST&verdict=approve`, {
      headers: { 'x-http-method-override': 'POST' },
    });
    expect(overridden.status).toBe(200);
    expect(on.written('vote')).toBe(0);
  });

  it.each(['expiry', 'rejection'])('comes too late after %s', async (what) => {
    const on = await linked();
    const long = await on.approvalLink(on.approval, ALICE, 200_000);
    if (what === 'expiry') on.clock.at = new Date(on.approval.expires_at);
    else
      await on.api(`/api/approvals/${on.approval.approval_id}/decision`, { verdict: 'reject', reason: 'no' });
    const votes = on.written('vote');
    const answer = await on.form(on.path, { t: long, verdict: 'approve' });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain(what === 'expiry' ? 'Expired' : 'Rejected');
    expect(on.written('vote')).toBe(votes);
  });
});

describe('requests that other sites make', () => {
  it.each([
    [{ origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }],
    [{ origin: 'http://127.0.0.1:4181', 'sec-fetch-site': 'same-site' }],
    [{ origin: ORIGIN, 'sec-fetch-site': 'cross-site' }],
    [{ origin: 'https://127.0.0.1:4180', 'sec-fetch-site': 'same-origin' }],
    [{ origin: 'null', 'sec-fetch-site': 'cross-site' }],
    [{ origin: 'null', 'sec-fetch-site': 'none' }],
    [{ origin: 'http://127.0.0.1:4180.evil.example', 'sec-fetch-site': 'same-origin' }],
  ])('are refused: %o', async (headers) => {
    const on = await linked();
    expect((await on.form(on.path, { t: on.t, verdict: 'approve' }, headers)).status).toBe(403);
    expect([on.written('vote'), on.written('link_use')]).toEqual([0, 0]);
    expect(on.audit.types()).toEqual(['control.refused']);
  });

  it('are refused when they say "null" and the browser says nothing', async () => {
    const on = await linked();
    const answer = await on.request(on.path, {
      method: 'POST',
      body: new URLSearchParams({ t: on.t, verdict: 'approve' }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'null' },
    });
    expect(answer.status).toBe(403);
  });

  it('are told from our own forms, which say "null" because of the referrer policy', async () => {
    const on = await linked();
    const answer = await on.form(on.path, { t: on.t, verdict: 'approve' }, { origin: 'null' });
    expect(answer.status).toBe(200);
  });

  it.each([
    'evil.example',
    '127.0.0.1',
    '127.0.0.1:4181',
    'localhost:4180',
    '127.0.0.1:4180.evil.example',
    '',
  ])('are refused under the name "%s" (DNS rebinding)', async (host) => {
    const on = await linked();
    for (const path of [`${on.path}?t=${on.t}`, '/console', '/api/approvals', '/style.css']) {
      expect((await on.request(path, { headers: { host } })).status).toBe(421);
    }
    expect((await on.form(on.path, { t: on.t, verdict: 'approve' }, { host })).status).toBe(421);
    expect(on.written('vote')).toBe(0);
  });

  it('are refused without a Host', async () => {
    const on = await linked();
    expect((await on.app.request(`${ORIGIN}${on.path}?t=${on.t}`)).status).toBe(421);
  });
});
