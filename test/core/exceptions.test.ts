/** Overrides and break-glass: what they let happen, and that nothing but a sound record lets anything happen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action, RootPath, WorkspaceName } from '../../lib/core/action.ts';
import { AuthorizedPlan, type AuthorizeRequest, authorize } from '../../lib/core/authorize.ts';
import { type BreakGlassRecord, breakGlassStatement } from '../../lib/core/break-glass.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { FINDING_CLASSES, type Finding, TIERS } from '../../lib/core/finding.ts';
import { newBreakGlassId, newOverrideId, newPlanId } from '../../lib/core/ids.ts';
import {
  matchesPattern,
  type OverrideRecord,
  overrideState,
  overrideStatement,
} from '../../lib/core/override.ts';
import type { JudgedPlan } from '../../lib/core/plan.ts';
import { decide } from '../../lib/core/policy/decide.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import type { Policy } from '../../lib/core/policy/policy.ts';
import { isRefusal } from '../../lib/core/refusal.ts';
import { type OverrideScope, statementBytes } from '../../lib/core/statement.ts';

const random = (count: number) => new Uint8Array(count).fill(7);
const NOW = new Date('2026-03-01T12:00:00.000Z');
const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000).toISOString();
const AUDIT = { chain: 'c', seq: 1, hash: sha256('event') };
const BOSS = 'boss@example.com';
const POLICY: Policy = {
  ...DEFAULT_POLICY,
  approvals: { ...DEFAULT_POLICY.approvals, approvers: ['alice@example.com'] },
  roles: { ...DEFAULT_POLICY.roles, override: [BOSS], break_glass: [BOSS] },
};
const APPLY: Action = {
  kind: 'terraform-apply',
  cwd: '.' as RootPath,
  workspace: 'default' as WorkspaceName,
  ref: null,
  args: [],
};
const ANY: OverrideScope = { action: 'terraform-apply', class: null, address: null, agent: null };

function finding(over: Partial<Finding>): Finding {
  return { rule: 'r', class: null, tier: 2, address: 'a.b', why: 'why', evidence: [], ...over };
}

function override(over: Partial<OverrideRecord> = {}): OverrideRecord {
  return {
    override_id: newOverrideId(random),
    environment: 'prod',
    scope: ANY,
    by: BOSS,
    reason: 'release night',
    made_at: at(-10),
    expires_at: at(50),
    signature: 'good',
    audit: AUDIT,
    revoked: null,
    ...over,
  };
}

function glass(over: Partial<BreakGlassRecord> = {}): BreakGlassRecord {
  return {
    break_glass_id: newBreakGlassId(random),
    plan_id: PLAN.plan_id,
    digest: PLAN.digest,
    environment: 'prod',
    by: BOSS,
    reason: 'the site is down',
    made_at: at(-1),
    expires_at: at(14),
    signature: 'good',
    audit: AUDIT,
    ...over,
  };
}

const PLAN: JudgedPlan = {
  plan_id: newPlanId(random),
  environment: 'prod',
  caller: { agent: 'claude', human: 'hugo@example.com' },
  action: APPLY,
  created_at: at(-20),
  expires_at: at(40),
  audit: AUDIT,
  state: 'needs_approval',
  decision: 'escalate',
  reasons: [],
  classes: [],
  evaluation: null,
  evaluationBlob: null,
  digest: sha256('plan'),
  digestParts: {},
  frozen: { kind: 'terraform-scan', snapshot: sha256('s') },
  outputBlob: null,
};

function ask(findings: readonly Finding[], over: Partial<AuthorizeRequest> = {}, action: Action = APPLY) {
  const policy = over.policy ?? POLICY;
  const plan = over.plan ?? { ...PLAN, action };
  return authorize({
    plan,
    environment: 'prod',
    caller: PLAN.caller,
    runs: [action.kind],
    run: null,
    evidence: {
      state: 'intact',
      digest: PLAN.digest,
      workspace: 'workspace' in action ? action.workspace : null,
      verdict: decide(action, 'prod', policy, findings),
      touched: findings.map((each) => ({
        address: each.address,
        classes: each.class === null ? [] : [each.class],
      })),
    },
    approval: null,
    votes: [],
    spend: null,
    withdrawal: null,
    overrides: [],
    breakGlass: null,
    policy,
    now: NOW,
    verify: () => false,
    verifyStatement: (_signed, signature) => signature === 'good',
    ...over,
  });
}

function verdictOf(answer: ReturnType<typeof ask>): string {
  return isRefusal(answer) ? answer.code : answer.decision;
}

describe('an override', () => {
  const benign = [finding({ class: 'dns_change' })];
  test('lets pass with a warning what policy would escalate by its own choice, and is named', () => {
    expect(verdictOf(ask(benign))).toBe('approval_required');
    const answer = ask(benign, { overrides: [override()] });
    expect(answer).toBeInstanceOf(AuthorizedPlan);
    expect(answer).toMatchObject({ decision: 'warn', overrides: [override().override_id], approvalId: null });
  });

  test.each([
    ['signed badly', { signature: 'bad' }],
    ['of another environment', { environment: 'staging' }],
    ['expired at this very millisecond', { expires_at: NOW.toISOString() }],
    ['with a date that cannot be read', { expires_at: 'soon' }],
    ['made in the future', { made_at: at(10) }],
    ['for longer than a day', { made_at: at(-10), expires_at: at(1440) }],
    ['by somebody without the role', { by: 'alice@example.com' }],
    ['by the person at the machine where the policy names people', { by: 'local:ada' }],
    ['without a scope', { scope: { ...ANY, action: null } }],
    ['for another kind of action', { scope: { ...ANY, action: 'kubectl-apply' } }],
    ['for another agent', { scope: { ...ANY, agent: 'robot' } }],
    ['for another class', { scope: { ...ANY, class: 'database_delete' } }],
    ['for another address', { scope: { ...ANY, address: 'x.*' } }],
    [
      'revoked, by whatever stands there',
      {
        revoked: {
          override_id: newOverrideId(random),
          environment: 'x',
          revoked_by: 'x',
          reason: '',
          revoked_at: '',
          signature: 'bad',
          audit: AUDIT,
        },
      },
    ],
  ] as const)('does not act when it is %s', (_what, over) => {
    expect(verdictOf(ask(benign, { overrides: [override(over)] }))).toBe('approval_required');
  });

  test('does not act for the agents of whoever made it', () => {
    const policy = { ...POLICY, roles: { ...POLICY.roles, override: ['hugo@example.com'] } };
    expect(verdictOf(ask(benign, { policy, overrides: [override({ by: 'Hugo@Example.com' })] }))).toBe(
      'approval_required',
    );
  });

  test('within a class or an address acts only where all that is touched lies within', () => {
    const scoped = (scope: Partial<OverrideScope>, found: readonly Finding[]) =>
      verdictOf(ask(found, { overrides: [override({ scope: { ...ANY, ...scope } })] }));
    const web = [
      finding({ address: 'aws_instance.web["a"]' }),
      finding({ address: 'aws_instance.web["b"]' }),
    ];
    expect(scoped({ address: 'aws_instance.web[*' }, web)).toBe('warn');
    expect(scoped({ address: 'aws_instance.web[*' }, [...web, finding({ address: 'aws_lb.x' })])).toBe(
      'approval_required',
    );
    expect(scoped({ class: 'dns_change' }, benign)).toBe('warn');
    expect(scoped({ class: 'dns_change' }, [...benign, finding({ class: 'iam_policy_change' })])).toBe(
      'approval_required',
    );
    const risk = finding({ class: 'cross_action_risk', tier: 3, address: 'aws_instance.web["a"]' });
    expect(scoped({ address: '*web["a"]' }, [...web, risk])).toBe('approval_required');
    expect(scoped({ class: 'dns_change' }, [])).toBe('approval_required');
  });

  test.each([
    ['what cannot be undone', finding({ tier: 4 }), 'approval_required'],
    ['what cannot be judged', finding({ tier: 5 }), 'approval_required'],
    ['what nobody placed', finding({ tier: null }), 'approval_required'],
    ['a destroy', finding({ class: 'terraform_destroy', tier: null }), 'policy_blocked'],
    ['code that runs', finding({ class: 'code_execution', tier: null }), 'approval_required'],
    ['a protected namespace', finding({ class: 'protected_namespace', tier: null }), 'approval_required'],
    [
      "the gateway's own resources",
      finding({ class: 'gateway_self_modification', tier: null }),
      'policy_blocked',
    ],
    ['the shell block list', finding({ class: 'shell_blocked', tier: null }), 'policy_blocked'],
  ] as const)('never lowers %s', (_what, found, code) => {
    expect(verdictOf(ask([found], { overrides: [override()] }))).toBe(code);
  });

  test('lowers what the policy itself added, and what only a backup brings back', () => {
    const policy: Policy = { ...POLICY, alwaysEscalate: ['dns_change'] };
    expect(verdictOf(ask(benign, { policy, overrides: [override()] }))).toBe('warn');
    expect(verdictOf(ask([finding({ tier: 3 })], { overrides: [override()] }))).toBe('warn');
    const blocks: Policy = { ...POLICY, alwaysBlock: ['dns_change'] };
    expect(verdictOf(ask(benign, { policy: blocks, overrides: [override()] }))).toBe('policy_blocked');
  });

  test('the person at the machine may make one where the policy names nobody', () => {
    const policy = DEFAULT_POLICY;
    expect(verdictOf(ask(benign, { policy, overrides: [override({ by: 'local:ada' })] }))).toBe('warn');
    expect(verdictOf(ask(benign, { policy, overrides: [override({ by: 'eve@example.com' })] }))).toBe(
      'approval_required',
    );
  });
});

describe('break-glass', () => {
  const blocked = [finding({ class: 'terraform_destroy', tier: null })];
  const unapproved = [finding({ tier: 4 })];
  test('lets one blocked or unapproved plan run', () => {
    for (const found of [blocked, unapproved]) {
      const answer = ask(found, { breakGlass: glass() });
      expect(answer).toBeInstanceOf(AuthorizedPlan);
      expect(answer).toMatchObject({ breakGlassId: glass().break_glass_id, approvalId: null });
    }
  });

  test.each([
    ['signed badly', { signature: 'bad' }],
    ['of another environment', { environment: 'dev' }],
    ['for another digest', { digest: sha256('other') }],
    ['for another plan', { plan_id: newPlanId((count) => new Uint8Array(count)) }],
    ['expired', { expires_at: NOW.toISOString() }],
    ['with a date that cannot be read', { made_at: 'then' }],
    ['for longer than an hour', { made_at: at(-1), expires_at: at(60) }],
    ['by an approver without the role', { by: 'alice@example.com' }],
    ['by the person at the machine where the policy names people', { by: 'local:ada' }],
    ['by the agent itself', { by: 'claude' }],
  ] as const)('is worth nothing when it is %s', (_what, over) => {
    expect(verdictOf(ask(blocked, { breakGlass: glass(over) }))).toBe('policy_blocked');
    expect(verdictOf(ask(unapproved, { breakGlass: glass(over) }))).toBe('approval_required');
  });

  test('never opens what no policy can open', () => {
    for (const never of [
      'shell_blocked',
      'gateway_self_modification',
      'remote_operations_backend',
    ] as const) {
      const found = [finding({ class: never, tier: null }), ...blocked];
      expect(verdictOf(ask(found, { breakGlass: glass() })), never).toBe('policy_blocked');
    }
    const nowhere = { ...POLICY, environments: {} };
    expect(verdictOf(ask([], { policy: nowhere, breakGlass: glass() }))).toBe('policy_blocked');
  });

  test('does not help a plan that expired, was used or was changed', () => {
    const breakGlass = glass();
    expect(verdictOf(ask(blocked, { breakGlass, plan: { ...PLAN, expires_at: NOW.toISOString() } }))).toBe(
      'plan_expired',
    );
    expect(verdictOf(ask(blocked, { breakGlass, evidence: { state: 'tampered', what: 'bytes' } }))).toBe(
      'plan_tampered',
    );
    expect(verdictOf(ask(blocked, { breakGlass, caller: { agent: 'robot', human: null } }))).toBe(
      'not_your_plan',
    );
  });
});

describe('whatever the records say', () => {
  const anyFinding = fc.record({
    rule: fc.constant('r'),
    class: fc.option(fc.constantFrom(...FINDING_CLASSES)),
    tier: fc.option(fc.constantFrom(...TIERS)),
    address: fc.constantFrom('', 'a.b', 'a.c', 'module.x.a.b'),
    why: fc.constant('why'),
    evidence: fc.constant([]),
  });
  const bad = fc.constantFrom<Partial<OverrideRecord & BreakGlassRecord>>(
    { signature: 'bad' },
    { environment: 'dev' },
    { expires_at: at(0) },
    { expires_at: at(100_000) },
    { by: 'eve@example.com' },
    { by: 'local:ada' },
    { made_at: at(5) },
    { made_at: '' },
  );
  const scope = fc.record({
    action: fc.constantFrom(null, 'terraform-apply' as const),
    class: fc.option(fc.constantFrom(...FINDING_CLASSES)),
    address: fc.constantFrom(null, '*', 'a.*'),
    agent: fc.constantFrom(null, 'claude'),
  });

  test('an unsound record changes no decision', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 5 }), bad, scope, (found, over, within) => {
        const plain = verdictOf(ask(found));
        const overrides = [override({ scope: within, ...over })];
        expect(verdictOf(ask(found, { overrides, breakGlass: glass(over) }))).toBe(plain);
        expect(verdictOf(ask(found, { breakGlass: glass({ digest: sha256('other') }) }))).toBe(plain);
      }),
      { numRuns: 500 },
    );
  });

  test('a sound override only ever turns an escalation without a floor into a warning', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 5 }), scope, (found, within) => {
        const plain = verdictOf(ask(found));
        const after = verdictOf(ask(found, { overrides: [override({ scope: within })] }));
        if (after === plain) return;
        expect([plain, after]).toEqual(['approval_required', 'warn']);
        const { grounds } = decide(APPLY, 'prod', POLICY, found);
        expect(grounds.every(({ floor }) => floor === 'allow' || floor === 'warn')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

test('patterns', () => {
  const yes: [string, string][] = [
    ['*', ''],
    ['a*', 'a'],
    ['*a', 'ba'],
    ['a*b*c', 'axxbyyc'],
    ['a', 'a'],
    ['**', 'x'],
  ];
  const no: [string, string][] = [
    ['a', 'ab'],
    ['a*b', 'a'],
    ['a*a', 'a'],
    ['', 'a'],
    ['*a', 'ab'],
    ['a.b', 'axb'],
  ];
  for (const [pattern, text] of yes) expect(matchesPattern(pattern, text), `${pattern} ${text}`).toBe(true);
  for (const [pattern, text] of no) expect(matchesPattern(pattern, text), `${pattern} ${text}`).toBe(false);
  const from = performance.now();
  matchesPattern('*a'.repeat(2000), `${'a'.repeat(100_000)}b`);
  expect(performance.now() - from).toBeLessThan(500);
});

test('signatures cover every field, and one kind is nothing as another', () => {
  const covers = (bytes: (over: object) => Uint8Array, fields: object) => {
    for (const name of Object.keys(fields)) {
      expect(Buffer.from(bytes({ [name]: 'changed' })), name).not.toEqual(Buffer.from(bytes({})));
    }
  };
  const { signature: _s, audit: _a, revoked: _r, scope: _scope, ...stated } = override();
  covers(
    (over) =>
      statementBytes({
        type: 'recourse.override.v1',
        statement: overrideStatement({ ...override(), ...over }),
      }),
    stated,
  );
  covers(
    (over) =>
      statementBytes({
        type: 'recourse.override.v1',
        statement: overrideStatement({ ...override(), scope: { ...ANY, ...over } }),
      }),
    ANY,
  );
  const { signature: _s2, audit: _a2, ...broken } = glass();
  covers(
    (over) =>
      statementBytes({
        type: 'recourse.break-glass.v1',
        statement: breakGlassStatement({ ...glass(), ...over }),
      }),
    broken,
  );
  expect(
    Buffer.from(statementBytes({ type: 'recourse.break-glass.v1', statement: broken })).toString(),
  ).toContain('recourse.break-glass.v1');
});

test('the state of an override, for people', () => {
  const standing = {
    environment: 'prod',
    policy: POLICY,
    now: NOW,
    verify: (_: unknown, signature: string) => signature === 'good',
  };
  expect(overrideState(override(), standing)).toBe('active');
  expect(overrideState(override({ expires_at: at(0) }), standing)).toBe('expired');
  expect(overrideState(override({ signature: 'x' }), standing)).toBe('void');
});
