/** Small records of each kind that tests store. */
import type { RootPath } from '../../lib/core/action.ts';
import type { ApprovalRecord, VoteRecord } from '../../lib/core/approval.ts';
import type { EventBody, EventRef } from '../../lib/core/audit.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { newApprovalId, newPlanId, runIdOf } from '../../lib/core/ids.ts';
import type { Owner, PlanRecord } from '../../lib/core/plan.ts';
import { parseRootPath } from '../../lib/core/root-path.ts';
import type { RunRecord } from '../../lib/core/run.ts';
import type { Clock } from '../../lib/ports/process.ts';

export const OWNER: Owner = { host: 'machine', pid: 4_242, started: 'then' };
const ROOT = rootPath('.');
const CALLER = { agent: 'robot', human: null };

/** Each call a second later, from a fixed start. */
export function tickingClock(start = '2026-01-02T03:04:05.000Z'): Clock {
  let time = Date.parse(start);
  return {
    now() {
      time += 1_000;
      return new Date(time);
    },
  };
}

/** 128 bits that follow from a number. */
function bitsOf(seed: number): () => Uint8Array {
  return () => Buffer.from(sha256(`seed ${seed}`).slice(-32), 'hex');
}

export const planId = (seed: number) => newPlanId(bitsOf(seed));
export const approvalId = (seed: number) => newApprovalId(bitsOf(seed));

export const NO_EVENT: EventRef = { chain: 'none', seq: 1, hash: sha256('none') };

export function samplePlan(seed: number, created_at: string, audit: EventRef = NO_EVENT): PlanRecord {
  return {
    state: 'planning',
    plan_id: planId(seed),
    environment: 'dev',
    caller: CALLER,
    action: { kind: 'shell', command: 'make', cwd: ROOT, timeoutMs: 1_000 },
    created_at,
    expires_at: '2027-01-01T00:00:00.000Z',
    audit,
    owner: OWNER,
  };
}

export function sampleApproval(seed: number, created_at: string, audit: EventRef = NO_EVENT): ApprovalRecord {
  return {
    approval_id: approvalId(seed),
    environment: 'dev',
    digest: sha256('what'),
    plan_id: planId(seed),
    requested_by: CALLER,
    reason: 'because',
    operation: null,
    target: null,
    created_at,
    expires_at: '2027-01-01T00:00:00.000Z',
    audit,
  };
}

export function sampleVote(
  seed: number,
  approver: string,
  voted_at: string,
  audit: EventRef = NO_EVENT,
): VoteRecord {
  return {
    approval_id: approvalId(seed),
    digest: sha256('what'),
    environment: 'dev',
    approver,
    verdict: 'approve',
    reason: 'fine',
    voted_at,
    expires_at: '2027-01-01T00:00:00.000Z',
    signature: '',
    audit,
  };
}

type RunningRecord = Extract<RunRecord, { state: 'running' }>;

export function sampleRun(seed: number, started_at: string, audit: EventRef = NO_EVENT): RunningRecord {
  return {
    state: 'running',
    run_id: runIdOf(planId(seed)),
    plan_id: planId(seed),
    environment: 'dev',
    caller: CALLER,
    digest: sha256('what'),
    approval_id: null,
    lane: 'shell',
    decision: 'escalate',
    overrides: [],
    break_glass_id: null,
    started_at,
    owner: OWNER,
    audit,
  };
}

export function finished(run: RunningRecord): RunRecord {
  const { owner: _, ...common } = run;
  return {
    ...common,
    state: 'succeeded',
    finished_at: run.started_at,
    result: { exit_code: 0, output: null, stderr: null, error: null, produced_plan: null },
  };
}

export function sampleBody(what: string, data: Record<string, unknown> = {}): EventBody {
  return {
    at: '2026-01-02T03:04:05.000Z',
    actor: 'agent:robot',
    environment: 'dev',
    type: 'call.received',
    data: { what, ...data },
  };
}

export function rootPath(text: string): RootPath {
  const path = parseRootPath(text);
  if (path === null) throw new Error(`not a path: ${text}`);
  return path;
}
