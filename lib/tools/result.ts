/** The answer to every tool call: the wire shape of the contract, built in one place. */
import * as z from 'zod';
import { DECISIONS, type Decision } from '../core/decision.ts';
import type { Evaluation } from '../core/finding.ts';
import type { Reason } from '../core/plan.ts';
import type { ErrorCode, NextStep, Refusal } from '../core/refusal.ts';

export const SCHEMA_VERSION = 'recourse.gateway.v2';

export const STATUSES = [
  'planning',
  'plan_failed',
  'ready',
  'needs_approval',
  'pending',
  'approved',
  'rejected',
  'expired',
  'running',
  'succeeded',
  'failed',
  'interrupted',
  'cancelled',
  'blocked',
  'refused',
] as const;
export type Status = (typeof STATUSES)[number];

export interface ToolResult {
  readonly success: boolean;
  readonly decision: Decision;
  readonly status: Status;
  readonly executed: boolean;
  readonly plan_id?: string;
  readonly approval_id?: string;
  readonly run_id?: string;
  readonly reasons?: readonly Reason[];
  readonly evaluation?: Evaluation;
  readonly expires_at?: string;
  readonly digest?: string;
  readonly output?: string;
  readonly stderr?: string;
  readonly exit_code?: number | null;
  readonly truncated?: boolean;
  readonly next_cursor?: string | null;
  readonly approvals?: readonly ApprovalSummary[];
  readonly runs?: readonly RunSummary[];
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  readonly next?: NextStep;
}

export interface ApprovalSummary {
  readonly approval_id: string;
  readonly status: string;
  readonly digest: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly votes: readonly { readonly approver: string; readonly verdict: string; readonly reason: string }[];
}

export interface RunSummary {
  readonly run_id: string;
  readonly status: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly exit_code: number | null;
  readonly produced_plan: string | null;
}

/** What MCP's `isError` says of a status. */
export function isErrorStatus(status: Status): boolean {
  switch (status) {
    case 'failed':
    case 'interrupted':
    case 'blocked':
    case 'refused':
      return true;
    case 'planning':
    case 'plan_failed':
    case 'ready':
    case 'needs_approval':
    case 'pending':
    case 'approved':
    case 'rejected':
    case 'expired':
    case 'running':
    case 'succeeded':
    case 'cancelled':
      return false;
  }
}

/** A refusal as a result. What waits for a human is `escalate`; everything else is `block`. */
export function refused(refusal: Refusal, about: Partial<ToolResult> = {}): ToolResult {
  const waits =
    refusal.code.startsWith('approval_') &&
    refusal.code !== 'approval_rejected' &&
    refusal.code !== 'approval_not_found';
  const blocked = refusal.code === 'policy_blocked' || refusal.code === 'plan_blocked';
  return {
    ...about,
    success: false,
    decision: waits ? 'escalate' : 'block',
    status: blocked ? 'blocked' : 'refused',
    executed: false,
    error: { code: refusal.code, message: refusal.why },
    ...(refusal.next === null ? {} : { next: refusal.next }),
  };
}

/**
 * JSON Schema of the result, the same for every tool. Members may be added; none is renamed. Every agent reads
 * it 14 times over, so it says no more than a client needs to go on.
 */
export const resultSchema = z.looseObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  success: z.boolean().describe('The call did what was asked, or it is on its way.'),
  decision: z.enum(DECISIONS),
  status: z.enum(STATUSES),
  executed: z.boolean(),
  environment: z.string(),
  plan_id: z.string().optional(),
  approval_id: z.string().optional(),
  run_id: z.string().optional(),
  reasons: z.array(z.looseObject({ rule: z.string(), message: z.string() })).optional(),
  evaluation: z
    .looseObject({ worst_tier: z.int(), worst_tier_label: z.string(), total_changes: z.int() })
    .describe('What would change and whether it can be undone, worst first.')
    .optional(),
  expires_at: z.string().optional(),
  digest: z.string().optional(),
  output: z.string().optional(),
  stderr: z.string().optional(),
  exit_code: z.int().nullable().optional(),
  truncated: z.boolean().optional(),
  next_cursor: z.string().nullable().optional(),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
  next: z.looseObject({ tool: z.string() }).describe('The call that would go on from here.').optional(),
});
