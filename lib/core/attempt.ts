/**
 * An Attempt: one execution of the cloud's `run` machine. Its record says what the machine is to do next, so that
 * nothing that the machine is given (by whoever may start one) has to be believed.
 */
import type { Digest } from './canonical.ts';
import type { PlanId } from './ids.ts';
import type { Caller } from './plan.ts';
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

export interface AttemptRecord {
  /** The name of the execution: unique for ever, and given by the machine, not by its input. */
  readonly attempt_id: string;
  readonly plan_id: PlanId;
  readonly environment: string;
  readonly caller: Caller;
  readonly begun_at: string;
  /** After this the attempt is over, whatever the record says. */
  readonly expires_at: string;
  /** The source as it was fetched for this attempt. */
  readonly source: { readonly snapshot: Digest; readonly commit: string } | null;
  readonly stage:
    | { readonly state: 'in-lane'; readonly lane: Lane; readonly step: Step; readonly job_id: string }
    /** The plan is judged and may run: authorise it next. */
    | { readonly state: 'judged' }
    | { readonly state: 'refused'; readonly refusal: Refusal }
    | { readonly state: 'over' };
}
