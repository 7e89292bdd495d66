import { describe, expect, it } from 'vitest';
import type { ApprovalRecord } from '../../lib/core/approval.ts';
import type { NoticeEvent } from '../../lib/core/notice.ts';
import type { Delivery, Provider } from '../../lib/notices/provider.ts';
import { remind } from '../../lib/notices/remind.ts';
import { noticeStage } from './stage.ts';

const HOUR = 3_600_000;

async function reminded() {
  const told: Delivery[] = [];
  const provider: Provider = {
    name: 'email',
    recipients: (_, { deciders }) => deciders,
    deliver: async (delivery) => {
      told.push(delivery);
      return { outcome: 'delivered', receipt: null };
    },
    problem: async () => null,
  };
  const on = await noticeStage([provider], {
    approvers: ['alice@example.com', 'bob@example.com'],
    quorum: 2,
  });
  const look = async () => {
    const events: NoticeEvent[] = [];
    await remind(on.deps, {
      tell: async (event) => {
        events.push(event);
        await on.box.tell(event);
      },
    });
    await on.box.work();
    return events.map((event) => event.kind);
  };
  const vote = async (approval: ApprovalRecord, who: string, verdict: 'approve' | 'reject') =>
    on.api(
      `/api/approvals/${approval.approval_id}/decision`,
      { verdict, reason: 'because' },
      await on.approverToken(who),
    );
  return { ...on, told, look, vote };
}

describe('time', () => {
  it('reminds those who have not voted, an hour before a request expires, once', async () => {
    const on = await reminded();
    const approval = await on.ask();
    await on.vote(approval, 'alice@example.com', 'approve');
    expect(await on.look()).toEqual([]);
    on.advance(23 * HOUR - 1);
    expect(await on.look()).toEqual([]);
    on.advance(1);
    expect(await on.look()).toEqual(['approval_expiring']);
    await on.look();
    expect(on.told.map((each) => each.recipient)).toEqual(['bob@example.com']);
    expect(on.told[0]?.content.subject).toContain('Still to decide');
    expect(await on.told[0]?.link('bob@example.com')).toMatch(/\?t=/);
  });

  it('tells that a request expired, also where nobody looked for hours, and not for ever', async () => {
    const on = await reminded();
    await on.ask();
    on.advance(30 * HOUR);
    expect(await on.look()).toEqual(['approval_expired']);
    expect(on.told.every((each) => each.content.title === 'Nobody decided in time in prod')).toBe(true);
    expect(await on.told[0]?.link('bob@example.com')).toBeNull();
    on.advance(48 * HOUR);
    expect(await on.look()).toEqual([]);
  });

  it.each(['approve', 'reject'] as const)('is silent about what was decided: %s', async (verdict) => {
    const on = await reminded();
    const approval = await on.ask();
    for (const who of ['alice@example.com', 'bob@example.com']) await on.vote(approval, who, verdict);
    on.advance(23.5 * HOUR);
    expect(await on.look()).toEqual([]);
    on.advance(5 * HOUR);
    expect(await on.look()).toEqual([]);
  });

  it('is silent about what was replaced by a newer request', async () => {
    const on = await reminded();
    await on.ask({ standing: false });
    on.advance(23.5 * HOUR);
    expect(await on.look()).toEqual([]);
  });
});
