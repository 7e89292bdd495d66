import { describe, expect, test } from 'vitest';
import {
  type ApprovalRecord,
  type ApprovalRules,
  approvalState,
  type VoteRecord,
  voteBytes,
} from '../../lib/core/approval.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { newApprovalId, newPlanId } from '../../lib/core/ids.ts';

const random = (count: number) => new Uint8Array(count).fill(7);
const DIGEST = sha256('the plan');
const AUDIT = { chain: 'c', seq: 1, hash: sha256('event') };
const NOW = new Date('2026-03-01T12:00:00Z');
const RULES: ApprovalRules = { quorum: 2, approvers: [] };

const approval: ApprovalRecord = {
  approval_id: newApprovalId(random),
  environment: 'prod',
  digest: DIGEST,
  plan_id: newPlanId(random),
  requested_by: { agent: 'agent-1', human: 'carol@example.com' },
  reason: '',
  operation: null,
  target: null,
  created_at: '2026-03-01T11:00:00.000Z',
  expires_at: '2026-03-02T11:00:00.000Z',
  audit: AUDIT,
};

function vote(approver: string, over: Partial<VoteRecord> = {}): VoteRecord {
  return {
    approval_id: approval.approval_id,
    digest: DIGEST,
    environment: 'prod',
    approver,
    verdict: 'approve',
    reason: '',
    voted_at: '2026-03-01T11:30:00.000Z',
    expires_at: approval.expires_at,
    signature: 'good',
    audit: AUDIT,
    ...over,
  };
}

function stateOf(votes: readonly VoteRecord[], rules = RULES, now = NOW) {
  return approvalState(approval, votes, null, rules, now, (each) => each.signature === 'good');
}

describe('what counts as a vote', () => {
  const alice = vote('alice@example.com');
  test('two humans make a quorum of two; one human twice does not, however the name is written', () => {
    expect(stateOf([alice, vote('bob@example.com')]).state).toBe('approved');
    expect(stateOf([alice, alice, vote('ALICE@example.com')])).toEqual({
      state: 'pending',
      have: 1,
      need: 2,
    });
  });

  test.each([
    ['without a good signature', { signature: 'bad' }],
    ['for another approval', { approval_id: newApprovalId((count) => new Uint8Array(count)) }],
    ['for another digest', { digest: sha256('another') }],
    ['of another environment', { environment: 'dev' }],
    ['cast when the approval had expired', { voted_at: approval.expires_at }],
    ['that claims another expiry', { expires_at: '2027-01-01T00:00:00.000Z' }],
    ['of the agent that asked', { approver: 'Agent-1' }],
    ['of the human behind it', { approver: 'Carol@Example.com' }],
  ] as const)('not one %s', (_what, over) => {
    expect(stateOf([alice, vote('bob@example.com', over)])).toMatchObject({ state: 'pending', have: 1 });
    expect(stateOf([vote('bob@example.com', { ...over, verdict: 'reject' })]).state).toBe('pending');
  });

  test('not one of somebody who is not on the list, where there is one', () => {
    const rules = { quorum: 1, approvers: ['Alice@example.com'] };
    expect(stateOf([vote('bob@example.com')], rules).state).toBe('pending');
    expect(stateOf([alice], rules).state).toBe('approved');
  });

  test('one rejection ends it, whatever came before', () => {
    const no = vote('dave@example.com', { verdict: 'reject', reason: 'freeze' });
    expect(stateOf([alice, vote('bob@example.com'), no])).toEqual({
      state: 'rejected',
      by: 'dave@example.com',
      reason: 'freeze',
    });
  });

  test('a quorum of zero still needs a human', () => {
    expect(stateOf([], { quorum: 0, approvers: [] }).state).toBe('pending');
  });

  test('it expires at its very millisecond, approved or not; a date that cannot be read has expired', () => {
    const end = new Date(approval.expires_at);
    expect(stateOf([alice, vote('bob@example.com')], RULES, new Date(end.getTime() - 1)).state).toBe(
      'approved',
    );
    expect(stateOf([alice, vote('bob@example.com')], RULES, end).state).toBe('expired');
    const odd = { ...approval, expires_at: 'soon' };
    expect(approvalState(odd, [], null, RULES, NOW, () => true).state).toBe('expired');
  });
});

test('a signature covers every field that a vote is judged by', () => {
  const { signature: _signature, audit: _audit, ...statement } = vote('alice@example.com');
  const bytes = (over: object) => Buffer.from(voteBytes({ ...statement, ...over })).toString();
  for (const name of Object.keys(statement)) expect(bytes({ [name]: 'changed' }), name).not.toBe(bytes({}));
});
