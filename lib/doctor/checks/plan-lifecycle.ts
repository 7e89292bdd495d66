import type { WorkspaceName } from '../../core/action.ts';
import type { Digest } from '../../core/canonical.ts';
import type { JudgedPlan } from '../../core/plan.ts';
import type { ToolAnswer } from '../../gateway.ts';
import { HARMLESS_PLAN, LOSSY_PLAN, UNKNOWN_DELETE_PLAN } from '../played-plans.ts';
import { expectOneOf, type SelfTest } from '../self-test.ts';
import type { Stage } from '../stage.ts';

const group = 'plan lifecycle';

export const PLAN_LIFECYCLE: readonly SelfTest[] = [
  {
    id: 'pending-is-not-approved',
    group,
    title: 'neither asking nor waiting lets a plan run; a human does, and then it runs once',
    run: async (stage) => {
      const planId = await escalated(stage);
      const early = await apply(stage, planId);
      const approvalId = await asked(stage, planId);
      const waiting = await apply(stage, planId);
      if (stage.ran.length > 0) return 'it ran without an approval';
      await stage.approve(approvalId);
      await apply(stage, planId);
      const again = await apply(stage, planId);
      if (stage.ran.length !== 1) return `it ran ${stage.ran.length} times`;
      return (
        refusedWith(early, ['approval_required']) ??
        refusedWith(waiting, ['approval_pending']) ??
        refusedWith(again, ['plan_used'])
      );
    },
  },
  {
    id: 'rejected-stays-rejected',
    group,
    title: 'a rejected plan does not run, and asking again does not reopen it',
    run: async (stage) => {
      const planId = await escalated(stage);
      await stage.vote(await asked(stage, planId), 'reject');
      const applied = await apply(stage, planId);
      await stage.call('gateway_request_approval', { plan_id: planId, reason: 'again' });
      const later = await apply(stage, planId);
      return (
        neverRan(stage) ??
        refusedWith(applied, ['approval_rejected']) ??
        refusedWith(later, ['approval_rejected'])
      );
    },
  },
  {
    id: 'expiry-is-checked-on-every-read',
    group,
    title: 'expired plans and expired approvals do not run',
    run: async (stage) => {
      const planId = await escalated(stage);
      const approvalId = await asked(stage, planId);
      await stage.approve(approvalId);
      stage.now = new Date(stage.now.getTime() + stage.policy.planTtlSeconds * 1000);
      const planExpired = await apply(stage, planId);
      stage.now = new Date(stage.now.getTime() + stage.policy.approvalTtlSeconds * 1000);
      const equal = await escalated(stage);
      const approvalExpired = await apply(stage, equal);
      return (
        neverRan(stage) ??
        refusedWith(planExpired, ['plan_expired']) ??
        refusedWith(approvalExpired, ['approval_expired', 'approval_required'])
      );
    },
  },
  {
    id: 'one-approval-one-run',
    group,
    title: 'an approval that one run used up lets no other plan run',
    run: async (stage) => {
      const first = await escalated(stage);
      const second = await escalated(stage);
      await stage.approve(await asked(stage, first));
      await apply(stage, first);
      const late = await apply(stage, second);
      if (stage.ran.length !== 1) return `${stage.ran.length} plans ran on one approval`;
      return refusedWith(late, ['approval_required']);
    },
  },
  {
    id: 'tampering-is-seen',
    group,
    title: 'a plan whose frozen bytes, record or evaluation changed does not run',
    run: async (stage) => {
      const otherState = await stage.blobs.put(
        new TextEncoder().encode('{"workspace":"default","serial":99}'),
      );
      const blobs = async (planId: string) => {
        const plan = (await stage.store.get('plan', planId))?.value;
        const frozen =
          plan !== undefined && 'frozen' in plan && plan.frozen.kind === 'terraform' ? plan.frozen : null;
        return frozen === null ? [] : [frozen.artifact, frozen.planJson, frozen.snapshot];
      };
      for (const which of [0, 1, 2]) {
        const planId = await approved(stage);
        const address = (await blobs(planId))[which];
        if (address !== undefined)
          stage.blobs.bytes.set(address, new TextEncoder().encode('{"workspace":"default","serial":0}'));
        const problem = refusedWith(await apply(stage, planId), ['plan_tampered']);
        if (problem !== null) return problem;
      }
      return (
        (await afterRewriting(stage, (plan) => ({ ...plan, evaluation: harmless(plan) }))) ??
        (await afterRewriting(stage, (plan) => ({ ...plan, frozen: withArtifact(plan, otherState) }))) ??
        (await afterRewriting(stage, (plan) => ({ ...plan, action: elsewhere(plan) }))) ??
        neverRan(stage)
      );
    },
  },
  {
    id: 'stored-decisions-are-not-believed',
    group,
    title: 'a record rewritten to "allow" does not run',
    run: async (stage) => {
      const planId = await escalated(stage);
      await stage.rewritePlan(planId, (plan) => ({ ...plan, state: 'ready', decision: 'allow' }));
      return (
        refusedWith(await apply(stage, planId), ['approval_required', 'policy_blocked', 'plan_tampered']) ??
        neverRan(stage)
      );
    },
  },
  {
    id: 'forged-votes-do-not-count',
    group,
    title:
      'votes without a signature, from the requester, or from nobody on the list do not count; nor does forged break-glass',
    run: async (stage) => {
      const planId = await escalated(stage);
      const approvalId = await asked(stage, planId);
      await stage.vote(approvalId, 'approve', 'doctor-agent');
      if (stage.policy.approvals.approvers.length > 0)
        await stage.vote(approvalId, 'approve', 'nobody@doctor.invalid');
      await stage.forgeVotes(approvalId);
      await stage.forgeGlass(planId);
      return refusedWith(await apply(stage, planId), ['approval_pending']) ?? neverRan(stage);
    },
  },
  {
    id: 'plans-belong-to-their-agent',
    group,
    title: "an agent cannot use another agent's plan, unless policy shares them",
    run: async (stage) => {
      const planId = await approved(stage);
      const other = await stage.call('gateway_terraform_apply', { plan_id: planId }, 'another-agent');
      if (stage.policy.sharePlans) return expectOneOf('with shared plans it', other.status, ['succeeded']);
      return refusedWith(other, ['not_your_plan']) ?? neverRan(stage);
    },
  },
];

/** An approved plan, changed behind the gateway's back, must not run. */
async function afterRewriting(
  stage: Stage,
  change: (plan: JudgedPlan) => JudgedPlan,
): Promise<string | null> {
  const planId = await approved(stage);
  await stage.rewritePlan(planId, change);
  return refusedWith(await apply(stage, planId), ['plan_tampered', 'workspace_mismatch']);
}

function harmless({ evaluation }: JudgedPlan): JudgedPlan['evaluation'] {
  return evaluation === null ? null : { ...evaluation, worst_tier: 1, changes: [] };
}

function withArtifact({ frozen }: JudgedPlan, artifact: Digest): JudgedPlan['frozen'] {
  return frozen.kind === 'terraform' ? { ...frozen, artifact } : frozen;
}

function elsewhere({ action }: JudgedPlan): JudgedPlan['action'] {
  return action.kind === 'terraform-apply' ? { ...action, workspace: 'elsewhere' as WorkspaceName } : action;
}

/** A plan that this policy wants a human for. Each probe is one that no policy may let pass. */
async function escalated(stage: Stage): Promise<string> {
  for (const probe of [LOSSY_PLAN, UNKNOWN_DELETE_PLAN, HARMLESS_PLAN]) {
    stage.terraform.planJson = probe;
    const plan = await stage.call('gateway_terraform_plan', {});
    if (plan.decision === 'escalate' && plan.plan_id !== undefined) return plan.plan_id;
    if (plan.decision === 'allow' || plan.decision === 'warn') continue;
  }
  throw new Error(
    'this policy escalates nothing, so approvals cannot be tried; policy check says what it blocks',
  );
}

async function asked(stage: Stage, planId: string) {
  const approvalId = await stage.askFor(planId);
  if (approvalId === null) throw new Error('an approval could not be asked for');
  return approvalId;
}

async function approved(stage: Stage): Promise<string> {
  // Another serial, so that no earlier approval of this test carries over.
  stage.terraform.serial += 1;
  const planId = await escalated(stage);
  await stage.approve(await asked(stage, planId));
  return planId;
}

function apply(stage: Stage, planId: string): Promise<ToolAnswer> {
  return stage.call('gateway_terraform_apply', { plan_id: planId });
}

function refusedWith(answer: ToolAnswer, codes: readonly string[]): string | null {
  return expectOneOf('the answer', answer.error?.code ?? answer.status, codes);
}

function neverRan(stage: Stage): string | null {
  return stage.ran.length === 0 ? null : 'it ran';
}
