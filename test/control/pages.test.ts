import { describe, expect, it } from 'vitest';
import { STYLE } from '../../lib/control/pages/style.ts';
import { clockTime, fromNow, shownValue, visible, visibleLines } from '../../lib/control/pages/text.ts';
import type { Action } from '../../lib/core/action.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { type Ask, EVALUATION, stage } from './stage.ts';

async function page(changes: Ask) {
  const on = await stage();
  const approval = await on.ask(changes);
  const t = await on.approvalLink(approval, 'alice@example.com');
  const { cookie } = await on.browser('alice@example.com');
  const one = await (await on.request(`/a/${approval.approval_id}?t=${t}`)).text();
  const list = await (await on.request('/console', { headers: { cookie } })).text();
  return { one, list, on, approval, t };
}

const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;
/** What would be left of it if one place forgot to escape. */
const LIVE = /<script|<img|onerror=alert\(2\)>/;

describe('hostile text', () => {
  it('is escaped wherever an agent, a plan or a human can put it', async () => {
    const change = {
      ...EVALUATION.changes[0],
      address: EVIL,
      why: EVIL,
      advice: EVIL,
      type: EVIL,
      deposed: EVIL,
    };
    const { one, list, on, approval } = await page({
      output: EVIL,
      plan: {
        caller: { agent: EVIL, human: EVIL },
        action: { kind: 'shell', command: EVIL, cwd: EVIL, timeoutMs: 1 } as Action,
        frozen: { kind: 'shell', network: true, lane: EVIL },
        reasons: [{ rule: EVIL, class: null, address: EVIL, message: EVIL }],
        evaluation: {
          ...EVALUATION,
          notes: [EVIL],
          changes: [
            { ...EVALUATION.changes[1], ...change, tier: 4, tier_label: EVIL, action: 'delete' } as never,
            {
              ...EVALUATION.changes[2],
              evidence: [{ path: EVIL, value: { isEscaped: true, toString: EVIL, [EVIL]: EVIL } }],
            } as never,
          ],
          cross_action_risks: [{ kind: EVIL, members: [EVIL], tier: 4, why: EVIL }],
          blast_radius: [
            { address: EVIL, direct: [EVIL], all: [EVIL], paths: [{ address: EVIL, through: [EVIL] }] },
          ],
        },
      },
      approval: { reason: EVIL, operation: EVIL, target: EVIL },
    });
    expect(one).not.toMatch(LIVE);
    expect(list).not.toMatch(LIVE);
    expect(one.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(20);
    const t = await on.approvalLink(approval, 'bob@example.com');
    const fields = { t, verdict: 'reject', reason: EVIL };
    const answer = await (await on.form(`/a/${approval.approval_id}`, fields)).text();
    expect(answer).toContain('&lt;script&gt;');
    expect(answer).not.toMatch(LIVE);
    const login = await (await on.request(`/console/login?t=${encodeURIComponent(EVIL)}`)).text();
    expect(login).not.toMatch(LIVE);
  });

  it('is escaped when a refused reason is put back into the form', async () => {
    const { on, approval, t } = await page({});
    on.audit.broken = true;
    const reason = `</textarea><script>alert(1)</script>`;
    const answer = await on.form(`/a/${approval.approval_id}`, { t, verdict: 'approve', reason });
    on.audit.broken = false;
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toMatch(/<script/);
  });

  it('cannot reorder or hide what stands beside it', async () => {
    const trick = 'aws_db.\u202Enoitcudorp\u202C\u200B\u2066x\u0000\u{e0041}';
    const { one, list } = await page({
      plan: {
        caller: { agent: trick, human: null },
        action: { kind: 'shell', command: `ls # ${trick}\r rm -rf .`, cwd: '.', timeoutMs: 1 } as Action,
        evaluation: { ...EVALUATION, changes: [{ ...EVALUATION.changes[0], address: trick } as never] },
      },
      approval: { reason: trick },
      output: trick,
    });
    for (const text of [one, list]) {
      expect(text).not.toMatch(/[\p{Cf}\r]/u);
      expect(text).not.toContain('\0');
      expect(text).toContain('aws_db.\\u{202e}noitcudorp\\u{202c}\\u{200b}\\u{2066}x\\u{0}\\u{e0041}');
    }
    expect(one).toContain('\\u{d} rm -rf .');
  });
});

describe('what an approver reads', () => {
  it('puts the worst first, then reach, reasons, the plan, and last the agent’s own words', async () => {
    const { one } = await page({
      output: 'Plan: 1 to add.',
      plan: { caller: { agent: 'bot', human: 'dev@example.com' } },
    });
    const order = [
      'May this agent apply Terraform changes in prod?',
      '1 change cannot be undone: aws_db_instance.main.',
      'dev@example.com',
      'infra/database',
      'production',
      '3 changes: 1 to delete, 1 to update, 1 to create',
      'aws_db_instance.main</code>',
      'skip_final_snapshot = true',
      '<b>Safer:</b> Set skip_final_snapshot',
      'aws_security_group.app',
      'aws_cloudwatch_log_group.app',
      'How far it reaches',
      'aws_ecs_service.api',
      'Why the policy asks you',
      'needs a human in prod',
      'Plan: 1 to add.',
      'own words',
      'The old database is not used any more.',
      'Your decision',
    ];
    let from = 0;
    for (const text of order) {
      const at = one.indexOf(text, from);
      expect([text, at >= from]).toEqual([text, true]);
      from = at;
    }
  });

  it('has no script, no inline style and no address of another host', async () => {
    const { one, list } = await page({});
    for (const text of [one, list]) {
      expect(text).not.toMatch(/<script|<style|style=|https?:\/\/|javascript:|\son\w+=/);
    }
  });

  it('labels every field that can be filled in', async () => {
    const { one } = await page({});
    expect(one).toMatch(/<label for="reason">[\s\S]*<textarea id="reason"/);
    expect(one).toMatch(/<html lang="en">/);
    expect(one.match(/<h1/g)).toHaveLength(1);
  });

  it('sorts by tier even where the stored evaluation does not', async () => {
    const changes = [...EVALUATION.changes].reverse();
    const { one } = await page({ plan: { evaluation: { ...EVALUATION, changes } } });
    expect(one.indexOf('edge4')).toBeLessThan(one.indexOf('edge2'));
  });

  it('says so where nothing was computed, and where more changes exist than are listed', async () => {
    const none = await page({ plan: { evaluation: null } });
    expect(none.one).toContain('Nothing computed what this would do');
    const capped = await page({ plan: { evaluation: { ...EVALUATION, total_changes: 400 } } });
    expect(capped.one).toContain('397 more changes');
  });

  it('offers no approval of a plan that is not the one asked for', async () => {
    const { one } = await page({ approval: { digest: sha256('other') } });
    expect(one).toContain('cannot be approved');
    expect(one).not.toContain('value="approve"');
    expect(one).toContain('value="reject"');
  });

  it('shows no output whose bytes are gone', async () => {
    const { one } = await page({ plan: { outputBlob: sha256('nowhere') } });
    expect(one).toContain('It is not shown');
  });
});

describe('text', () => {
  it('keeps what people write and shows what they cannot see', () => {
    expect(visible('Ünïcödé 日本語 ok')).toBe('Ünïcödé 日本語 ok');
    expect(visible('a\tb\nc')).toBe('a\\u{9}b\\u{a}c');
    expect(visibleLines('a\tb\r\nc\rd')).toBe('a\tb\nc\\u{d}d');
    expect(visible('a\u00a0b\u3164c\u2800\ud800')).toBe('a\\u{a0}b\\u{3164}c\\u{2800}\\u{d800}');
  });

  it('shows values on one line, cut', () => {
    expect(shownValue({ a: ['\u202e'] })).toBe('{"a":["\\u{202e}"]}');
    expect(shownValue('x'.repeat(500))).toHaveLength(201);
    expect(shownValue(undefined)).toBe('unknown');
  });

  it('tells time', () => {
    const now = new Date('2026-03-01T12:00:00Z');
    expect(clockTime('2026-03-01T12:34:56.000Z')).toBe('2026-03-01 12:34 UTC');
    expect(fromNow('2026-03-02T12:00:00Z', now)).toBe('in 1 day');
    expect(fromNow('2026-03-01T10:30:00Z', now)).toBe('1 h 30 min ago');
    expect(fromNow('2026-03-01T12:00:10Z', now)).toBe('in less than a minute');
    expect(fromNow('soon', now)).toBe('at an unknown time');
  });
});

describe('the stylesheet', () => {
  const [light = '', dark = ''] = [...STYLE.matchAll(/:root\{([^}]*)\}/g)].map(([, rules]) => rules ?? '');
  const color = (scheme: string, name: string) =>
    new RegExp(`--${name}:(#[0-9a-f]{3,6})`).exec(scheme)?.[1] ?? name;

  it.each([
    ['ink', 'bg'],
    ['ink', 'card'],
    ['ink', 'code'],
    ['quiet', 'bg'],
    ['quiet', 'card'],
    ['quiet', 'code'],
    ['link', 'bg'],
    ['link', 'card'],
    ['red', 'redbg'],
    ['red', 'card'],
    ['amber', 'amberbg'],
    ['green', 'greenbg'],
    ['bg', 'ink'],
    ['#ffffff', 'go'],
    ['#ffffff', 'stop'],
  ])('has enough contrast between %s and %s, light and dark', (text, ground) => {
    for (const scheme of [light, dark]) {
      expect(contrast(color(scheme, text), color(scheme, ground))).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('loads nothing', () => {
    expect(STYLE).not.toMatch(/url\(|@import|https?:/);
  });
});

/** WCAG 2 contrast ratio of two colours. */
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const full = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex;
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(full.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
