import { describe, expect, it } from 'vitest';
import { LOCAL_TOKEN, ORIGIN, stage } from './stage.ts';

const YES = { verdict: 'approve', reason: 'looks right' };

async function votes(on: Awaited<ReturnType<typeof stage>>) {
  return on.store.writes.filter(({ kind }) => kind === 'vote').length;
}

describe('reading', () => {
  it('lists what stands and waits, the newest first', async () => {
    const on = await stage();
    const first = await on.ask();
    on.clock.at = new Date(on.clock.at.getTime() + 60_000);
    const second = await on.ask();
    const decided = await on.ask();
    await on.api(`/api/approvals/${decided.approval_id}/decision`, YES);
    await on.ask({ standing: false });
    await on.ask({ approval: { environment: 'dev' } });
    await on.ask({ approval: { expires_at: on.clock.at.toISOString() } });
    const answer = await on.api('/api/approvals?status=pending');
    expect(answer.status).toBe(200);
    const { approvals, next } = JSON.parse(await answer.text());
    expect(approvals.map((each: { approval_id: string }) => each.approval_id)).toEqual([
      second.approval_id,
      first.approval_id,
    ]);
    expect(next).toBeNull();
    expect(approvals[0]).toMatchObject({ status: 'pending', state: { have: 0, need: 1 }, stands: true });
    expect(approvals[0].plan).toMatchObject({ state: 'needs_approval', decision: 'escalate' });
  });

  it('pages through all of them without losing one, whatever lies between', async () => {
    const on = await stage();
    const wanted: string[] = [];
    for (let i = 0; i < 9; i++) {
      on.clock.at = new Date(on.clock.at.getTime() + 1000);
      const { approval_id } = await on.ask({ standing: i % 3 !== 1 });
      if (i % 3 !== 1) wanted.unshift(approval_id);
    }
    const seen: string[] = [];
    let cursor = '';
    do {
      const { approvals, next } = JSON.parse(
        await (await on.api(`/api/approvals?limit=2${cursor && `&cursor=${cursor}`}`)).text(),
      );
      expect(approvals.length).toBeLessThanOrEqual(2);
      seen.push(...approvals.map((each: { approval_id: string }) => each.approval_id));
      cursor = next ?? '';
    } while (cursor !== '');
    expect(seen).toEqual(wanted);
  });

  it('shows one approval and its plan, each with an event, and never a variable or a blob address', async () => {
    const on = await stage();
    const approval = await on.ask({ output: 'Plan: 1 to destroy.' });
    const plan = (await on.store.get('plan', approval.plan_id))?.value;
    if (plan?.action.kind !== 'terraform-apply') throw new Error('not the plan of the stage');
    const args = [{ flag: 'var', name: 'db_password', value: 'hunter2' } as const];
    await on.store.replace('plan', plan.plan_id, 1, { ...plan, action: { ...plan.action, args } });
    const one = await (await on.api(`/api/approvals/${approval.approval_id}`)).text();
    expect(JSON.parse(one)).toMatchObject({ status: 'pending', plan_matches: true, votes: [] });
    const answer = await on.api(`/api/plans/${approval.plan_id}`);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ output: { kind: 'text', text: 'Plan: 1 to destroy.' } });
    for (const shown of [one, text]) {
      expect(shown).toContain('db_password');
      expect(shown).not.toContain('hunter2');
      expect(shown).not.toMatch(/"(frozen|snapshot|outputBlob)":/);
    }
    expect(on.audit.types()).toEqual(['approval.viewed', 'plan.viewed']);
  });

  it('pages the audit, the newest event first, whatever is appended between', async () => {
    const on = await stage();
    for (let i = 0; i < 5; i++) await on.api('/api/approvals/apr_x');
    const first = JSON.parse(await (await on.api('/api/audit?limit=2')).text());
    await on.api('/api/approvals/apr_x');
    const second = JSON.parse(await (await on.api(`/api/audit?limit=9&cursor=${first.next}`)).text());
    const seqs = [...first.events, ...second.events].map((event: { seq: number }) => event.seq);
    expect(seqs).toEqual([5, 4, 3, 2, 1]);
    expect(second.next).toBeNull();
  });

  it('says whether the audit holds, to those who may read it, and writes down that it was asked', async () => {
    const on = await stage();
    const answer = await on.api('/api/audit/verification');
    expect([answer.status, JSON.parse(await answer.text())]).toEqual([
      200,
      { holds: true, what: '3 events', at: '2026-03-01T12:00:00.000Z' },
    ]);
    expect(on.audit.types()).toEqual(['audit.viewed']);
    const blind = await stage({ deps: { verifyAudit: null } });
    expect((await blind.api('/api/audit/verification')).status).toBe(404);
    const unreadable = await stage({ deps: { verifyAudit: () => Promise.reject(new Error('no table')) } });
    expect((await unreadable.api('/api/audit/verification')).status).toBe(500);
  });

  it.each(['/api/approvals?cursor=AAAA.bbbb', '/api/audit?cursor=WzFd', '/api/approvals?limit=0'])(
    'says 400 to %s',
    async (path) => {
      expect((await (await stage()).api(path)).status).toBe(400);
    },
  );

  it('says 400 to a query that it does not know', async () => {
    const answer = await (await stage()).api('/api/approvals?status=pending&all=1');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('all');
  });
});

describe('deciding', () => {
  it('approves as the local user with the token of control.json', async () => {
    const on = await stage();
    const { approval_id } = await on.ask();
    const answer = await on.api(`/api/approvals/${approval_id}/decision`, YES);
    expect(answer.status).toBe(200);
    expect(JSON.parse(await answer.text())).toMatchObject({
      approver: 'local:ada',
      status: 'approved',
      repeated: false,
    });
    const again = await on.api(`/api/approvals/${approval_id}/decision`, YES);
    expect(again.status).toBe(409);
    expect(JSON.parse(await again.text()).error.code).toBe('already_decided');
    const other = await on.api(`/api/approvals/${approval_id}/decision`, { verdict: 'reject', reason: 'no' });
    expect(other.status).toBe(409);
  });

  it('answers the same vote again with where it stands, while others are still asked', async () => {
    const approvers = ['alice@example.com', 'bob@example.com'];
    const on = await stage({ approvers, quorum: 2 });
    const { approval_id } = await on.ask();
    const alice = await on.approverToken('alice@example.com');
    const path = `/api/approvals/${approval_id}/decision`;
    for (const repeated of [false, true]) {
      const answer = await on.api(path, YES, alice);
      expect(JSON.parse(await answer.text())).toMatchObject({ status: 'pending', repeated });
    }
  });

  it('lets only listed approvers vote where policy lists them', async () => {
    const on = await stage({ approvers: ['alice@example.com'] });
    const { approval_id } = await on.ask();
    const path = `/api/approvals/${approval_id}/decision`;
    expect((await on.api(path, YES)).status).toBe(403);
    expect((await on.api(path, YES, await on.approverToken('mallory@example.com'))).status).toBe(403);
    expect((await on.api(path, YES, await on.approverToken('Alice@Example.com'))).status).toBe(200);
    expect(await votes(on)).toBe(1);
  });

  it.each([
    ['an unknown verdict', { verdict: 'maybe' }],
    ['a verdict in other letters', { verdict: 'APPROVE' }],
    ['a list of verdicts', { verdict: ['approve'] }],
    ['no verdict', { reason: 'x' }],
    ['an unknown member', { ...YES, approver: 'root@example.com' }],
    ['a reason that is no text', { verdict: 'approve', reason: { toString: 'x' } }],
    ['a list', [YES]],
    ['null', null],
    ['a rejection without a reason', { verdict: 'reject' }],
    ['a reason too long', { verdict: 'approve', reason: 'x'.repeat(2001) }],
  ])('says 400 to %s', async (_, body) => {
    const on = await stage();
    const { approval_id } = await on.ask();
    const answer = await on.api(`/api/approvals/${approval_id}/decision`, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(await answer.text()).error.code).toMatch(/^[a-z_]+$/);
    expect(await votes(on)).toBe(0);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonx',
    '',
  ])('takes no body of type "%s"', async (type) => {
    const on = await stage();
    const { approval_id } = await on.ask();
    const headers = { 'content-type': type };
    const answer = await on.api(`/api/approvals/${approval_id}/decision`, YES, LOCAL_TOKEN, headers);
    expect(answer.status).toBe(415);
    expect(await votes(on)).toBe(0);
  });

  it('says 413 to more than 64 KiB, declared or not', async () => {
    const on = await stage();
    const { approval_id } = await on.ask();
    const path = `/api/approvals/${approval_id}/decision`;
    const large = { verdict: 'approve', reason: 'x'.repeat(70_000) };
    expect((await on.api(path, large)).status).toBe(413);
    const length = { 'content-length': '70050' };
    expect((await on.api(path, large, LOCAL_TOKEN, length)).status).toBe(413);
    expect(await votes(on)).toBe(0);
  });
});

describe('who is turned away', () => {
  it.each([
    '/api/approvals',
    '/api/approvals/apr_x',
    '/api/plans/plan_x',
    '/api/audit',
    '/api/audit/verification',
  ])('anybody without a token, from %s', async (path) => {
    const on = await stage();
    expect((await on.request(path)).status).toBe(401);
    expect((await on.api(path, undefined, 'wrong')).status).toBe(401);
    expect((await on.api(path, undefined, '')).status).toBe(401);
    expect(on.audit.types()).toEqual(['control.refused', 'control.refused', 'control.refused']);
  });

  it("an agent's token, with the same answer as an unknown one", async () => {
    const on = await stage();
    const { approval_id } = await on.ask();
    const path = `/api/approvals/${approval_id}/decision`;
    const agents = await on.api(path, YES, await on.agentToken('claude'));
    const unknown = await on.api(path, YES, `rgw_${'A'.repeat(43)}`);
    expect([agents.status, unknown.status]).toEqual([401, 401]);
    expect(await agents.text()).toBe(await unknown.text());
    expect(await votes(on)).toBe(0);
  });

  it('a session cookie beside a bad Authorization header', async () => {
    const on = await stage();
    const { cookie } = await on.browser('alice@example.com');
    const answer = await on.api('/api/approvals', undefined, 'wrong', { cookie });
    expect(answer.status).toBe(401);
  });

  it('a session that does not show its CSRF token', async () => {
    const on = await stage();
    const { approval_id } = await on.ask();
    const { cookie, csrf } = await on.browser('alice@example.com');
    const other = await on.browser('bob@example.com');
    const post = (headers: Record<string, string>) =>
      on.request(`/api/approvals/${approval_id}/decision`, {
        method: 'POST',
        body: JSON.stringify(YES),
        headers: { 'content-type': 'application/json', origin: ORIGIN, ...headers },
      });
    expect((await post({ cookie })).status).toBe(403);
    expect((await post({ cookie, 'x-csrf-token': other.csrf })).status).toBe(403);
    expect((await post({ 'x-csrf-token': csrf })).status).toBe(401);
    expect(await votes(on)).toBe(0);
    expect((await post({ cookie, 'x-csrf-token': csrf })).status).toBe(200);
  });

  it('unknown, malformed and foreign ids, all alike', async () => {
    const on = await stage();
    const foreign = await on.ask({ approval: { environment: 'dev' }, plan: { environment: 'dev' } });
    const answers = [];
    for (const id of ['apr_00000000000000000000000000', 'x', '%00', foreign.approval_id]) {
      const read = await on.api(`/api/approvals/${id}`);
      const decided = await on.api(`/api/approvals/${id}/decision`, YES);
      answers.push([read.status, await read.text(), decided.status, await decided.text()]);
    }
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(answers[0]?.[0]).toBe(404);
    expect((await on.api(`/api/plans/${foreign.plan_id}`)).status).toBe(404);
  });

  it.each(['/api/nothing', '/api/plans/x/y', '/integrations/slack', '/integrations/servicenow', '/mcp'])(
    'everybody, from %s',
    async (path) => {
      const on = await stage();
      expect((await on.api(path)).status).toBe(404);
      expect((await on.api(path, {})).status).toBe(404);
    },
  );

  it('a method smuggled in a header or a field', async () => {
    const on = await stage();
    const { approval_id } = await on.ask();
    const headers = { 'x-http-method-override': 'POST', 'x-method-override': 'POST' };
    const path = `/api/approvals/${approval_id}/decision?_method=POST&verdict=approve`;
    expect((await on.api(path, undefined, LOCAL_TOKEN, headers)).status).toBe(404);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await on.request(`/api/approvals/${approval_id}/decision`, {
        method,
        headers: { authorization: `Bearer ${LOCAL_TOKEN}` },
      });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(await votes(on)).toBe(0);
  });
});

describe('when something breaks', () => {
  it('decides and shows nothing without the audit', async () => {
    const on = await stage();
    const { approval_id } = await on.ask();
    on.audit.broken = true;
    expect((await on.api(`/api/approvals/${approval_id}`)).status).toBe(503);
    expect((await on.api(`/api/approvals/${approval_id}/decision`, YES)).status).toBe(503);
    expect((await on.api('/api/approvals', undefined, 'wrong')).status).toBe(503);
    expect(await votes(on)).toBe(0);
  });

  it('tells nothing of a bug to the client, with every header in place', async () => {
    const on = await stage();
    const { approval_id } = await on.ask();
    on.faults.push({ write: { kind: 'vote', nth: 'every' }, how: 'fails_before' });
    const answer = await on.api(`/api/approvals/${approval_id}/decision`, YES);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toMatch(/PlannedFault|fails_before|\.ts|at /);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(on.errors).toHaveLength(1);
  });
});

describe('a one-time link to the console', () => {
  it('is given to a bearer, never to a session', async () => {
    const on = await stage();
    const answer = await on.api('/api/console-links', {});
    const { url } = JSON.parse(await answer.text());
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:4180\/console\/login\?t=[\w-]{43}\.[\w-]{43}$/);
    const { cookie, csrf } = await on.browser('alice@example.com');
    const asked = await on.request('/api/console-links', {
      method: 'POST',
      body: '{}',
      headers: { cookie, 'x-csrf-token': csrf, 'content-type': 'application/json' },
    });
    expect(asked.status).toBe(401);
    const stored = JSON.stringify(on.audit.events);
    expect(stored).not.toContain(url.split('t=')[1]);
  });
});
