/** What the machine hands to its steps, read as the word of whoever could start it: only the attempt is certain. */
import * as z from 'zod';
import { ACTION_KINDS } from '../core/action.ts';
import { parsePlanId } from '../core/ids.ts';
import type { Opening } from './attempt.ts';
import type { Ended } from './judge.ts';

const eventSchema = z.object({
  /** The name of the execution, from the machine's own context. */
  attempt: z.string().regex(/^[0-9A-Za-z_-]{1,80}$/),
  plan_id: z.string().max(64),
  kinds: z.array(z.enum(ACTION_KINDS)).max(ACTION_KINDS.length),
  caller: z.object({ agent: z.string().min(1).max(256), human: z.string().min(1).max(256).nullable() }),
  step: z
    .object({ job_id: z.string().max(128).optional() })
    .nullable()
    .optional(),
  build: z.object({ id: z.string().max(256), status: z.string().max(64) }).nullable(),
  failure: z.object({ Error: z.string().optional(), Cause: z.string().optional() }).nullable(),
});

export interface StepEvent {
  readonly opening: Opening;
  readonly ended: Ended | null;
}

/** Throws for what the machine's definition cannot give: such an execution ends, and is recorded as ended. */
export function parseStepEvent(event: unknown): StepEvent {
  const { attempt, plan_id, kinds, caller, step, build, failure } = eventSchema.parse(event);
  const planId = parsePlanId(plan_id);
  if (planId === null) throw new TypeError('the execution was started with something that is no plan id');
  const opening = { attemptId: attempt, planId, caller, runs: kinds };
  if (build === null && failure === null) return { opening, ended: null };
  return {
    opening,
    ended: {
      jobId: step?.job_id ?? null,
      build: build?.status === 'SUCCEEDED' ? { id: build.id } : null,
      failure:
        failure === null ? null : { error: failure.Error ?? 'unknown', buildId: buildIdIn(failure.Cause) },
    },
  };
}

/** A failed build comes as the cause of a failed task, in JSON. */
function buildIdIn(cause: string | undefined): string | null {
  try {
    const parsed: unknown = JSON.parse(cause ?? '');
    const id = z.object({ Build: z.object({ Id: z.string().max(256) }) }).safeParse(parsed);
    return id.success ? id.data.Build.Id : null;
  } catch {
    return null;
  }
}

const endedSchema = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({ name: z.string().regex(/^[0-9A-Za-z_-]{1,80}$/), status: z.string().max(32) }),
});

/** That an execution was stopped, timed out or failed; null for every other event. */
export function parseMachineEnded(
  event: unknown,
): { readonly attemptId: string; readonly how: string } | null {
  const parsed = endedSchema.safeParse(event);
  return parsed.success ? { attemptId: parsed.data.detail.name, how: parsed.data.detail.status } : null;
}
