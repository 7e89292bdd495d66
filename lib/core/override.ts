/**
 * An override: for a while, within a scope, a human lets pass with a warning what policy would have a human
 * approve each time. It is a piece of policy with an end: it lowers `escalate` to `warn` where a policy file could
 * have done so too, and nothing that has a floor. So it never touches a block, the shell block list, what cannot
 * be undone, deletes, exec, destroys, protected places, or code that runs before it was looked at.
 */
import type { ActionKind } from './action.ts';
import { isRequester } from './approval.ts';
import type { EventRef } from './audit.ts';
import { type Decision, isAtLeast, strictness } from './decision.ts';
import type { Evaluation, FindingClass } from './finding.ts';
import type { OverrideId } from './ids.ts';
import type { Caller } from './plan.ts';
import { type Ground, type Verdict, verdictOf } from './policy/decide.ts';
import { CLASS_FLOORS } from './policy/floors.ts';
import type { Policy } from './policy/policy.ts';
import { hasRole } from './roles.ts';
import type { OverrideScope, OverrideStatement, RevocationStatement, VerifyStatement } from './statement.ts';

export interface OverrideRecord extends OverrideStatement {
  readonly signature: string;
  readonly audit: EventRef;
  /** Whatever stands here, the override is over. */
  readonly revoked: (RevocationStatement & { readonly signature: string; readonly audit: EventRef }) | null;
}

export const MAX_OVERRIDE_SECONDS = 86_400;

/** What its signature covers. */
export function overrideStatement(record: OverrideStatement): OverrideStatement {
  const { override_id, environment, by, reason, made_at, expires_at } = record;
  const { action, class: of, address, agent } = record.scope;
  return {
    override_id,
    environment,
    scope: { action, class: of, address, agent },
    by,
    reason,
    made_at,
    expires_at,
  };
}

export interface Standing {
  readonly environment: string;
  readonly policy: Policy;
  readonly now: Date;
  readonly verify: VerifyStatement;
}

export type OverrideState = 'active' | 'revoked' | 'expired' | 'void';

/** `void`: it never acted and never will (badly signed, by somebody without the role today, of another place). */
export function overrideState(record: OverrideRecord, standing: Standing): OverrideState {
  const { environment, policy, now, verify } = standing;
  const made = Date.parse(record.made_at);
  const expires = Date.parse(record.expires_at);
  const sound =
    record.environment === environment &&
    expires - made <= MAX_OVERRIDE_SECONDS * 1000 &&
    made <= now.getTime() + CLOCK_SKEW_MS &&
    isScoped(record.scope) &&
    hasRole('override', record.by, policy) &&
    verify({ type: 'recourse.override.v1', statement: overrideStatement(record) }, record.signature);
  if (!sound) return 'void';
  if (record.revoked !== null) return 'revoked';
  return expires > now.getTime() ? 'active' : 'expired';
}

/** Why an override of this scope could never act, as one sentence; null where it could. */
export function neverActs({ action, class: of }: OverrideScope): string | null {
  const floor = of === null ? null : CLASS_FLOORS[of];
  if (of !== null && floor !== null && isAtLeast(floor.atLeast, 'escalate')) {
    return `${of} has a floor: it is never milder than ${floor.atLeast}, whoever says so.`;
  }
  switch (action) {
    case null:
    case 'terraform-apply':
    case 'kubectl-apply':
    case 'kubectl-scale':
      return null;
    case 'terraform-plan':
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
      return `${action} only reads, and needs none; what stops a terraform plan has a floor.`;
    case 'terraform-destroy':
    case 'kubectl-delete':
    case 'kubectl-exec':
    case 'shell':
      return `${action} has a floor: a human looks at each, whoever says otherwise.`;
  }
}

export function isScoped(scope: OverrideScope): boolean {
  return scope.action !== null || scope.class !== null || scope.address !== null;
}

/** One thing that an action changes. */
export interface Touched {
  readonly address: string;
  readonly classes: readonly FindingClass[];
}

/** Everything that an action changes; empty where that is not known. `evaluation`: the whole, not a capped one. */
export function touchedBy(evaluation: Evaluation | null): Touched[] {
  return (evaluation?.changes ?? []).map(({ address, classes }) => ({ address, classes }));
}

export interface Overridden extends Verdict {
  /** Those that lowered something, each once. */
  readonly overrides: readonly OverrideId[];
}

/** What becomes of a verdict under these overrides. None that does not stand acts, nor for its maker's own agents. */
export function withOverrides(
  verdict: Verdict,
  overrides: readonly OverrideRecord[],
  asked: {
    readonly action: ActionKind;
    readonly caller: Caller;
    readonly touched: readonly Touched[];
    readonly standing: Standing;
  },
): Overridden {
  const acting = overrides.filter(
    (each) =>
      overrideState(each, asked.standing) === 'active' &&
      (each.scope.action ?? asked.action) === asked.action &&
      (each.scope.agent ?? asked.caller.agent) === asked.caller.agent &&
      !isRequester(each.by, asked.caller),
  );
  const used = new Set<OverrideId>();
  const grounds = verdict.grounds.map((ground): Ground => {
    if (ground.decision !== 'escalate' || isAtLeast(ground.floor, 'escalate')) return ground;
    const found = acting.find((each) => covers(each.scope, ground, asked.touched));
    if (found === undefined) return ground;
    used.add(found.override_id);
    const message = `${ground.reason.message} ${words(found)}`;
    return { ...ground, decision: LOWERED, reason: { ...ground.reason, message } };
  });
  if (used.size === 0) return { ...verdict, overrides: [] };
  const sorted = [...grounds].sort(
    (a, b) => strictness(b.decision) - strictness(a.decision) || b.weight - a.weight,
  );
  return { ...verdictOf(sorted, []), classes: verdict.classes, overrides: [...used] };
}

const LOWERED: Decision = 'warn';
const CLOCK_SKEW_MS = 60_000;

function words({ override_id, by, expires_at, reason }: OverrideRecord): string {
  return `Override ${override_id} of ${by} lets it pass with a warning until ${expires_at}: ${reason}`;
}

/** What speaks about more than one thing is covered only where everything that the action touches is. */
function covers(scope: OverrideScope, { reason }: Ground, touched: readonly Touched[]): boolean {
  if (scope.class === null && scope.address === null) return true;
  const within = ({ address, classes }: Touched) =>
    (scope.class === null || classes.includes(scope.class)) &&
    (scope.address === null || matchesPattern(scope.address, address));
  const { address, class: of } = reason;
  if (address === '' || of === 'cross_action_risk') return touched.length > 0 && touched.every(within);
  return within({ address, classes: of === null ? [] : [of] });
}

/** `*` stands for any characters, none included; everything else for itself. Linear in both. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
