/** Stable snake_case codes; clients branch on these, so a code is never renamed. */
export const ERROR_CODES = [
  'invalid_arguments',
  'path_outside_root',
  'plan_not_found',
  'plan_not_ready',
  'approval_not_found',
  'source_not_found',
  'plan_expired',
  'plan_used',
  'plan_blocked',
  'plan_tampered',
  'plan_stale',
  'policy_blocked',
  'workspace_mismatch',
  'environment_mismatch',
  'not_your_plan',
  'approval_required',
  'approval_pending',
  'approval_rejected',
  'approval_expired',
  'approval_withdrawn',
  'arguments_changed',
  'workspace_busy',
  'quota_exceeded',
  'tool_unavailable',
  'audit_unavailable',
  'execution_failed',
  'timeout',
  'interrupted',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The call that would help, as an agent can make it. */
export interface NextStep {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly retry_after_seconds?: number;
}

/** A refusal is a value. Throwing is for bugs and broken I/O. */
export interface Refusal {
  readonly refused: true;
  readonly code: ErrorCode;
  /** One sentence or two: what is wrong and how to go on. */
  readonly why: string;
  readonly next: NextStep | null;
}

export function refuse(code: ErrorCode, why: string, next: NextStep | null = null): Refusal {
  return { refused: true, code, why, next };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && value.refused === true;
}
