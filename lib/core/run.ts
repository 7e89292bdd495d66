/** A Run: one authorised plan, executed once, in a lane. */
import type { Action } from './action.ts';
import type { EventRef } from './audit.ts';
import type { Digest } from './canonical.ts';
import type { Decision } from './decision.ts';
import type { ApprovalId, BreakGlassId, OverrideId, PlanId, RunId } from './ids.ts';
import type { Caller, Owner } from './plan.ts';
import type { ErrorCode } from './refusal.ts';

/** Where something executes; each lane has its own role (cloud) or environment allow-list (local). */
export const LANES = [
  'source',
  'terraform-plan',
  'terraform-apply',
  'kubectl-read',
  'kubectl-write',
  'shell',
] as const;
export type Lane = (typeof LANES)[number];

export function laneOf(action: Action): Lane {
  switch (action.kind) {
    case 'terraform-plan':
      return 'terraform-plan';
    case 'terraform-apply':
    case 'terraform-destroy':
      return 'terraform-apply';
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
      return 'kubectl-read';
    case 'kubectl-apply':
    case 'kubectl-delete':
    case 'kubectl-scale':
    case 'kubectl-exec':
      return 'kubectl-write';
    case 'shell':
      return 'shell';
  }
}

interface RunCommon {
  readonly run_id: RunId;
  readonly plan_id: PlanId;
  readonly environment: string;
  readonly caller: Caller;
  readonly digest: Digest;
  readonly approval_id: ApprovalId | null;
  readonly lane: Lane;
  /** By which it could run; `escalate` after an approval. */
  readonly decision: Decision;
  /** Overrides without which it would not have run. */
  readonly overrides: readonly OverrideId[];
  /** Where a human broke the glass for it. */
  readonly break_glass_id: BreakGlassId | null;
  readonly started_at: string;
  /** The event that was written before the run could start. */
  readonly audit: EventRef;
}

/** What a finished run leaves: outputs are redacted blobs, paged by cursor. */
export interface RunResult {
  readonly exit_code: number | null;
  readonly output: Digest | null;
  readonly stderr: Digest | null;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  /** The plan that a scan-approved terraform plan produced. */
  readonly produced_plan: PlanId | null;
}

export type RunRecord =
  | (RunCommon & { readonly state: 'running'; readonly owner: Owner })
  | (RunCommon & {
      readonly state: 'succeeded' | 'failed' | 'interrupted' | 'cancelled';
      readonly finished_at: string;
      readonly result: RunResult;
    });

/** One run at a time for each (source, folder, workspace). */
export interface LeaseRecord {
  readonly resource: string;
  readonly run_id: RunId | PlanId;
  readonly owner: Owner;
  readonly expires_at: string;
}
