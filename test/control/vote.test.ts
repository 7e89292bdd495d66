import { describe, expect, it } from 'vitest';
import { castVote, type VoteRequest } from '../../lib/control/vote.ts';
import type { ApprovalRecord } from '../../lib/core/approval.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { runIdOf } from '../../lib/core/ids.ts';
import { type Setting, stage } from './stage.ts';

function by(approval: ApprovalRecord, changes: Partial<VoteRequest> = {}): VoteRequest {
  const { approval_id } = approval;
  return {
    approval_id,
    verdict: 'approve',
    reason: '',
    approver: 'alice@example.com',
    via: 'test',
    ...changes,
  };
}

async function asked(setting: Setting = {}) {
  const on = await stage(setting);
  return { ...on, approval: await on.ask() };
}

describe('a vote that counts', () => {
  it('is signed, audited before it is written, and approves', async () => {
    const { deps, approval, audit, store } = await asked();
    const cast = await castVote(deps, by(approval, { reason: 'checked' }));
    if (cast.refused) throw new Error(cast.why);
    expect(cast.state).toEqual({ state: 'approved', approvers: ['alice@example.com'] });
    const stored = await store.get('vote', `${approval.approval_id} alice@example.com`);
    expect(stored?.value).toEqual(cast.vote);
    expect(deps.verifier.verifyVote(cast.vote)).toBe(true);
    const event = audit.events.at(-1);
    expect(event).toMatchObject({ type: 'vote.cast', actor: 'human:alice@example.com' });
    expect(event?.data).toMatchObject({ digest: approval.digest, verdict: 'approve', via: 'test' });
    expect(cast.vote.audit).toEqual({ chain: event?.chain, seq: event?.seq, hash: event?.hash });
    expect(store.writes.map(({ kind }) => kind).slice(-2)).toEqual(['audit', 'vote']);
  });

  it('waits for the quorum, and one rejection ends it', async () => {
    const { deps, approval } = await asked({ quorum: 2 });
    expect(await castVote(deps, by(approval))).toMatchObject({
      state: { state: 'pending', have: 1, need: 2 },
    });
    const no = by(approval, { approver: 'bob@example.com', verdict: 'reject', reason: 'not today' });
    expect(await castVote(deps, no)).toMatchObject({ state: { state: 'rejected', by: 'bob@example.com' } });
    const late = await castVote(deps, by(approval, { approver: 'carol@example.com' }));
    expect(late).toMatchObject({ status: 409, code: 'already_decided' });
  });

  it('can be sent again unchanged: the first stands and nothing is written', async () => {
    const { deps, approval, store, audit } = await asked();
    const first = await castVote(deps, by(approval, { reason: 'ok' }));
    const again = await castVote(deps, by(approval, { reason: ' ok\r\n' }));
    expect(again).toMatchObject({ refused: false, repeated: true });
    expect(!first.refused && !again.refused && again.vote).toEqual(!first.refused && first.vote);
    expect(store.writes.filter(({ kind }) => kind === 'vote')).toHaveLength(1);
    expect(audit.types()).toEqual(['vote.cast', 'vote.repeated']);
  });

  it('is one record when two humans vote in the same millisecond, each', async () => {
    const { deps, approval, store } = await asked();
    const [a, b] = await Promise.all([
      castVote(deps, by(approval)),
      castVote(deps, by(approval, { approver: 'bob@example.com', verdict: 'reject', reason: 'no' })),
    ]);
    expect([a?.refused, b?.refused]).toEqual([false, false]);
    expect(
      (await store.list('vote', { under: approval.approval_id, order: 'oldest_first', limit: 9 })).items,
    ).toHaveLength(2);
    const third = await castVote(deps, by(approval, { approver: 'carol@example.com' }));
    expect(third).toMatchObject({ code: 'already_decided', why: expect.stringContaining('rejected') });
  });

  it('has one winner when the same human sends two different votes at once', async () => {
    const { deps, approval, store } = await asked();
    const [a, b] = await Promise.all([
      castVote(deps, by(approval)),
      castVote(deps, by(approval, { verdict: 'reject', reason: 'no' })),
    ]);
    expect([a?.refused, b?.refused].sort()).toEqual([false, true]);
    expect([a, b].find((each) => each?.refused)).toMatchObject({ status: 409, code: 'already_voted' });
    expect(store.writes.filter(({ kind }) => kind === 'vote').length).toBe(2);
  });

  it('is answered alike for a double submit in the same millisecond', async () => {
    const { deps, approval } = await asked();
    const both = await Promise.all([castVote(deps, by(approval)), castVote(deps, by(approval))]);
    expect(both.map((each) => !each.refused && each.repeated).sort()).toEqual([false, true]);
  });
});

describe('a vote that is refused, with nothing written but the audit', () => {
  async function refused(
    code: string,
    status: number,
    setting: Setting,
    prepare: (on: Awaited<ReturnType<typeof asked>>) => Promise<Partial<VoteRequest>>,
  ) {
    const on = await asked(setting);
    const changes = await prepare(on);
    const votes = on.store.writes.filter(({ kind }) => kind === 'vote').length;
    expect(await castVote(on.deps, by(on.approval, changes))).toMatchObject({ refused: true, code, status });
    expect(on.store.writes.filter(({ kind }) => kind === 'vote').length).toBe(votes);
    expect(on.audit.events.at(-1)).toMatchObject({ type: 'vote.refused', data: { code } });
  }

  it('unknown approval', () =>
    refused('approval_not_found', 404, {}, async () => ({ approval_id: 'apr_00000000000000000000000000' })));
  it('malformed id', () =>
    refused('approval_not_found', 404, {}, async () => ({ approval_id: '../apr_\0' })));
  it('an approval of another environment', () =>
    refused('approval_not_found', 404, {}, async (on) => ({
      approval_id: (await on.ask({ approval: { environment: 'dev' } })).approval_id,
    })));
  it('a rejection without a reason', () =>
    refused('reason_required', 400, {}, async () => ({ verdict: 'reject', reason: ' \n\u0007 ' })));
  it('a reason too long', () =>
    refused('reason_too_long', 400, {}, async () => ({ reason: 'x'.repeat(2001) })));
  it('a human who is not on the list', () =>
    refused('not_an_approver', 403, { approvers: ['bob@example.com'] }, async () => ({})));
  it('the person at the machine, where policy names approvers', () =>
    refused('not_an_approver', 403, { approvers: ['bob@example.com'] }, async () => ({
      approver: 'local:ada',
    })));
  it('the human for whom the agent asked, whatever the case', () =>
    refused('own_request', 403, { approvers: ['alice@example.com'] }, async (on) => ({
      approval_id: (
        await on.ask({ approval: { requested_by: { agent: 'claude', human: 'ALICE@example.com' } } })
      ).approval_id,
    })));
  it('the agent itself', () => refused('own_request', 403, {}, async () => ({ approver: 'Claude' })));
  it('a second, different vote of the same human in other letters', () =>
    refused('already_voted', 409, { quorum: 2 }, async (on) => {
      await castVote(on.deps, by(on.approval));
      return { approver: 'ALICE@example.com', verdict: 'reject', reason: 'changed my mind' };
    }));
  it('after the quorum was reached', () =>
    refused('already_decided', 409, {}, async (on) => {
      await castVote(on.deps, by(on.approval, { approver: 'bob@example.com' }));
      return {};
    }));
  it('after it was spent', () =>
    refused('already_decided', 409, {}, async (on) => {
      const { approval_id, plan_id } = on.approval;
      const spend = { approval_id, run_id: runIdOf(plan_id), spent_at: on.clock.at.toISOString() };
      await on.store.create('spend', approval_id, spend);
      return {};
    }));
  it('at the very moment of expiry', () =>
    refused('approval_expired', 409, {}, async (on) => {
      on.clock.at = new Date(on.approval.expires_at);
      return {};
    }));
  it('when another request stands for the digest', () =>
    refused('approval_superseded', 409, {}, async (on) => {
      const { digest, plan_id } = on.approval;
      return { approval_id: (await on.ask({ standing: false, approval: { digest, plan_id } })).approval_id };
    }));
  it('an approval whose stored plan is another one: what was shown is not what would run', () =>
    refused('plan_mismatch', 409, {}, async (on) => ({
      approval_id: (await on.ask({ approval: { digest: sha256('something else') } })).approval_id,
    })));
});

describe('when something breaks', () => {
  it('writes no vote without the audit', async () => {
    const { deps, approval, audit, store } = await asked();
    audit.broken = true;
    const cast = await castVote(deps, by(approval));
    expect(cast).toMatchObject({ status: 503, code: 'audit_unavailable' });
    expect(store.writes.some(({ kind }) => kind === 'vote')).toBe(false);
    const refused = await castVote(deps, by(approval, { approver: 'claude' }));
    expect(refused).toMatchObject({ status: 503, code: 'audit_unavailable' });
  });

  it.each(['fails_before', 'fails_after_persisting'] as const)(
    'rejects when the write %s, and the same call again settles it',
    async (how) => {
      const { deps, approval, faults } = await asked();
      faults.push({ write: { kind: 'vote', nth: 1 }, how });
      await expect(castVote(deps, by(approval))).rejects.toThrow();
      const again = await castVote(deps, by(approval));
      expect(again).toMatchObject({ refused: false, repeated: how === 'fails_after_persisting' });
      expect(again).toMatchObject({ state: { state: 'approved' } });
    },
  );

  it('does not take a forged record for the vote of the human it names', async () => {
    const { deps, approval, store, audit } = await asked();
    const { approval_id, digest, environment, expires_at } = approval;
    await store.create('vote', `${approval_id} alice@example.com`, {
      ...{ approval_id, digest, environment, expires_at, approver: 'alice@example.com', verdict: 'approve' },
      ...{ reason: '', voted_at: approval.created_at, signature: 'AAAA', audit: approval.audit },
    });
    expect(await castVote(deps, by(approval))).toMatchObject({ status: 409, code: 'already_voted' });
    expect(audit.types().at(-1)).toBe('vote.refused');
    const bob = await castVote(deps, by(approval, { approver: 'bob@example.com' }));
    expect(bob).toMatchObject({ state: { state: 'approved', approvers: ['bob@example.com'] } });
  });

  it('strips what would break a log, a terminal or a reader', async () => {
    const { deps, approval } = await asked();
    const reason = 'fine\r\nHTTP/1.1 200\u001b[2J\u202Eevil\u2028 \ud800end';
    const cast = await castVote(deps, by(approval, { reason }));
    expect(!cast.refused && cast.vote.reason).toBe('fine HTTP/1.1 200 [2J evil end');
  });
});
