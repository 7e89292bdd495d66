/** Overrides: made, revoked and listed by humans. What they may lower is `core/override.ts`'s to say. */
import { canonicalJson } from '../core/canonical.ts';
import { newOverrideId, type OverrideId, parseOverrideId } from '../core/ids.ts';
import {
  isScoped,
  MAX_OVERRIDE_SECONDS,
  neverActs,
  type OverrideRecord,
  type OverrideState,
  overrideState,
  type Standing,
} from '../core/override.ts';
import { hasRole } from '../core/roles.ts';
import type { OverrideScope } from '../core/statement.ts';
import { recentOverrides } from '../lifecycle/overrides.ts';
import { tell } from '../lifecycle/tell.ts';
import {
  type DeedDeps,
  type Denied,
  type Doer,
  denied,
  deny,
  isDenied,
  NO_AUDIT,
  noted,
  reasonFor,
  verifying,
} from './deed.ts';

export interface OverrideView {
  readonly override_id: OverrideId;
  readonly environment: string;
  readonly state: OverrideState;
  readonly scope: OverrideScope;
  readonly by: string;
  readonly reason: string;
  readonly made_at: string;
  readonly expires_at: string;
  readonly revoked: { readonly by: string; readonly at: string; readonly reason: string } | null;
}

export interface OverrideRequest extends Doer {
  readonly scope: OverrideScope;
  readonly reason: string;
  readonly ttlSeconds: number;
}

/** The same request again, while the first acts, is answered with the first. */
export async function makeOverride(deps: DeedDeps, request: OverrideRequest): Promise<OverrideView | Denied> {
  const { scope, ttlSeconds, by } = request;
  const reason = reasonFor(request.reason, 'An override');
  const problem = isProblem(reason) ? reason : refusalOf(deps, request);
  if (problem !== null) return deny(deps, request, 'override', { scope }, problem);
  if (isProblem(reason)) return reason;

  const same = (await recentOverrides(deps.store, deps.clock)).find(
    (each) =>
      each.by === by &&
      each.reason === reason &&
      canonicalJson(each.scope) === canonicalJson(scope) &&
      overrideState(each, standing(deps)) === 'active',
  );
  if (same !== undefined) return viewOf(deps, same);

  const now = deps.clock.now();
  const statement = {
    override_id: newOverrideId(deps.random),
    environment: deps.environment,
    scope,
    by,
    reason,
    made_at: now.toISOString(),
    expires_at: new Date(now.getTime() + ttlSeconds * 1000).toISOString(),
  };
  const signature = await deps.signer.signStatement({ type: 'recourse.override.v1', statement });
  const audit = await noted(deps, request, 'override.made', statement);
  if (audit === null) return NO_AUDIT;
  const record: OverrideRecord = { ...statement, signature, audit, revoked: null };
  if ((await deps.store.create('override', record.override_id, record)) === 'exists') {
    throw new Error('a random override id was taken');
  }
  const { override_id, environment, expires_at, made_at: at } = statement;
  await tell(
    deps.notices,
    { kind: 'override_made', at, environment, override_id, by, reason, expires_at },
    deps.onError,
  );
  return viewOf(deps, record);
}

/** Anybody who may make one may end one, and so may operators: ending is the safe side. */
export async function revokeOverride(
  deps: DeedDeps,
  id: string,
  request: Doer & { readonly reason: string },
): Promise<OverrideView | Denied> {
  const overrideId = parseOverrideId(id);
  const found = overrideId === null ? null : await deps.store.get('override', overrideId);
  if (found === null || found.value.environment !== deps.environment) {
    return deny(
      deps,
      request,
      'override',
      {},
      denied(404, 'override_not_found', 'There is no such override.'),
    );
  }
  const { override_id } = found.value;
  const reason = reasonFor(request.reason, 'Revoking');
  if (isProblem(reason)) return deny(deps, request, 'override', { override_id }, reason);
  if (!hasRole('override', request.by, deps.policy) && !hasRole('operator', request.by, deps.policy)) {
    return deny(deps, request, 'override', { override_id }, notAllowed('override'));
  }
  if (found.value.revoked !== null) return viewOf(deps, found.value);
  const statement = {
    override_id,
    environment: deps.environment,
    revoked_by: request.by,
    reason,
    revoked_at: deps.clock.now().toISOString(),
  };
  const signature = await deps.signer.signStatement({ type: 'recourse.override-revocation.v1', statement });
  const audit = await noted(deps, request, 'override.revoked', statement);
  if (audit === null) return NO_AUDIT;
  const revoked: OverrideRecord = { ...found.value, revoked: { ...statement, signature, audit } };
  const written = await deps.store.replace('override', override_id, found.version, revoked);
  if (written === 'replaced') return viewOf(deps, revoked);
  const now = await deps.store.get('override', override_id);
  return now === null
    ? denied(404, 'override_not_found', 'There is no such override.')
    : viewOf(deps, now.value);
}

/** Those of the last day, the newest first; `actingOnly`: those that act now. */
export async function listOverrides(
  deps: Pick<DeedDeps, 'store' | 'clock' | 'policy' | 'environment' | 'verifier'>,
  actingOnly: boolean,
): Promise<OverrideView[]> {
  const recent = await recentOverrides(deps.store, deps.clock);
  const views = recent
    .map((each) => viewOf(deps, each))
    .filter((view) => view.environment === deps.environment);
  return actingOnly ? views.filter((view) => view.state === 'active') : views;
}

function refusalOf(deps: DeedDeps, { scope, ttlSeconds, by }: OverrideRequest): Denied | null {
  if (!isScoped(scope)) {
    return denied(
      400,
      'scope_required',
      'Name an action, a class or an address pattern: an override is never for everything.',
    );
  }
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 60 || ttlSeconds > MAX_OVERRIDE_SECONDS) {
    return denied(400, 'invalid_ttl', 'An override lasts from 1 minute to 24 hours.');
  }
  if (!hasRole('override', by, deps.policy)) return notAllowed('override');
  const useless = neverActs(scope);
  return useless === null ? null : denied(409, 'never_lowered', `No override does that: ${useless}`);
}

export function notAllowed(role: 'override' | 'break_glass' | 'operator'): Denied {
  return denied(403, 'not_allowed', `The policy does not give you the role ${role} (roles.${role}).`);
}

function standing(deps: Pick<DeedDeps, 'policy' | 'environment' | 'clock' | 'verifier'>): Standing {
  const { environment, policy, clock } = deps;
  return { environment, policy, now: clock.now(), verify: verifying(deps) };
}

function viewOf(
  deps: Pick<DeedDeps, 'policy' | 'environment' | 'clock' | 'verifier'>,
  record: OverrideRecord,
): OverrideView {
  const { override_id, environment, scope, by, reason, made_at, expires_at, revoked } = record;
  return {
    override_id,
    environment,
    state: overrideState(record, standing(deps)),
    scope,
    by,
    reason,
    made_at,
    expires_at,
    revoked: revoked && { by: revoked.revoked_by, at: revoked.revoked_at, reason: revoked.reason },
  };
}

function isProblem(value: string | Denied): value is Denied {
  return typeof value !== 'string' && isDenied(value);
}
