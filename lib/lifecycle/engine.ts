/**
 * How the work that agents ask for gets done: in this very process (one machine), or proposed to the machine that
 * judges and runs it (the cloud, where whoever serves agents may do neither).
 */
import type { Action, ActionKind, TerraformTarget } from '../core/action.ts';
import type { PlanId } from '../core/ids.ts';
import type { Caller } from '../core/plan.ts';
import type { Refusal } from '../core/refusal.ts';
import type { ActionInput } from '../ports/lanes.ts';

export interface PlanRequest {
  readonly caller: Caller;
  readonly target: TerraformTarget;
  readonly destroy: boolean;
}

export interface ActRequest {
  readonly caller: Caller;
  /** Of kubectl or the shell. */
  readonly action: Action;
  readonly input: ActionInput;
  /** Of the approved plan of this same call; null for a new one. */
  readonly planId: string | null;
}

/** Something that was begun. What becomes of it stands in the records. */
export interface Work {
  readonly planId: PlanId;
  /**
   * Waits until it is over, waits for humans, or the time is up. `refused`: nothing was run, and why.
   * `going`: still at it.
   */
  settled(milliseconds: number): Promise<{ readonly state: 'settled' | 'going' } | Refusal>;
}

export interface Engine {
  /** Sources have refs that an agent may name; on one machine they have none. */
  readonly refs: boolean;
  /** Starts a terraform plan. */
  plan(request: PlanRequest): Promise<Work | Refusal>;
  /** Freezes and judges one kubectl or shell call, and runs it where policy or an approval allows. */
  act(request: ActRequest): Promise<Work | Refusal>;
  /** Starts the one run that a plan may have. `runs` names the kinds of action that the calling tool runs. */
  run(planId: PlanId, caller: Caller, runs: readonly ActionKind[]): Promise<Work | Refusal>;
}
