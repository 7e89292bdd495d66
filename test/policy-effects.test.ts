/** Every key of the policy file has an effect, seen through the whole pipeline. */
import { describe, expect, test } from 'vitest';
import type { Action, ResourceName, RootPath } from '../lib/core/action.ts';
import type { Decision } from '../lib/core/decision.ts';
import type { Finding, FindingClass } from '../lib/core/finding.ts';
import { decide } from '../lib/core/policy/decide.ts';
import { parsePolicy } from '../lib/core/policy/parse.ts';
import type { Policy } from '../lib/core/policy/policy.ts';
import { judgeShell, shellFindings } from '../lib/core/shell/judge.ts';
import { DELETES_ALL_PLAN, LOSSY_PLAN, makeHarness } from './support/harness.ts';

function policy(text: string): Policy {
  const parsed = parsePolicy(`recourseos:\n  version: '2.0'\n${text}`);
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join('\n'));
  return parsed.policy;
}

const environments = (name: string, rules: string) => policy(`  environments:\n    ${name}: { ${rules} }\n`);

function finding(over: Partial<Finding>): Finding {
  return { rule: 'r', class: null, tier: null, address: 'a', why: 'w', evidence: [], ...over };
}

const DELETE: Action = {
  kind: 'kubectl-delete',
  resource: 'pods',
  name: 'a' as ResourceName,
  namespace: 'web',
};
const EXEC: Action = {
  kind: 'kubectl-exec',
  pod: 'a' as ResourceName,
  command: ['id'],
  namespace: 'web',
  container: null,
};
const SCALE: Action = {
  kind: 'kubectl-scale',
  resource: 'deployments',
  name: 'a' as ResourceName,
  namespace: 'web',
  replicas: 2,
};

function decided(
  action: Action,
  rules: Policy,
  findings: readonly Finding[] = [],
  environment = 'dev',
): Decision {
  return decide(action, environment, rules, findings).decision;
}

function shell(command: string, rules: Policy, environment = 'dev'): Decision {
  const action: Action = { kind: 'shell', command, cwd: '.' as RootPath, timeoutMs: 1000 };
  return decide(action, environment, rules, shellFindings(judgeShell(command, rules.shell))).decision;
}

async function planned(rules: Policy, planJson: unknown, environment = 'dev', args: object = {}) {
  const harness = makeHarness({ environment, policy: rules });
  harness.terraform.planJson = planJson;
  return { harness, plan: await harness.call('gateway_terraform_plan', args) };
}

describe('recourseos.environments', () => {
  test('default_mutation', async () => {
    for (const [value, status] of [
      ['allow', 'ready'],
      ['warn', 'ready'],
      ['escalate', 'needs_approval'],
      ['block', 'blocked'],
    ] as const) {
      const harness = makeHarness({
        environment: 'dev',
        policy: environments('dev', `default_mutation: ${value}`),
      });
      expect((await harness.call('gateway_terraform_plan', {})).status, value).toBe(status);
    }
  });

  test('terraform_destroy: prod may be loosened to escalate, dev tightened to block', async () => {
    expect(
      (await planned(environments('prod', 'terraform_destroy: escalate'), DELETES_ALL_PLAN, 'prod')).plan
        .status,
    ).toBe('needs_approval');
    expect(
      (await planned(environments('dev', 'terraform_destroy: block'), DELETES_ALL_PLAN)).plan.status,
    ).toBe('blocked');
  });

  test('unrecoverable, needs_review, from_backup', async () => {
    expect((await planned(environments('dev', 'unrecoverable: block'), LOSSY_PLAN)).plan.status).toBe(
      'blocked',
    );
    expect(decided(SCALE, environments('dev', 'needs_review: block'), [finding({ tier: 5 })])).toBe('block');
    expect(decided(SCALE, environments('dev', 'from_backup: escalate'), [finding({ tier: 3 })])).toBe(
      'escalate',
    );
    expect(decided(SCALE, policy(''), [finding({ tier: 3 })])).toBe('warn');
  });

  test('kubectl_delete, kubectl_exec', () => {
    expect(decided(DELETE, environments('dev', 'kubectl_delete: block'))).toBe('block');
    expect(decided(EXEC, environments('dev', 'kubectl_exec: block'))).toBe('block');
    expect([decided(DELETE, policy('')), decided(EXEC, policy(''))]).toEqual(['escalate', 'escalate']);
  });

  test('an environment of its own', () => {
    const rules = environments('edge', 'default_mutation: allow');
    expect(decided(SCALE, rules, [], 'edge')).toBe('allow');
    expect(decided(SCALE, rules, [], 'nowhere')).toBe('block');
  });
});

describe('lists', () => {
  test('protected_namespaces', () => {
    const rules = policy('protected_namespaces: [web]\n');
    expect(decided(SCALE, policy(''))).toBe('allow');
    expect(decided(SCALE, rules)).toBe('escalate');
  });

  test('protected_workspaces', async () => {
    const rules = policy('protected_workspaces: [live]\n');
    const harness = makeHarness({ environment: 'dev', policy: rules });
    expect((await harness.call('gateway_terraform_plan', { workspace: 'live' })).status).toBe(
      'needs_approval',
    );
    expect((await harness.call('gateway_terraform_plan', { workspace: 'other' })).status).toBe('ready');
  });

  test('always_block, always_escalate', async () => {
    expect((await planned(policy('always_block: [database_delete]\n'), LOSSY_PLAN)).plan.status).toBe(
      'blocked',
    );
    const mild = finding({ tier: 1, class: 'dns_change' satisfies FindingClass });
    expect(decided(SCALE, policy(''), [mild])).toBe('allow');
    expect(decided(SCALE, policy('always_escalate: [dns_change]\n'), [mild])).toBe('escalate');
  });

  test('shell.always_block, shell.always_escalate, shell.always_allow', () => {
    const rules = policy(
      "shell:\n  always_block: ['make deploy']\n  always_escalate: ['ls']\n  always_allow: ['make lint']\n",
    );
    expect([shell('make deploy', rules), shell('make deploy', policy(''))]).toEqual(['block', 'escalate']);
    expect([shell('ls -l', rules), shell('ls -l', policy(''))]).toEqual(['escalate', 'allow']);
    expect([shell('make lint', rules), shell('make lint', policy(''))]).toEqual(['allow', 'escalate']);
    expect(shell('make lint; rm -rf /', rules)).toBe('block');
  });

  test('terraform.allowed_providers', async () => {
    const files = {
      'main.tf':
        'terraform {\n  required_providers {\n    x = { source = "acme/x" }\n  }\n}\nresource "x_thing" "a" {}\n',
    };
    for (const [text, status] of [
      ['', 'needs_approval'],
      ["terraform: { allowed_providers: ['acme/*'] }\n", 'ready'],
    ] as const) {
      const harness = makeHarness({ environment: 'dev', policy: policy(text) });
      harness.terraform.files = files;
      expect((await harness.call('gateway_terraform_plan', {})).status, text).toBe(status);
    }
  });

  test('terraform.allowed_backends', async () => {
    const files = {
      'main.tf':
        'terraform {\n  backend "s3" {\n    bucket = "b"\n    key    = "k"\n    region = "eu-west-1"\n  }\n}\n',
    };
    for (const [text, status] of [
      ['', 'needs_approval'],
      ['terraform: { allowed_backends: [s3] }\n', 'ready'],
    ] as const) {
      const harness = makeHarness({ environment: 'dev', policy: policy(text) });
      harness.terraform.files = files;
      expect((await harness.call('gateway_terraform_plan', {})).status, text).toBe(status);
    }
  });
});

describe('approvals', () => {
  test('quorum and approvers', async () => {
    const rules = policy('approvals:\n  quorum: 2\n  approvers: [alice@example.com, bob@example.com]\n');
    const { harness, plan } = await planned(rules, LOSSY_PLAN);
    const asked = await harness.call('gateway_request_approval', { plan_id: plan.plan_id, reason: 'why' });
    const id = String(asked.approval_id);
    expect((await harness.vote(id, 'approve', 'mallory@example.com')).refused).toBe(true);
    expect((await harness.vote(id, 'approve', 'alice@example.com')).refused).toBe(false);
    expect((await harness.call('gateway_check_approval', { approval_id: id })).status).toBe('pending');
    await harness.vote(id, 'approve', 'bob@example.com');
    expect((await harness.call('gateway_check_approval', { approval_id: id })).status).toBe('approved');
  });

  test('providers are read, and only those that there are', () => {
    expect(
      Object.keys(policy('approvals: { providers: { email: {}, slack: {} } }\n').approvals.providers),
    ).toEqual(['email', 'slack']);
    const wrong = parsePolicy("recourseos:\n  version: '2.0'\napprovals: { providers: { pager: {} } }\n");
    expect(wrong.ok).toBe(false);
  });
});

describe('limits and lifetimes', () => {
  test('limits.pending_approvals_per_agent, limits.calls_per_minute, limits.output_bytes', async () => {
    const rules = policy(
      'limits: { pending_approvals_per_agent: 1, calls_per_minute: 7, output_bytes: 1024 }\n',
    );
    const harness = makeHarness({ policy: rules });
    const text = 'x'.repeat(5000);
    harness.executor.result = {
      ...harness.executor.result,
      output: await harness.blobs.put(new TextEncoder().encode(text)),
    };
    const ask = async () => {
      harness.terraform.serial += 1;
      const plan = await harness.call('gateway_terraform_plan', {});
      return harness.call('gateway_request_approval', { plan_id: plan.plan_id, reason: 'why' });
    };
    const first = await ask();
    expect((await ask()).error?.code).toBe('quota_exceeded');
    await harness.vote(String(first.approval_id), 'approve');
    const applied = await harness.call('gateway_terraform_apply', { plan_id: first.plan_id });
    expect(applied.output).toHaveLength(1024);
    await harness.call('gateway_get_plan', { plan_id: 'x' });
    await harness.call('gateway_get_plan', { plan_id: 'x' });
    expect((await harness.call('gateway_get_plan', { plan_id: 'x' })).error?.code).toBe('quota_exceeded');
  });

  test('plan_ttl_seconds, approval_ttl_seconds', async () => {
    const harness = makeHarness({ policy: policy('plan_ttl_seconds: 120\napproval_ttl_seconds: 240\n') });
    const plan = await harness.call('gateway_terraform_plan', {});
    expect(Date.parse(String(plan.expires_at)) - harness.now.getTime()).toBe(120_000);
    const asked = await harness.call('gateway_request_approval', { plan_id: plan.plan_id, reason: 'why' });
    expect(Date.parse(String(asked.expires_at)) - harness.now.getTime()).toBe(240_000);
  });

  test('share_plans', async () => {
    const other = { agent: 'agent-2', human: null };
    for (const [text, seen] of [
      ['share_plans: false\n', 'not_your_plan'],
      ['share_plans: true\n', undefined],
    ] as const) {
      const harness = makeHarness({ environment: 'dev', policy: policy(text) });
      const plan = await harness.call('gateway_terraform_plan', {});
      expect((await harness.call('gateway_get_plan', { plan_id: plan.plan_id }, other)).error?.code).toBe(
        seen,
      );
    }
  });

  test('terraform.tool', () => {
    expect([policy('').terraform.tool, policy('terraform: { tool: tofu }\n').terraform.tool]).toEqual([
      'terraform',
      'tofu',
    ]);
  });
});
