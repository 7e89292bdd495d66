/** Where the glass was broken lately, and what became of it. */
import { type BreakGlassRecord, glassIsBroken } from '../core/break-glass.ts';
import { type PlanId, runIdOf } from '../core/ids.ts';
import type { Caller } from '../core/plan.ts';
import { type DeedDeps, verifying } from './deed.ts';

export interface GlassView {
  readonly plan_id: PlanId;
  readonly by: string;
  readonly reason: string;
  readonly made_at: string;
  readonly expires_at: string;
  readonly caller: Caller;
  /** `used`: the plan ran by it. `void`: its signature does not hold, or who made it has no such role today. */
  readonly state: 'active' | 'used' | 'expired' | 'void';
}

type GlassDeps = Pick<DeedDeps, 'store' | 'clock' | 'policy' | 'environment' | 'verifier'>;

export async function listGlass(deps: GlassDeps, limit: number): Promise<GlassView[]> {
  const page = await deps.store.list('break_glass', {
    under: 'break_glass',
    order: 'newest_first',
    limit,
  });
  const ours = page.items.filter((each) => each.environment === deps.environment);
  return (await Promise.all(ours.map((each) => viewOf(deps, each)))).filter((each) => each !== null);
}

async function viewOf(deps: GlassDeps, record: BreakGlassRecord): Promise<GlassView | null> {
  const { plan_id, by, reason, made_at, expires_at } = record;
  const plan = (await deps.store.get('plan', plan_id))?.value;
  if (plan === undefined || !('digest' in plan)) return null;
  const run = (await deps.store.get('run', runIdOf(plan_id)))?.value;
  const used = run?.break_glass_id === record.break_glass_id;
  const holds = (at: Date) => glassIsBroken(record, plan, deps.policy, at, verifying(deps));
  const once = holds(new Date(Date.parse(made_at)));
  const state = used ? 'used' : !once ? 'void' : holds(deps.clock.now()) ? 'active' : 'expired';
  return { plan_id, by, reason, made_at, expires_at, caller: plan.caller, state };
}
