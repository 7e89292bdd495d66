/**
 * Breaking the glass: a human lets one plan run now that policy blocks or nobody has approved. The plan runs once,
 * as it was frozen; everyone is told, and a review stays open until another human closes it. What policy can never
 * loosen to less than a block (the shell block list, the gateway's own resources) stays blocked.
 */
import type { EventRef } from './audit.ts';
import type { FindingClass } from './finding.ts';
import type { JudgedPlan } from './plan.ts';
import type { Ground } from './policy/decide.ts';
import { CLASS_FLOORS } from './policy/floors.ts';
import type { Policy } from './policy/policy.ts';
import { hasRole } from './roles.ts';
import type { BreakGlassStatement, VerifyStatement } from './statement.ts';

export interface BreakGlassRecord extends BreakGlassStatement {
  readonly signature: string;
  readonly audit: EventRef;
}

export const MAX_BREAK_GLASS_SECONDS = 3_600;
export const BREAK_GLASS_SECONDS = 900;

/** What its signature covers. */
export function breakGlassStatement(record: BreakGlassStatement): BreakGlassStatement {
  const { break_glass_id, plan_id, digest, environment, by, reason, made_at, expires_at } = record;
  return { break_glass_id, plan_id, digest, environment, by, reason, made_at, expires_at };
}

/** Whether the record lets this plan run at this time. */
export function glassIsBroken(
  record: BreakGlassRecord | null,
  plan: Pick<JudgedPlan, 'plan_id' | 'digest' | 'environment' | 'caller'>,
  policy: Policy,
  now: Date,
  verify: VerifyStatement,
): record is BreakGlassRecord {
  if (record === null) return false;
  const made = Date.parse(record.made_at);
  const expires = Date.parse(record.expires_at);
  return (
    record.plan_id === plan.plan_id &&
    record.digest === plan.digest &&
    record.environment === plan.environment &&
    expires > now.getTime() &&
    expires - made <= MAX_BREAK_GLASS_SECONDS * 1000 &&
    made <= now.getTime() + CLOCK_SKEW_MS &&
    record.by.toLowerCase() !== plan.caller.agent.toLowerCase() &&
    hasRole('break_glass', record.by, policy) &&
    verify({ type: 'recourse.break-glass.v1', statement: breakGlassStatement(record) }, record.signature)
  );
}

/** Whether nobody may break the glass for what this is said of: no policy could make it less than a block. */
export function neverBroken(grounds: readonly Ground[]): boolean {
  return grounds.some((ground) => ground.floor === 'block');
}

/** The same from what a record says was found, for telling people early; `authorize` looks at the grounds. */
export function neverBrokenClass(classes: readonly FindingClass[]): FindingClass | null {
  return classes.find((each) => CLASS_FLOORS[each].atLeast === 'block') ?? null;
}

const CLOCK_SKEW_MS = 60_000;
