/**
 * An Attempt: one execution of the cloud's `run` machine. Its record says what the machine is to do next, so that
 * nothing that the machine is given (by whoever may start one) has to be believed.
 */
import type { Action, ActionKind } from './action.ts';
import type { Digest } from './canonical.ts';
import type { PlanId, RunId } from './ids.ts';
import type { Caller, JudgedPlan } from './plan.ts';
import type { Refusal } from './refusal.ts';
import type { Lane } from './run.ts';

/** What a build is for. */
export type Step =
  /** Fetches a configured source at a ref, and freezes what lies there. */
  | 'fetch-source'
  /** Downloads the modules that a frozen source takes from elsewhere, and freezes them with it. */
  | 'fetch-modules'
  /** Runs terraform plan on a frozen source. */
  | 'plan'
  /** Asks the cluster what an action would change. */
  | 'observe'
  /** Runs an authorised plan. */
  | 'run';

export type AttemptStage =
  | { readonly state: 'begun' }
  | { readonly state: 'in-lane'; readonly lane: Lane; readonly step: Step; readonly job_id: string }
  /** The plan is judged and may run: authorise it next. */
  | { readonly state: 'judged' }
  /** Nothing was run. */
  | { readonly state: 'refused'; readonly refusal: Refusal }
  | { readonly state: 'over' };

export interface AttemptRecord {
  /** The name of the execution: unique, and given by the machine, not by its input. */
  readonly attempt_id: string;
  readonly plan_id: PlanId;
  readonly environment: string;
  readonly caller: Caller;
  /** The kinds of action that the calling tool runs. */
  readonly runs: readonly ActionKind[];
  readonly begun_at: string;
  readonly expires_at: string;
  /**
   * What is being judged or run, as it was when this attempt first looked: the record of the plan can be changed by
   * whoever serves agents while builds go on. Null before that.
   */
  readonly subject: {
    readonly action: Action;
    /** Text that the agent gave with the call. */
    readonly input: Digest | null;
    /** An authorised shell call whose files are still being fetched. */
    readonly authorized: JudgedPlan | null;
  } | null;
  /** What was fetched for this attempt: a snapshot, a packed tree or a file, at a commit. */
  readonly source: { readonly content: Digest; readonly commit: string } | null;
  /** The run that this attempt claimed. */
  readonly run_id: RunId | null;
  readonly stage: AttemptStage;
}
