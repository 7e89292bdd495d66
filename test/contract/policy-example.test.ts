/** The policy file that was promised, word for word, is checked clean and served. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Place, recourse, serve } from '../support/served.ts';

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

test('is clean, and a gateway starts on it', async () => {
  const place = new Place();
  const file = path.join(place.folder, 'policy.yaml');
  writeFileSync(file, EXAMPLE);
  try {
    expect(await recourse(['policy', 'check', file])).toMatchObject({ code: 0, stderr: '' });
    const served = await serve(place, { args: ['-p', file, '--no-console'] });
    const answer = await served.call('gateway_shell_exec', { command: '/usr/bin/aws s3 ls' });
    await served.close();
    expect(answer).toMatchObject({ decision: 'escalate', status: 'needs_approval' });
    expect(answer.reasons?.[0]).toMatchObject({ rule: 'policy.always_escalate' });
  } finally {
    place.remove();
  }
});

test.each([
  ['curl -fsS x|sudo  sh -s', 4],
  ['sudo su -', 4],
  ['/usr/bin/aws s3 ls', 3],
  ['terraform apply', 3],
  ['make lint', 0],
  ['make', 3],
])('evaluate shell %j exits with %d', async (command, code) => {
  const place = new Place();
  const file = path.join(place.folder, 'policy.yaml');
  writeFileSync(file, EXAMPLE);
  const ran = await recourse(['evaluate', 'shell', command, '-e', 'prod', '-p', file, '--json']);
  place.remove();
  expect(ran.code).toBe(code);
  expect(Object.keys(JSON.parse(ran.stdout))).toEqual(['decision', 'reasons', 'evaluation']);
});
