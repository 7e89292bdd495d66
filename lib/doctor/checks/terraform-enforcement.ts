import { isAtLeast } from '../../core/decision.ts';
import {
  change,
  DELETES_ALL_PLAN,
  HARMLESS_PLAN,
  LOSSY_PLAN,
  planJsonOf,
  UNKNOWN_DELETE_PLAN,
} from '../played-plans.ts';
import { expectOneOf, firstProblem, type SelfTest } from '../self-test.ts';
import type { Stage } from '../stage.ts';

const group = 'terraform enforcement';

export const TERRAFORM_ENFORCEMENT: readonly SelfTest[] = [
  {
    id: 'mutation-follows-policy',
    group,
    title: 'an ordinary change gets the decision that policy names for this environment',
    run: async (stage) => {
      const plan = await stage.call('gateway_terraform_plan', {});
      const wanted = stage.policy.environments[stage.environment]?.default_mutation;
      const problem =
        wanted === undefined
          ? 'policy does not know the environment'
          : expectOneOf('the decision', plan.decision, [wanted]);
      if (problem !== null || plan.decision === 'allow' || plan.decision === 'warn') return problem;
      await stage.call('gateway_terraform_apply', { plan_id: plan.plan_id });
      return stage.ran.length === 0 ? null : 'it was applied without a human';
    },
  },
  {
    id: 'unrecoverable-asks-a-human',
    group,
    title: 'what cannot be undone reaches a human or is blocked',
    run: (stage) => neverRuns(stage, LOSSY_PLAN, 'aws_db_instance.main'),
  },
  {
    id: 'unknown-asks-a-human',
    group,
    title: 'deleting what nobody can judge reaches a human or is blocked',
    run: (stage) => neverRuns(stage, UNKNOWN_DELETE_PLAN, 'acme_ledger.books'),
  },
  {
    id: 'destroy-is-one-thing',
    group,
    title: 'destroy by tool, by flag, or by a plan that deletes everything follows one rule',
    run: async (stage) => {
      const wanted = stage.policy.environments[stage.environment]?.terraform_destroy ?? 'block';
      const byTool = await stage.call('gateway_terraform_destroy', {});
      const byFlag = await stage.call('gateway_terraform_plan', { args: ['-destroy'] });
      stage.terraform.planJson = DELETES_ALL_PLAN;
      const byPlan = await stage.call('gateway_terraform_plan', {});
      return firstProblem(
        Object.entries({ byTool, byFlag, byPlan }).map(([how, { decision }]) =>
          isAtLeast(decision, wanted) && isAtLeast(decision, 'escalate')
            ? null
            : `${how} was ${decision}, policy says ${wanted}`,
        ),
      );
    },
  },
  {
    id: 'code-stops-before-it-runs',
    group,
    title: 'configuration that would run code stops before terraform starts',
    run: async (stage) => {
      stage.terraform.files = { 'main.tf': 'data "external" "x" {\n  program = ["id"]\n}\n' };
      const external = await stage.call('gateway_terraform_plan', {});
      stage.terraform.files = {
        'main.tf':
          'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n',
      };
      const provisioner = await stage.call('gateway_terraform_plan', {});
      if (stage.terraform.plans > 0) return 'terraform planned it';
      return firstProblem(
        [external, provisioner].map(({ status }) => expectOneOf('it', status, ['needs_approval', 'blocked'])),
      );
    },
  },
  {
    id: 'foreign-providers-stop',
    group,
    title: 'providers and backends that policy does not list stop before terraform starts',
    run: async (stage) => {
      const provider =
        'terraform {\n  required_providers {\n    x = { source = "doctor.invalid/acme/x" }\n  }\n}\nresource "x_thing" "a" {}\n';
      stage.terraform.files = { 'main.tf': provider };
      const foreign = await stage.call('gateway_terraform_plan', {});
      stage.terraform.files = { 'main.tf': 'terraform {\n  cloud {\n    organization = "x"\n  }\n}\n' };
      const cloud = await stage.call('gateway_terraform_plan', {});
      if (stage.terraform.plans > 0) return 'terraform planned it';
      return firstProblem([
        expectOneOf('a foreign provider', foreign.status, ['needs_approval', 'blocked']),
        expectOneOf('a cloud backend', cloud.status, ['blocked']),
      ]);
    },
  },
  {
    id: 'protected-workspace-asks-a-human',
    group,
    title: 'a change in a protected workspace reaches a human or is blocked',
    run: async (stage) => {
      const workspace = stage.policy.protectedWorkspaces[0] ?? 'prod';
      const plan = await stage.call('gateway_terraform_plan', { workspace });
      if (!isAtLeast(plan.decision, 'escalate')) return `workspace ${workspace} was ${plan.decision}`;
      const named = plan.reasons?.some((reason) => reason.class === 'protected_workspace') === true;
      return named ? null : 'no reason of the decision says that the workspace is protected';
    },
  },
  {
    id: 'failed-plans-never-apply',
    group,
    title: 'a plan that failed, or that cannot be read, is never applied',
    run: async (stage) => {
      for (const planJson of [
        planJsonOf([], { errored: true }),
        null,
        { format_version: '9.0' },
        { ...HARMLESS_PLAN, resource_changes: [{}] },
      ]) {
        stage.terraform.planJson = planJson;
        const plan = await stage.call('gateway_terraform_plan', {});
        await stage.call('gateway_terraform_apply', { plan_id: plan.plan_id });
        if (plan.status !== 'plan_failed' || stage.ran.length > 0) return `it was ${plan.status}`;
      }
      return null;
    },
  },
  {
    id: 'sensitive-values-masked',
    group,
    title: 'sensitive values do not reach the agent',
    run: async (stage) => {
      const value = ['doctor', 'secret', 'value', '4711'].join('-');
      const before = { identifier: 'main', password: value, skip_final_snapshot: true };
      stage.terraform.planJson = planJsonOf([
        change(
          'aws_db_instance.main',
          ['update'],
          before,
          { ...before, port: 1, note: `x ${value}` },
          { password: true },
        ),
      ]);
      stage.terraform.text = `  + note = "x ${value}"`;
      const plan = await stage.call('gateway_terraform_plan', {});
      const seen = JSON.stringify([plan, await stage.call('gateway_get_plan', { plan_id: plan.plan_id })]);
      return seen.includes(value) ? 'the answer holds a sensitive value' : null;
    },
  },
];

/** It must not run, and because of this very change: a policy that escalates everything hides a blind evaluator. */
async function neverRuns(stage: Stage, planJson: unknown, address: string): Promise<string | null> {
  stage.terraform.planJson = planJson;
  const plan = await stage.call('gateway_terraform_plan', {});
  const applied = await stage.call('gateway_terraform_apply', { plan_id: plan.plan_id });
  if (stage.ran.length > 0 || applied.executed) return `deleting ${address} was applied without a human`;
  if (!isAtLeast(plan.decision, 'escalate')) return `deleting ${address} was ${plan.decision}`;
  return plan.reasons?.some((reason) => reason.address === address) === true
    ? null
    : `no reason of the decision names ${address}`;
}
