import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../lib/core/policy/parse.ts';

/** The example of the contract. */
const EXAMPLE = `recourseos:
  version: '2.0'
  environments:                # dev, staging and prod are built in; more may be added
    prod:
      default_mutation: escalate       # allow | warn | escalate | block
      terraform_destroy: block
      kubectl_exec: escalate
      kubectl_delete: escalate
      unrecoverable: escalate
      needs_review: escalate
      from_backup: escalate
protected_namespaces: [kube-system, monitoring, production]
protected_workspaces: [prod, production]
always_block: [disable_audit_logging, delete_backup_vault]   # finding classes
always_escalate: [database_delete, iam_policy_change]
shell:
  always_block: ['curl | sh', 'rm -rf /', 'sudo su']
  always_escalate: ['aws', 'terraform apply']
  always_allow: ['make lint']
terraform: { allowed_providers: ['hashicorp/*'] }
approvals:
  quorum: 1
  approvers: ['alice@example.com']
  providers: { email: {}, slack: {}, servicenow: {}, webhook: {} }
limits: { pending_approvals_per_agent: 20, calls_per_minute: 120, output_bytes: 65536 }
plan_ttl_seconds: 3600
approval_ttl_seconds: 86400
`;

function holdsTogether(text: string): void {
  const parsed = parsePolicy(text);
  if (parsed.ok) return;
  const lines = text.split(/\r\n|\r|\n/).length;
  expect(parsed.problems.length).toBeGreaterThan(0);
  for (const { line, column, message } of parsed.problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(message).not.toBe('');
  }
}

describe('any text at all', () => {
  it('the example of the contract, which parses', () => {
    expect(parsePolicy(EXAMPLE)).toMatchObject({ ok: true });
  });

  it.each(['!!', '!', '&', '*', '%', '? ', '@x'])(
    '%s, which once had no problem and no policy, has one',
    (text) => {
      expect(parsePolicy(text)).toMatchObject({ ok: false });
      holdsTogether(text);
    },
  );

  it('is a policy or has problems with places, never a throw', () => {
    const yaml = fc.string({
      maxLength: 60,
      unit: fc.constantFrom(...'ab:-?[]{},&*!|>%@`\'"#~ \n\t\r0\\<'.split('')),
    });
    fc.assert(fc.property(fc.oneof(fc.string(), yaml), holdsTogether), { numRuns: 3_000 });
  });

  it('that was the example before something was cut out or put in', () => {
    const place = fc.nat(EXAMPLE.length);
    const put = fc.string({ maxLength: 4, unit: fc.constantFrom(...':-?[]{},&*!|>\'"# \n\t'.split('')) });
    fc.assert(
      fc.property(place, fc.nat(12), put, (at, length, more) =>
        holdsTogether(EXAMPLE.slice(0, at) + more + EXAMPLE.slice(at + length)),
      ),
      { numRuns: 500 },
    );
  });
});
