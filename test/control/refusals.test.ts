/** What strangers may write into the audit of the human side. */
import { describe, expect, it } from 'vitest';
import { REFUSALS_A_MINUTE, refusalBudget } from '../../lib/control/refusals.ts';
import { stage } from './stage.ts';

const AT = new Date('2026-03-01T12:00:30.000Z');
const LATER = new Date('2026-03-01T12:05:00.000Z');

describe('the budget', () => {
  it('records the first of a kind, says once that there are more, and counts the others', () => {
    const budget = refusalBudget(2);
    const seen = Array.from({ length: 6 }, () => budget.take('a', AT).record);
    expect(seen).toEqual(['each', 'each', 'more', 'nothing', 'nothing', 'nothing']);
    expect(budget.take('b', AT)).toEqual({ record: 'each', counted: [] });
    const over = [{ kind: 'a', count: 4, minute: '2026-03-01T12:00:00.000Z' }];
    expect(budget.take('b', LATER)).toEqual({ record: 'each', counted: over });
    expect(budget.take('a', LATER)).toEqual({ record: 'each', counted: [] });
  });
});

describe('strangers', () => {
  const ways = [
    ['without a token', (path: string) => ({ path, headers: {} })],
    ['with tokens that they guess', (path: string) => ({ path, headers: { authorization: 'Bearer guess' } })],
    ['under another name', (path: string) => ({ path, headers: { host: 'elsewhere.example' } })],
  ] as const;

  it.each(ways)('cannot fill the audit %s; each is answered as before', async (_, way) => {
    const on = await stage();
    const statuses = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const { path, headers } = way(`/api/approvals/apr_${i}`);
      statuses.add((await on.request(path, { headers })).status);
    }
    expect([...statuses]).toEqual([way === ways[2][1] ? 421 : 401]);
    expect(on.audit.events).toHaveLength(REFUSALS_A_MINUTE + 1);
    const { type, data } = on.audit.events.at(-1) ?? {};
    expect([type, data]).toEqual(['control.refused_more', { code: on.audit.events[0]?.data.code }]);
  });

  it('cannot fill it by links, whatever they write into them', async () => {
    const on = await stage();
    for (let i = 0; i < 100; i++) {
      expect((await on.request(`/a/apr_${i}?t=${i}`)).status).toBe(404);
      expect((await on.form(`/a/apr_${i}`, { t: `${i}`, verdict: 'approve' })).status).toBe(404);
    }
    expect(on.audit.events.length).toBeLessThanOrEqual(2 * (REFUSALS_A_MINUTE + 1));
  });

  it('are counted, which stands in the audit once their minute is over', async () => {
    const on = await stage();
    for (let i = 0; i < 50; i++) await on.request('/api/approvals');
    on.clock.at = new Date(on.clock.at.getTime() + 60_000);
    await on.request('/api/approvals');
    expect(on.audit.events.slice(-2).map(({ type, data }) => [type, data])).toEqual([
      [
        'control.refused_more',
        { code: 'unauthenticated', count: 50 - REFUSALS_A_MINUTE, minute: '2026-03-01T12:00:00.000Z' },
      ],
      ['control.refused', expect.objectContaining({ code: 'unauthenticated' })],
    ]);
  });

  it('do not use up what is recorded of people who are known', async () => {
    const on = await stage();
    for (let i = 0; i < 50; i++) await on.api('/api/approvals/apr_x', undefined, 'guess');
    for (let i = 0; i < 20; i++) await on.api('/api/approvals/apr_x');
    const known = on.audit.events.filter(({ actor }) => actor === 'human:local:ada');
    expect(known).toHaveLength(20);
  });

  it('are not answered as if nothing had happened while the audit cannot be written', async () => {
    const on = await stage();
    on.audit.broken = true;
    const statuses = [];
    for (let i = 0; i <= REFUSALS_A_MINUTE; i++) statuses.push((await on.request('/api/approvals')).status);
    expect(new Set(statuses)).toEqual(new Set([503]));
  });
});
