/**
 * Breaking the glass for one plan: signed, for minutes, told to everybody, and open to review until somebody else
 * closes it. This side writes the record; whether the plan then runs is judged where every run is.
 */
import {
  BREAK_GLASS_SECONDS,
  type BreakGlassRecord,
  glassIsBroken,
  MAX_BREAK_GLASS_SECONDS,
  neverBrokenClass,
} from '../core/break-glass.ts';
import { newBreakGlassId, reviewIdOf, runIdOf } from '../core/ids.ts';
import { isExpired, type JudgedPlan, type PlanRecord } from '../core/plan.ts';
import { hasRole } from '../core/roles.ts';
import { tell } from '../lifecycle/tell.ts';
import type { Versioned } from '../ports/store.ts';
import {
  type DeedDeps,
  type Denied,
  type Doer,
  denied,
  deny,
  NO_AUDIT,
  noted,
  reasonFor,
  verifying,
} from './deed.ts';
import { notAllowed } from './overrides.ts';
import { findPlan } from './plans.ts';

export interface BreakGlassRequest extends Doer {
  readonly plan_id: string;
  readonly reason: string;
  /** 15 minutes where it is not said. */
  readonly ttlSeconds?: number | undefined;
}

export interface BrokenGlass {
  readonly record: BreakGlassRecord;
  readonly plan: JudgedPlan;
  /** The same was asked and granted before; nothing was written. */
  readonly repeated: boolean;
}

export async function breakGlass(deps: DeedDeps, request: BreakGlassRequest): Promise<BrokenGlass | Denied> {
  const plan = await findPlan(deps.store, deps.environment, request.plan_id);
  const about = { plan_id: plan?.plan_id ?? null };
  const reason = reasonFor(request.reason, 'Breaking the glass');
  const problem = typeof reason === 'string' ? await refusalOf(deps, request, plan) : reason;
  if (problem !== null) return deny(deps, request, 'break_glass', about, problem);
  if (typeof reason !== 'string' || plan === null || !('digest' in plan)) throw new Error('judged before');

  const standing = await deps.store.get('break_glass', plan.plan_id);
  const now = deps.clock.now();
  if (standing !== null && glassIsBroken(standing.value, plan, deps.policy, now, verifying(deps))) {
    if (standing.value.by === request.by) return { record: standing.value, plan, repeated: true };
    const why = `${standing.value.by} has broken the glass for this plan already, until ${standing.value.expires_at}.`;
    return deny(deps, request, 'break_glass', about, denied(409, 'already_broken', why));
  }
  const ttl = (request.ttlSeconds ?? BREAK_GLASS_SECONDS) * 1000;
  const statement = {
    break_glass_id: newBreakGlassId(deps.random),
    plan_id: plan.plan_id,
    digest: plan.digest,
    environment: deps.environment,
    by: request.by,
    reason,
    made_at: now.toISOString(),
    expires_at: new Date(Math.min(now.getTime() + ttl, Date.parse(plan.expires_at))).toISOString(),
  };
  const signature = await deps.signer.signStatement({ type: 'recourse.break-glass.v1', statement });
  const audit = await noted(deps, request, 'alarm.break_glass', {
    ...statement,
    decision: plan.decision,
    agent: plan.caller.agent,
  });
  if (audit === null) return NO_AUDIT;
  const record = { ...statement, signature, audit };
  // The review first: no glass is ever broken without one.
  await openReview(deps, record);
  if (!(await write(deps, record, standing))) {
    const why = 'Somebody else has broken the glass for this plan at the same moment.';
    return deny(deps, request, 'break_glass', about, denied(409, 'already_broken', why));
  }
  deps.onError(`ALARM: ${request.by} broke the glass for ${plan.plan_id}: ${reason}`);
  await tellEverybody(deps, record);
  return { record, plan, repeated: false };
}

async function refusalOf(
  deps: DeedDeps,
  { by, ttlSeconds = BREAK_GLASS_SECONDS }: BreakGlassRequest,
  plan: PlanRecord | null,
): Promise<Denied | null> {
  if (!hasRole('break_glass', by, deps.policy)) return notAllowed('break_glass');
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 60 || ttlSeconds > MAX_BREAK_GLASS_SECONDS) {
    return denied(400, 'invalid_ttl', 'The glass stays broken from 1 minute to 1 hour.');
  }
  if (plan === null) return denied(404, 'plan_not_found', 'There is no such plan.');
  if (!('digest' in plan)) return denied(409, 'plan_not_ready', 'This plan never came to a decision.');
  if (plan.state === 'ready')
    return denied(409, 'not_needed', 'Nothing stands in the way of this plan: run it.');
  if (plan.caller.agent.toLowerCase() === by.toLowerCase()) {
    return denied(403, 'own_request', 'Whoever made a plan cannot break the glass for it.');
  }
  const never = neverBrokenClass(plan.classes);
  if (never !== null) {
    return denied(403, 'never_broken', `${never} is blocked for everybody; no human lifts that here.`);
  }
  if ((await deps.store.get('run', runIdOf(plan.plan_id))) !== null) {
    return denied(409, 'plan_used', 'This plan has run already. A plan runs once.');
  }
  if (isExpired(plan, deps.clock.now())) {
    return denied(409, 'plan_expired', 'This plan has expired. It must be planned again.');
  }
  return null;
}

/** One at a time: a record of before is replaced only where nobody replaced it meanwhile. */
async function write(
  { store }: DeedDeps,
  record: BreakGlassRecord,
  standing: Versioned<BreakGlassRecord> | null,
): Promise<boolean> {
  if (standing === null) return (await store.create('break_glass', record.plan_id, record)) === 'created';
  return (await store.replace('break_glass', record.plan_id, standing.version, record)) === 'replaced';
}

async function openReview({ store }: DeedDeps, record: BreakGlassRecord): Promise<void> {
  const { break_glass_id, plan_id, environment, by, reason, made_at, audit } = record;
  const review_id = reviewIdOf(break_glass_id);
  await store.create('review', review_id, {
    review_id,
    break_glass_id,
    plan_id,
    environment,
    by,
    reason,
    opened_at: made_at,
    audit,
    closed: null,
  });
}

async function tellEverybody(deps: DeedDeps, record: BreakGlassRecord): Promise<void> {
  const { break_glass_id, plan_id, environment, by, reason, made_at: at, expires_at } = record;
  const about = { at, environment, plan_id, by };
  await tell(
    deps.notices,
    { kind: 'break_glass_used', ...about, break_glass_id, reason, expires_at },
    deps.onError,
  );
  await tell(
    deps.notices,
    { kind: 'review_open', ...about, review_id: reviewIdOf(break_glass_id) },
    deps.onError,
  );
}
