import { describe, expect, it } from 'vitest';
import type { Action } from '../../../lib/core/action.ts';
import type { Decision } from '../../../lib/core/decision.ts';
import type { Finding, FindingClass } from '../../../lib/core/finding.ts';
import { decide } from '../../../lib/core/policy/decide.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import type { EnvironmentRules, Policy } from '../../../lib/core/policy/policy.ts';
import { apply, exec, finding, get, remove, scale, shell, terraform } from './acts.ts';

function decisions(action: Action, findings: readonly Finding[] = [], policy = DEFAULT_POLICY): Decision[] {
  return ['dev', 'staging', 'prod'].map(
    (environment) => decide(action, environment, policy, findings).decision,
  );
}

const READ: Decision[] = ['allow', 'allow', 'allow'];
const MUTATION: Decision[] = ['allow', 'warn', 'escalate'];
const HUMAN: Decision[] = ['escalate', 'escalate', 'escalate'];
const NEVER: Decision[] = ['block', 'block', 'block'];

describe('the decision table', () => {
  const rows: readonly (readonly [
    name: string,
    action: Action,
    findings: Finding[],
    expected: Decision[],
  ])[] = [
    ['kubectl get', get, [], READ],
    ['terraform plan', terraform('terraform-plan', 'prod'), [], READ],
    ['terraform plan -destroy', terraform('terraform-plan', 'prod', true), [], READ],
    ['a dry run', apply('kube-system', 'server'), [], READ],
    ['a read-only shell command', shell, [], READ],
    ['terraform apply', terraform('terraform-apply'), [], MUTATION],
    ['kubectl apply', apply('web'), [], MUTATION],
    ['kubectl scale', scale(3), [], MUTATION],
    ['terraform destroy', terraform('terraform-destroy'), [], ['escalate', 'escalate', 'block']],
    [
      'apply of a -destroy plan',
      terraform('terraform-apply', 'default', true),
      [],
      ['escalate', 'escalate', 'block'],
    ],
    [
      'a plan that deletes all',
      terraform('terraform-apply'),
      [finding('terraform_destroy')],
      ['escalate', 'escalate', 'block'],
    ],
    ['kubectl delete', remove('pod'), [], HUMAN],
    ['kubectl exec', exec, [], HUMAN],
    ['scale to zero', scale(0), [], HUMAN],
    ['scale to zero by manifest', apply('web'), [finding('scale_to_zero')], HUMAN],
    ['a protected namespace', scale(2, 'kube-system'), [], HUMAN],
    ['a protected namespace in a manifest', apply('web'), [finding('protected_namespace')], HUMAN],
    ['a protected workspace', terraform('terraform-apply', 'production'), [], HUMAN],
    ['a workspace named alike', terraform('terraform-apply', 'production2'), [], MUTATION],
    ['tier 4', terraform('terraform-apply'), [finding('database_delete', 4)], HUMAN],
    ['tier 5', terraform('terraform-apply'), [finding(null, 5)], HUMAN],
    ['tier 3', terraform('terraform-apply'), [finding('database_delete', 3)], ['warn', 'warn', 'escalate']],
    ['tier 2', terraform('terraform-apply'), [finding('dns_change', 2)], MUTATION],
    ['tier 1', terraform('terraform-apply'), [finding('dns_change', 1)], MUTATION],
    ['a read with tier 4', get, [finding(null, 4)], HUMAN],
    ['code before a plan', terraform('terraform-plan'), [finding('code_execution')], HUMAN],
    ['a file outside before a plan', terraform('terraform-plan'), [finding('reads_outside_snapshot')], HUMAN],
    ['a provider not allowed', terraform('terraform-plan'), [finding('unapproved_provider')], HUMAN],
    ['a remote backend', terraform('terraform-plan'), [finding('remote_operations_backend')], NEVER],
    ['the gateway itself', terraform('terraform-apply'), [finding('gateway_self_modification')], NEVER],
    ['a dangerous pair', terraform('terraform-apply'), [finding('cross_action_risk', 4)], HUMAN],
    [
      'a mild pair',
      terraform('terraform-apply'),
      [finding('cross_action_risk', 1)],
      ['warn', 'warn', 'escalate'],
    ],
    ['a pair nobody rated', terraform('terraform-apply'), [finding('cross_action_risk')], HUMAN],
    ['a finding nobody can place', terraform('terraform-apply'), [finding(null)], HUMAN],
    ['an unknown shell command', shell, [finding('shell_not_understood')], HUMAN],
    ['a writing shell command', shell, [finding('shell_not_read_only')], HUMAN],
    ['a blocked shell command', shell, [finding('shell_blocked')], NEVER],
    ['a secret read', get, [finding('secret_read')], HUMAN],
    ['no sandbox', shell, [finding('sandbox_unavailable')], HUMAN],
    [
      'a dry run in a protected namespace',
      apply('kube-system', 'client'),
      [finding('protected_namespace')],
      READ,
    ],
    ['a plan in a protected namespace', terraform('terraform-plan'), [finding('protected_namespace')], HUMAN],
  ];
  it.each(rows)('%s', (_, action, findings, expected) => {
    expect(decisions(action, findings)).toEqual(expected);
  });

  it.each(['namespace', 'namespaces', 'ns', 'NS', 'Namespace', 'namespaces.v1.', 'pod,ns'])(
    'deleting %s kube-system touches that namespace',
    (resource) => {
      const { reasons } = decide(remove(resource, 'kube-system', null), 'dev', DEFAULT_POLICY, []);
      expect(reasons.map((reason) => reason.class)).toContain('protected_namespace');
    },
  );

  it('takes a missing namespace for default', () => {
    const policy: Policy = { ...DEFAULT_POLICY, protectedNamespaces: ['default'] };
    expect(decide(scale(2, null), 'dev', policy, []).decision).toBe('escalate');
    expect(decide(scale(2, 'web'), 'dev', policy, []).decision).toBe('allow');
  });
});

describe('what a policy says', () => {
  const dev = DEFAULT_POLICY.environments.dev as EnvironmentRules;

  it('tightens', () => {
    const policy = withDev({
      ...dev,
      kubectl_exec: 'block',
      needs_review: 'block',
      default_mutation: 'warn',
    });
    expect(decide(exec, 'dev', policy, []).decision).toBe('block');
    expect(decide(scale(2), 'dev', policy, [finding(null, 5)]).decision).toBe('block');
    expect(decide(scale(2), 'dev', policy, []).decision).toBe('warn');
    expect(decide(exec, 'staging', policy, []).decision).toBe('escalate');
  });

  it('cannot loosen below a floor, even unparsed', () => {
    const all = Object.fromEntries(
      Object.keys(dev).map((key) => [key, 'allow']),
    ) as unknown as EnvironmentRules;
    const policy = withDev(all);
    for (const action of [
      exec,
      remove('pod'),
      terraform('terraform-destroy'),
      scale(0),
      scale(1, 'kube-system'),
    ]) {
      expect(decide(action, 'dev', policy, []).decision).toBe('escalate');
    }
    expect(decide(scale(2), 'dev', policy, [finding(null, 4)]).decision).toBe('escalate');
    expect(decide(scale(2), 'dev', policy, []).decision).toBe('allow');
  });

  it('holds a shell command that changes things to default_mutation too', () => {
    const policy = withDev({ ...dev, default_mutation: 'block' });
    expect(decide(shell, 'dev', policy, [finding('shell_not_read_only')]).decision).toBe('block');
    expect(decide(shell, 'dev', policy, []).decision).toBe('allow');
  });

  it('singles out classes, those of the act itself included', () => {
    const policy: Policy = {
      ...DEFAULT_POLICY,
      alwaysBlock: ['kubectl_exec'],
      alwaysEscalate: ['dns_change'],
    };
    expect(decide(exec, 'dev', policy, []).decision).toBe('block');
    expect(decide(terraform('terraform-apply'), 'dev', policy, [finding('dns_change', 1)]).decision).toBe(
      'escalate',
    );
  });

  it('says nothing of an unknown environment, so that is blocked', () => {
    for (const environment of ['', 'Prod', 'prod ', '__proto__', 'constructor', 'toString']) {
      const verdict = decide(get, environment, DEFAULT_POLICY, []);
      expect(verdict.decision).toBe('block');
      expect(verdict.reasons[0]?.rule).toBe('policy.unknown_environment');
    }
  });

  function withDev(rules: EnvironmentRules): Policy {
    return { ...DEFAULT_POLICY, environments: { ...DEFAULT_POLICY.environments, dev: rules } };
  }
});

describe('reasons', () => {
  const findings = [
    finding('dns_change', 1, 'mild'),
    finding('database_delete', 3, 'from backup'),
    finding('storage_delete', 4, 'gone'),
    finding(null, 5, 'unknown'),
    finding('gateway_self_modification', null, 'gateway'),
  ];

  it('are worst first, and leave out what asks for nothing', () => {
    const { decision, reasons } = decide(terraform('terraform-apply'), 'dev', DEFAULT_POLICY, findings);
    expect(decision).toBe('block');
    expect(reasons.map((reason) => reason.address)).toEqual(['gateway', 'unknown', 'gone', 'from backup']);
    expect(reasons[2]).toEqual({
      rule: 'test.storage_delete',
      class: 'storage_delete',
      address: 'gone',
      message: 'It does a thing. Policy unrecoverable for dev is escalate.',
    });
  });

  it('are never missing', () => {
    for (const action of [get, shell, apply('web'), terraform('terraform-plan')]) {
      const { decision, reasons } = decide(action, 'dev', DEFAULT_POLICY, [finding('dns_change', 1)]);
      expect(decision).toBe('allow');
      expect(reasons).toHaveLength(1);
    }
  });

  it('name each act once, though an evaluator found it too', () => {
    const { reasons } = decide(remove('pod'), 'dev', DEFAULT_POLICY, [finding('kubectl_delete')]);
    expect(reasons.map((reason) => reason.class)).toEqual(['kubectl_delete' satisfies FindingClass]);
  });

  it('of many findings are quick', () => {
    const many = Array.from({ length: 200_000 }, () => finding('database_delete', 4));
    expect(decide(terraform('terraform-apply'), 'dev', DEFAULT_POLICY, many).decision).toBe('escalate');
  });
});
