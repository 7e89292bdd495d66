/**
 * What people see of a plan. Frozen inputs and blob addresses stay inside; values of variables are masked,
 * because an agent may have been given a secret to pass.
 */
import type { Action, TerraformArgument } from '../core/action.ts';
import type { Digest } from '../core/canonical.ts';
import type { Decision } from '../core/decision.ts';
import type { Evaluation } from '../core/finding.ts';
import { type PlanId, parsePlanId } from '../core/ids.ts';
import { type Caller, isExpired, type PlanRecord, type Reason } from '../core/plan.ts';
import type { Clock } from '../ports/process.ts';
import type { Blobs, Store } from '../ports/store.ts';

interface PlanSummary {
  readonly plan_id: PlanId;
  readonly environment: string;
  readonly caller: Caller;
  readonly action: Action;
  readonly created_at: string;
  readonly expires_at: string;
  readonly expired: boolean;
}

export type PlanView =
  | (PlanSummary & { readonly state: 'planning' })
  | (PlanSummary & {
      readonly state: 'plan_failed';
      readonly failure: { readonly code: string; readonly message: string };
    })
  | (PlanSummary & {
      readonly state: 'ready' | 'needs_approval' | 'blocked';
      readonly decision: Decision;
      readonly reasons: readonly Reason[];
      /** Capped, worst first; `total_changes` says how many there are. */
      readonly evaluation: Evaluation | null;
      readonly digest: Digest;
      /** What an approved shell command gets beyond its sandbox. */
      readonly grants: { readonly network: boolean; readonly lane: string } | null;
    });

export function planView(plan: PlanRecord, now: Date): PlanView {
  const summary = {
    plan_id: plan.plan_id,
    environment: plan.environment,
    caller: plan.caller,
    action: masked(plan.action),
    created_at: plan.created_at,
    expires_at: plan.expires_at,
    expired: isExpired(plan, now),
  };
  if (plan.state === 'planning') return { ...summary, state: plan.state };
  if (plan.state === 'plan_failed') return { ...summary, state: plan.state, failure: plan.failure };
  const { state, decision, reasons, evaluation, digest, frozen } = plan;
  const grants = frozen.kind === 'shell' ? { network: frozen.network, lane: frozen.lane } : null;
  return { ...summary, state, decision, reasons, evaluation, digest, grants };
}

export interface PlansPage {
  readonly plans: readonly PlanView[];
  /** Give it back to go on; null at the end. */
  readonly next: string | null;
}

/** The newest first. */
export async function listPlans(
  deps: { readonly store: Store; readonly clock: Clock; readonly environment: string },
  ask: { readonly limit: number; readonly after: string | null },
): Promise<PlansPage> {
  const { limit, after } = ask;
  const page = await deps.store.list('plan', { under: 'plans', order: 'newest_first', limit, after });
  const ours = page.items.filter((plan) => plan.environment === deps.environment);
  const now = deps.clock.now();
  return { plans: ours.map((plan) => planView(plan, now)), next: page.next };
}

/** Null for an id that is malformed, unknown or of another environment: they look alike. */
export async function findPlan(store: Store, environment: string, id: string): Promise<PlanRecord | null> {
  const planId = parsePlanId(id);
  const plan = planId === null ? null : ((await store.get('plan', planId))?.value ?? null);
  return plan === null || plan.environment !== environment ? null : plan;
}

export type PlanOutput =
  | { readonly kind: 'text'; readonly text: string; readonly truncated: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' };

/** The plan's redacted text, at most `limit` bytes of it. Bytes that do not match their hash are not shown. */
export async function planOutput(blobs: Blobs, plan: PlanRecord, limit: number): Promise<PlanOutput> {
  const address = 'outputBlob' in plan ? plan.outputBlob : null;
  if (address === null) return { kind: 'none' };
  const bytes = await blobs.get(address).catch(() => null);
  if (bytes === null) return { kind: 'unreadable' };
  const text = new TextDecoder().decode(bytes.subarray(0, limit));
  return { kind: 'text', text, truncated: bytes.length > limit };
}

function masked(action: Action): Action {
  return 'args' in action ? { ...action, args: action.args.map(maskedArgument) } : action;
}

function maskedArgument(argument: TerraformArgument): TerraformArgument {
  return argument.flag === 'var' ? { ...argument, value: '(hidden)' } : argument;
}
