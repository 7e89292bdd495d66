/**
 * Requests that wait for nobody any more. An agent that asks about the same action again, planned anew with another
 * outcome, no longer wants the old one; and a plan that has run needs no approval. That a plan's hour is over is no
 * such reason: made again with an equal digest, it is what the approval is for.
 */
import type { Action } from '../core/action.ts';
import type { ApprovalRecord } from '../core/approval.ts';
import { canonicalJson, type Digest } from '../core/canonical.ts';
import { runIdOf } from '../core/ids.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Notices } from '../ports/people.ts';
import type { Clock } from '../ports/process.ts';
import type { Store } from '../ports/store.ts';
import { tell } from './tell.ts';
import { createOnce } from './write-once.ts';

/** Why nobody needs to decide this, as one sentence; null where somebody does. */
export async function withdrawalOf(
  store: Store,
  { approval_id, plan_id }: Pick<ApprovalRecord, 'approval_id' | 'plan_id'>,
): Promise<{ readonly why: string } | null> {
  const standing = await store.get('withdrawal', approval_id);
  if (standing !== null) return standing.value;
  const run = (await store.get('run', runIdOf(plan_id)))?.value;
  if (run === undefined || run.approval_id === approval_id) return null;
  const how = run.break_glass_id === null ? 'without needing it' : 'because a human broke the glass';
  return { why: `The plan has run already, ${how}.` };
}

/** For whoever lets a plan run without the approval that was asked for. Whatever fails is reported. */
export async function tellNotNeeded(ctx: Withdrawing, digest: Digest): Promise<void> {
  try {
    const pointer = await ctx.store.get('approval_pointer', digest);
    const approval = pointer === null ? null : await ctx.store.get('approval', pointer.value.approval_id);
    if (approval === null) return;
    const { approval_id, plan_id, environment } = approval.value;
    const withdrawn = await withdrawalOf(ctx.store, approval.value);
    if (withdrawn === null) return;
    const about = { at: ctx.clock.now().toISOString(), environment, approval_id, plan_id };
    await tell(ctx.notices, { kind: 'approval_withdrawn', ...about, why: withdrawn.why }, ctx.report);
  } catch (failure) {
    ctx.report(`whether humans still decide on ${digest} could not be looked up: ${String(failure)}`);
  }
}

interface Withdrawing {
  readonly environment: string;
  readonly store: Store;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly notices: Notices;
  readonly report: (message: string) => void;
}

/** `pending`: what waits now. Whatever fails is reported: the new request stands, and the old ones expire. */
export async function withdrawReplaced(
  ctx: Withdrawing,
  by: ApprovalRecord,
  pending: readonly ApprovalRecord[],
): Promise<void> {
  try {
    const action = await actionOf(ctx.store, by);
    if (action === null || !saysAll(action)) return;
    for (const old of pending) {
      if (old.requested_by.agent !== by.requested_by.agent || old.digest === by.digest) continue;
      const before = await actionOf(ctx.store, old);
      if (before !== null && canonicalJson(before) === canonicalJson(action)) await withdraw(ctx, old, by);
    }
  } catch (failure) {
    ctx.report(`requests that ${by.approval_id} replaces could not be withdrawn: ${String(failure)}`);
  }
}

async function withdraw(ctx: Withdrawing, old: ApprovalRecord, by: ApprovalRecord): Promise<void> {
  const { approval_id, plan_id, environment } = old;
  const at = ctx.clock.now().toISOString();
  const why = `The agent planned the same again, with another outcome, and asks for that one: ${by.approval_id}.`;
  const audit = await ctx.audit.append({
    at,
    actor: `agent:${by.requested_by.agent}`,
    environment,
    type: 'approval.withdrawn',
    data: { approval_id, plan_id, replaced_by: by.approval_id },
  });
  const withdrawal = { approval_id, environment, why, at, audit };
  if ((await createOnce(ctx.store, 'withdrawal', approval_id, withdrawal)) !== 'created') return;
  await tell(
    ctx.notices,
    { kind: 'approval_withdrawn', at, environment, approval_id, plan_id, why },
    ctx.report,
  );
}

async function actionOf(store: Store, { plan_id }: ApprovalRecord): Promise<Action | null> {
  return (await store.get('plan', plan_id))?.value.action ?? null;
}

/** Whether two equal actions are meant to do the same. A manifest that was given as an argument is not in the action. */
function saysAll(action: Action): boolean {
  return action.kind !== 'kubectl-apply' || action.manifest.from === 'file';
}
