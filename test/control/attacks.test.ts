/** What an attacker tries on the human side: with text, with another site, with another's session, by guessing. */
import { describe, expect, it } from 'vitest';
import { castVote } from '../../lib/control/vote.ts';
import { runIdOf } from '../../lib/core/ids.ts';
import type { RunRecord } from '../../lib/core/run.ts';
import { LOCAL_TOKEN, type Stage, stage } from './stage.ts';

const HOSTILE =
  '</pre></textarea>"\'><script>pwned()</script><img src=x onerror=pwned()>\u202e\u0000\u001b[31m';

/** A gateway in which everything that others can write is hostile. */
async function hostile(): Promise<{ on: Stage; paths: string[]; cookie: string; csrf: string }> {
  const on = await stage();
  const approval = await on.ask({
    plan: {
      caller: { agent: HOSTILE, human: HOSTILE },
      state: 'blocked',
      reasons: [{ rule: HOSTILE, class: 'database_delete', address: HOSTILE, message: HOSTILE }],
      evaluation: {
        worst_tier: 4,
        worst_tier_label: 'unrecoverable',
        total_changes: 1,
        by_tier: { '4': 1 },
        changes: [
          {
            address: HOSTILE,
            type: HOSTILE,
            action: 'delete',
            tier: 4,
            tier_label: 'unrecoverable',
            classes: ['database_delete'],
            why: HOSTILE,
            evidence: [{ path: HOSTILE, value: HOSTILE }],
            advice: HOSTILE,
          },
        ],
        cross_action_risks: [{ kind: HOSTILE, members: [HOSTILE], tier: 4, why: HOSTILE }],
        blast_radius: [{ address: HOSTILE, direct: [HOSTILE], all: [HOSTILE] }],
        notes: [HOSTILE],
      },
    },
    approval: {
      requested_by: { agent: HOSTILE, human: HOSTILE },
      reason: HOSTILE,
      operation: HOSTILE,
      target: HOSTILE,
    },
    output: `${HOSTILE}\n  - ${HOSTILE}\n  + ${HOSTILE}\n  ~ ${HOSTILE}`,
  });
  const output = await on.blobs.put(new TextEncoder().encode(HOSTILE));
  const run: RunRecord = {
    state: 'failed',
    run_id: runIdOf(approval.plan_id),
    plan_id: approval.plan_id,
    environment: 'prod',
    caller: { agent: HOSTILE, human: HOSTILE },
    digest: approval.digest,
    approval_id: null,
    lane: 'shell',
    decision: 'warn',
    overrides: [],
    break_glass_id: null,
    started_at: HOSTILE,
    finished_at: HOSTILE,
    audit: approval.audit,
    result: {
      exit_code: 1,
      output,
      stderr: output,
      error: { code: 'execution_failed', message: HOSTILE },
      produced_plan: null,
    },
  };
  const other = await on.ask({
    plan: {
      action: { kind: 'shell', command: HOSTILE, cwd: '.' as never, timeoutMs: 1000 },
      evaluation: null,
    },
  });
  await on.api('/api/break-glass', { plan_id: approval.plan_id, reason: HOSTILE });
  await on.api('/api/overrides', {
    scope: { action: 'terraform-apply', address: '"><script>pwned()</script>' },
    reason: HOSTILE,
    ttl_seconds: 600,
  });
  await on.store.create('run', run.run_id, run);
  await on.store.create('stop_request', run.run_id, {
    run_id: run.run_id,
    environment: 'prod',
    by: HOSTILE,
    reason: HOSTILE,
    at: HOSTILE,
    audit: approval.audit,
  });
  await castVote(on.deps, {
    approval_id: approval.approval_id,
    verdict: 'reject',
    reason: HOSTILE,
    approver: HOSTILE,
    via: 'api',
  });
  const { cookie, csrf } = await on.browser('local:ada');
  const search = encodeURIComponent(HOSTILE);
  const paths = [
    '/console',
    '/console?status=all',
    `/console?after=${search}`,
    `/a/${approval.approval_id}`,
    `/a/${other.approval_id}`,
    '/console/plans',
    `/console/plans/${approval.plan_id}`,
    '/console/runs',
    `/console/runs/${run.run_id}`,
    `/console/runs/${search}`,
    '/console/exceptions',
    '/console/policy',
    '/console/audit',
    `/console/audit?type=${search}&actor=${search}&about=${search}&since=${search}`,
    `/console/login?t=${search}`,
    `/${search}`,
  ];
  return { on, paths, cookie, csrf };
}

describe('text that others wrote', () => {
  it('is text on every page: no tag, no attribute, nothing hidden, nothing that turns its neighbours round', async () => {
    const { on, paths, cookie } = await hostile();
    for (const path of paths) {
      const response = await on.request(path, { headers: { cookie } });
      const page = await response.text();
      expect(page, path).not.toMatch(/<script|<img|onerror=pwned\(\)>(?!&)/i);
      expect(page.includes('\u202e') || page.includes('\u001b') || page.includes('\u0000'), path).toBe(false);
    }
    expect(on.errors.filter((error) => !String(error).startsWith('ALARM'))).toEqual([]);
  });

  it('is no header either', async () => {
    const { on, cookie } = await hostile();
    const crlf = encodeURIComponent('x\r\nSet-Cookie: a=b');
    for (const path of [`/console/audit/export?type=${crlf}`, `/console/audit?after=${crlf}`, `/a/${crlf}`]) {
      const response = await on.request(path, { headers: { cookie } });
      expect(response.headers.get('set-cookie'), path).toBeNull();
      expect([...response.headers.values()].join(), path).not.toContain('a=b');
    }
  });

  it('is one line in what is signed and sent on', async () => {
    const on = await stage();
    const { plan_id } = await on.ask();
    const done = await (
      await on.api('/api/break-glass', { plan_id, reason: 'a\r\nBcc: eve@example.com\u2028b' })
    ).json();
    expect(done.reason).toBe('a Bcc: eve@example.com b');
  });
});

describe('another site', () => {
  const FORMS: readonly (readonly [string, Record<string, string>])[] = [
    ['/console/overrides', { action: 'terraform-apply', reason: 'x', ttl: '600' }],
    ['/console/overrides/ovr_00000000000000000000000000/revoke', { reason: 'x' }],
    ['/console/reviews/rev_00000000000000000000000000/close', { comment: 'x' }],
    ['/console/runs/run_00000000000000000000000000/cancel', { reason: 'x' }],
    ['/console/plans/plan_00000000000000000000000000/break-glass', { reason: 'x', ttl: '900', sure: 'yes' }],
    ['/console/logout', {}],
  ];

  it.each(FORMS)('posts nothing to %s', async (path, fields) => {
    const on = await stage();
    const { cookie, csrf } = await on.browser('local:ada');
    const before = on.audit.types().length;
    const other = await on.browser('eve@example.com');
    const tries = [
      await on.form(
        path,
        { ...fields, csrf },
        { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      ),
      await on.form(path, { ...fields, csrf }, { cookie, origin: 'null', 'sec-fetch-site': 'cross-site' }),
      await on.form(path, fields, { cookie }),
      await on.form(path, { ...fields, csrf: other.csrf }, { cookie }),
      await on.form(path, { ...fields, csrf: '' }, { cookie }),
      await on.form(path, { ...fields, csrf, extra: '1' }, { cookie }),
    ];
    expect(tries.map((each) => each.status)).toEqual([403, 403, 403, 403, 403, 400]);
    expect((await on.form(path, { ...fields, csrf })).status).toBe(401);
    // By script with a plain content type, as a form of another site can send it.
    const plain = await on.request(path, {
      method: 'POST',
      body: JSON.stringify({ ...fields, csrf }),
      headers: {
        cookie,
        'content-type': 'text/plain',
        origin: on.deps.origin,
        'sec-fetch-site': 'same-origin',
      },
    });
    expect(plain.status).toBe(415);
    const types = on.audit.types().slice(before);
    expect(types.every((type) => type === 'control.refused' || type === 'console.login')).toBe(true);
    expect(on.told).toEqual([]);
  });

  it('does not frame, sniff, cache or learn of any page', async () => {
    const { on, paths, cookie } = await hostile();
    for (const path of [...paths, '/style.css', '/console/audit/export', '/api/runs']) {
      const { headers } = await on.request(path, { headers: { cookie } });
      expect(headers.get('x-frame-options'), path).toBe('DENY');
      expect(headers.get('content-security-policy'), path).toBe(
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers.get('referrer-policy'), path).toBe('no-referrer');
      expect(headers.get('cache-control'), path).toBe('no-store');
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    }
  });

  it('does not get a person to act by a link: no GET changes anything', async () => {
    const { on, paths, cookie } = await hostile();
    const told = on.told.length;
    for (const path of paths) await on.request(path, { headers: { cookie } });
    for (const [path, fields] of FORMS) {
      await on.request(`${path}?${new URLSearchParams(fields).toString()}`, { headers: { cookie } });
    }
    expect(on.told).toHaveLength(told);
    expect(on.stopped).toEqual([]);
  });
});

describe('another’s session', () => {
  it('is not fixed before the log-in: the cookie that was there opens nothing after it', async () => {
    const on = await stage();
    const eve = await on.browser('eve@example.com');
    const { token } = await (await on.api('/api/console-links', {}))
      .json()
      .then(({ url }: { url: string }) => ({ token: new URL(url).searchParams.get('t') ?? '' }));
    const login = await on.form('/console/login', { t: token }, { cookie: eve.cookie });
    const fresh = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(fresh).not.toBe(eve.cookie);
    expect((await on.request('/console', { headers: { cookie: eve.cookie } })).status).toBe(401);
    expect(await (await on.request('/console', { headers: { cookie: fresh } })).text()).toContain(
      'local:ada',
    );
    const own = `${fresh.split('=')[0]}=AAAA`;
    expect((await on.request('/console', { headers: { cookie: own } })).status).toBe(401);
    expect((await on.request('/console', { headers: { cookie: `${fresh}; ${eve.cookie}` } })).status).toBe(
      401,
    );
  });

  it('opens no page once it is over', async () => {
    const { on, paths, cookie, csrf } = await hostile();
    await on.form('/console/logout', { csrf }, { cookie });
    for (const path of paths.filter(
      (each) => each.startsWith('/console') && !each.startsWith('/console/login'),
    )) {
      expect((await on.request(path, { headers: { cookie } })).status, path).toBe(401);
    }
  });

  it('does not decide what its person may not: the form is not there, and posting it by hand is refused', async () => {
    const on = await stage({
      roles: {
        operator: ['olga@example.com'],
        override: ['olga@example.com'],
        break_glass: ['olga@example.com'],
      },
    });
    const approval = await on.ask();
    const { cookie, csrf } = await on.browser('alice@example.com');
    const page = await (
      await on.request(`/console/plans/${approval.plan_id}`, { headers: { cookie } })
    ).text();
    expect(page).not.toContain('break-glass"');
    const posted = await on.form(
      `/console/plans/${approval.plan_id}/break-glass`,
      { csrf, reason: 'x', ttl: '900', sure: 'yes' },
      { cookie },
    );
    expect(posted.status).toBe(403);
    expect(await on.store.get('break_glass', approval.plan_id)).toBeNull();
  });
});

describe('guessing', () => {
  it('tells nothing: what is malformed, unknown or of another environment is answered alike', async () => {
    const on = await stage();
    const foreign = await on.ask({ approval: { environment: 'dev' }, plan: { environment: 'dev' } });
    const { cookie, csrf } = await on.browser('local:ada');
    const of = (kind: string) => [`${kind}_00000000000000000000000000`, 'x', `${kind}_0`];
    const groups: Record<string, (id: string) => Promise<Response>> = {
      plan: (id) => on.request(`/console/plans/${id}`, { headers: { cookie } }),
      run: (id) => on.request(`/console/runs/${id}`, { headers: { cookie } }),
      apr: (id) => on.request(`/a/${id}`, { headers: { cookie } }),
      ovr: (id) => on.form(`/console/overrides/${id}/revoke`, { csrf, reason: 'x' }, { cookie }),
      rev: (id) => on.form(`/console/reviews/${id}/close`, { csrf, comment: 'x' }, { cookie }),
    };
    const theirs: Record<string, string> = {
      plan: foreign.plan_id,
      run: runIdOf(foreign.plan_id),
      apr: foreign.approval_id,
    };
    for (const [kind, ask] of Object.entries(groups)) {
      const ids = [...of(kind), ...(theirs[kind] === undefined ? [] : [theirs[kind]])];
      const answers = await Promise.all(
        ids.map(async (id) => {
          const response = await ask(id);
          return `${response.status} ${await response.text()}`;
        }),
      );
      expect(new Set(answers).size, kind).toBe(1);
      expect(answers[0], kind).toMatch(/^404/);
    }
  });

  it('of a cursor leads nowhere', async () => {
    const on = await stage();
    for (const path of ['/api/runs', '/api/plans', '/api/reviews', '/api/audit']) {
      expect((await on.api(`${path}?cursor=W10.0000`, undefined, LOCAL_TOKEN)).status, path).toBe(400);
    }
  });
});

describe('at the same moment', () => {
  const groups = { dba: ['dora@example.com', 'dan@example.com', 'dee@example.com'] };
  const rules = [{ environments: null, classes: ['database_delete' as const], groups: ['dba'], quorum: 2 }];
  const vote = (
    on: Stage,
    approval_id: string,
    approver: string,
    verdict: 'approve' | 'reject' = 'approve',
  ) => castVote(on.deps, { approval_id, verdict, reason: 'at once', approver, via: 'api' });

  it('two of a group complete its quorum in one millisecond: both count, and it is approved once', async () => {
    const on = await stage({ groups, rules, approvers: ['alice@example.com'] });
    const { approval_id } = await on.ask();
    const both = await Promise.all([
      vote(on, approval_id, 'dora@example.com'),
      vote(on, approval_id, 'dan@example.com'),
    ]);
    expect(both.every((each) => !each.refused)).toBe(true);
    const third = await vote(on, approval_id, 'dee@example.com');
    expect(third).toMatchObject({ refused: true, code: 'already_decided' });
  });

  it('an approval that would complete it and a rejection: the rejection holds', async () => {
    const on = await stage({ groups, rules, approvers: ['alice@example.com'] });
    const { approval_id } = await on.ask();
    await vote(on, approval_id, 'dora@example.com');
    await Promise.all([
      vote(on, approval_id, 'dan@example.com'),
      vote(on, approval_id, 'dee@example.com', 'reject'),
    ]);
    const seen = await (await on.api(`/api/approvals/${approval_id}`)).json();
    expect(seen).toMatchObject({ status: 'rejected', state: { by: 'dee@example.com' } });
  });

  it('somebody outside the group cannot stand in, nor veto where only the group and the approvers decide', async () => {
    const on = await stage({ groups, rules, approvers: ['alice@example.com'] });
    const { approval_id } = await on.ask();
    expect(await vote(on, approval_id, 'eve@example.com', 'reject')).toMatchObject({
      code: 'not_an_approver',
    });
    const other = await on.ask({ plan: { classes: [] } });
    expect(await vote(on, other.approval_id, 'dora@example.com')).toMatchObject({ code: 'not_an_approver' });
  });
});
