import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import { effectivePolicy, explainPolicy } from '../../../lib/core/policy/explain.ts';
import { parsePolicy } from '../../../lib/core/policy/parse.ts';

const FILE = `recourseos:
  version: '2.0'
  environments:
    prod: { default_mutation: block }
protected_namespaces: [payments]
shell: { always_allow: ['make lint'] }
approvals: { providers: { webhook: { url: 'https://hooks.example.com/x', secret: HOOK_SECRET } } }
plan_ttl_seconds: 600
`;

describe('people', () => {
  const parsed = parsePolicy(`recourseos: { version: '2.0' }
approvals:
  groups: { dba: [dora@example.com] }
  rules:
    - { environments: [prod], classes: [database_delete], groups: [dba] }
    - { environments: [dev], quorum: 2 }
roles: { break_glass: [dba, boss@example.com] }
`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { policy, provenance } = parsed;

  it('are told with the rules of this environment alone, and groups among role holders are resolved', () => {
    const effective = effectivePolicy(policy, 'prod', provenance);
    expect(effective?.approvals.rules).toHaveLength(1);
    expect(effective?.roles.break_glass).toEqual(['dora@example.com', 'boss@example.com']);
    const text = explainPolicy(policy, 'prod', provenance);
    expect(text).toMatch(/approvals\.groups\.dba +dora@example\.com +\(file, line 3\)/);
    expect(text).toMatch(
      /approvals\.rules\[0\] +1 of dba, when a plan has database_delete +\(file, line 5\)/,
    );
    expect(text).not.toContain('approvals.rules[1]');
    expect(text).toMatch(/roles\.override +the person at the machine/);
  });
});

describe('the effective policy', () => {
  const parsed = parsePolicy(FILE);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { policy, provenance } = parsed;

  it('is the file filled in, with floors and sources', () => {
    const effective = effectivePolicy(policy, 'prod', provenance);
    expect(effective?.rules.default_mutation).toEqual({
      value: 'block',
      floor: 'allow',
      from: 'file, line 4',
    });
    expect(effective?.rules.terraform_destroy).toEqual({
      value: 'block',
      floor: 'escalate',
      from: 'default',
    });
    expect(effective?.shell.always_allow).toEqual(['make lint']);
    expect(effective?.plan_ttl_seconds).toBe(600);
    expect(JSON.parse(JSON.stringify(effective))).toEqual(effective);
  });

  it('reads as an aligned table', () => {
    const lines = explainPolicy(policy, 'prod', provenance).split('\n');
    expect(lines[0]).toBe('Policy for prod (version 2.0)');
    expect(lines).toContain('  default_mutation   block     (file, line 4)');
    expect(lines).toContain('  terraform_destroy  block     (default; never milder than escalate)');
    expect(lines.filter((line) => /payments +\(file, line 5\)$/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /kube-system +\(built in\)$/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /^ {2}plan_ttl_seconds +600 +\(file, line 8\)$/.test(line))).toHaveLength(
      1,
    );
  });

  it('keeps what is set for an approval provider to itself', () => {
    expect(explainPolicy(policy, 'prod', provenance)).not.toContain('hooks.example.com');
    expect(JSON.stringify(effectivePolicy(policy, 'prod'))).not.toContain('hooks.example.com');
  });

  it('without a file says default everywhere', () => {
    expect(explainPolicy(DEFAULT_POLICY, 'dev')).not.toContain('file, line');
  });

  it('of an unknown environment is that nothing runs', () => {
    expect(effectivePolicy(policy, 'toString')).toBeNull();
    expect(explainPolicy(policy, 'qa')).toMatch(/no environment "qa"; it has dev, staging, prod/);
  });
});
