import { describe, expect, test } from 'vitest';
import { type ApprovalRecord, approvalState, type VoteRecord, voteBytes } from '../../lib/core/approval.ts';
import { approvalRules } from '../../lib/core/approval-rules.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import type { FindingClass } from '../../lib/core/finding.ts';
import { newApprovalId, newPlanId } from '../../lib/core/ids.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import type { Policy } from '../../lib/core/policy/policy.ts';

const random = (count: number) => new Uint8Array(count).fill(7);
const DIGEST = sha256('the plan');
const AUDIT = { chain: 'c', seq: 1, hash: sha256('event') };
const NOW = new Date('2026-03-01T12:00:00Z');
const RULES = rulesOf({ quorum: 2 });

function rulesOf(
  approvals: Partial<Policy['approvals']>,
  classes: readonly FindingClass[] = [],
  roles: Partial<Policy['roles']> = {},
) {
  const policy = {
    ...DEFAULT_POLICY,
    approvals: { ...DEFAULT_POLICY.approvals, ...approvals },
    roles: { ...DEFAULT_POLICY.roles, ...roles },
  };
  return approvalRules(policy, 'prod', classes);
}

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
      waiting: [{ groups: [], have: 1, need: 2 }],
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
    const rules = rulesOf({ approvers: ['Alice@example.com'] });
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
    expect(stateOf([], rulesOf({ quorum: 0 })).state).toBe('pending');
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

describe('rules for environments and classes', () => {
  const groups = { dba: ['dora@example.com', 'dan@example.com'], sec: ['sam@example.com'] };
  const dba = { environments: ['prod'], classes: ['database_delete'], groups: ['dba'], quorum: 2 } as const;
  const approvals = { approvers: ['alice@example.com', 'bob@example.com'], groups, rules: [dba] };
  const [alice, bob] = [vote('alice@example.com'), vote('bob@example.com')];
  const [dora, dan] = [vote('Dora@example.com'), vote('dan@example.com')];
  const deletes = rulesOf(approvals, ['database_delete']);

  test('a rule that applies must be met by its own people; others do not stand in for them', () => {
    expect(stateOf([alice, bob], deletes)).toMatchObject({
      state: 'pending',
      have: 2,
      need: 4,
      waiting: [{ groups: ['dba'], have: 0, need: 2 }],
    });
    expect(stateOf([alice, dora], deletes).state).toBe('pending');
    expect(stateOf([dora, dan], deletes).state).toBe('approved');
    expect(stateOf([dora, dora, vote('DORA@EXAMPLE.COM')], deletes).state).toBe('pending');
  });

  test('where it does not apply, its people have no vote and the quorum is that of all', () => {
    const other = rulesOf(approvals, ['dns_change']);
    expect(stateOf([dora, dan], other).state).toBe('pending');
    expect(stateOf([vote('dora@example.com', { verdict: 'reject' })], other).state).toBe('pending');
    expect(stateOf([alice], other).state).toBe('approved');
    const staging = approvalRules(
      { ...DEFAULT_POLICY, approvals: { ...DEFAULT_POLICY.approvals, ...approvals } },
      'staging',
      ['database_delete'],
    );
    expect(stateOf([alice], staging).state).toBe('approved');
  });

  test('all that apply must be met, the general quorum too', () => {
    const all = rulesOf(
      {
        ...approvals,
        quorum: 3,
        rules: [dba, { environments: null, classes: null, groups: ['sec'], quorum: 1 }],
      },
      ['database_delete'],
    );
    const sam = vote('sam@example.com');
    expect(stateOf([dora, dan], all).state).toBe('pending');
    expect(stateOf([dora, dan, alice], all).state).toBe('pending');
    expect(stateOf([dora, sam, alice], all).state).toBe('pending');
    expect(stateOf([dora, dan, sam], all).state).toBe('approved');
  });

  test('somebody in two groups counts for both, and once', () => {
    const both = rulesOf({
      groups: { a: ['alice@example.com'], b: ['alice@example.com', 'bob@example.com'] },
      rules: [
        { environments: null, classes: null, groups: ['a'], quorum: 1 },
        { environments: null, classes: null, groups: ['b'], quorum: 2 },
      ],
    });
    expect(stateOf([alice], both).state).toBe('pending');
    expect(stateOf([alice, bob], both).state).toBe('approved');
  });

  test('a member of a group that is asked may veto', () => {
    const no = vote('dan@example.com', { verdict: 'reject', reason: 'not now' });
    expect(stateOf([alice, bob, dora, no], deletes)).toMatchObject({
      state: 'rejected',
      by: 'dan@example.com',
    });
  });

  test('a group that the policy does not have is never met', () => {
    const lost = rulesOf({ rules: [{ environments: null, classes: null, groups: ['gone'], quorum: 1 }] });
    expect(stateOf([alice, bob, dora], lost).state).toBe('pending');
  });

  test('where nobody is named anyone may vote, but for those who are named to look only', () => {
    const open = rulesOf({}, [], {
      auditor: ['audrey@example.com', 'alice@example.com'],
      operator: ['alice@example.com'],
    });
    expect(stateOf([vote('audrey@example.com')], open).state).toBe('pending');
    expect(stateOf([alice], open).state).toBe('approved');
  });
});

describe('a withdrawn request', () => {
  const withdrawal = {
    approval_id: approval.approval_id,
    environment: 'prod',
    why: 'It was planned again.',
    at: 'then',
    audit: AUDIT,
  };
  const state = (votes: readonly VoteRecord[]) =>
    approvalState(approval, votes, null, RULES, NOW, () => true, withdrawal);
  test('waits for nobody; a decision that was made stands', () => {
    expect(state([vote('alice@example.com')])).toEqual({ state: 'withdrawn', why: 'It was planned again.' });
    expect(state([vote('alice@example.com'), vote('bob@example.com')]).state).toBe('approved');
    expect(state([vote('alice@example.com', { verdict: 'reject' })]).state).toBe('rejected');
  });
});

test('a signature covers every field that a vote is judged by', () => {
  const { signature: _signature, audit: _audit, ...statement } = vote('alice@example.com');
  const bytes = (over: object) => Buffer.from(voteBytes({ ...statement, ...over })).toString();
  for (const name of Object.keys(statement)) expect(bytes({ [name]: 'changed' }), name).not.toBe(bytes({}));
});
