/** Takes up what lanes give back, judges it, and records it; and closes what a machine left open. */
import { type JudgingParts, judgingContext } from '../lib/aws/judging.ts';
import { prepareJudging } from '../lib/aws/prepare-judging.ts';
import { pendingApprovals } from '../lib/lifecycle/approvals.ts';
import type { StepAnswer } from '../lib/workflow/attempt.ts';
import { machineEnded, sweepRuns } from '../lib/workflow/interrupted.ts';
import { judgeStep } from '../lib/workflow/judge.ts';
import { parseMachineEnded, parseStepEvent } from '../lib/workflow/step-event.ts';

const parts = await prepareJudging('finish-run', import.meta.dirname, process.env, true);

export async function handler(event: unknown): Promise<StepAnswer | null> {
  const ended = parseMachineEnded(event);
  if (ended !== null) {
    parts.watch.about({ attempt_id: ended.attemptId });
    await machineEnded(contextOf(ended.attemptId), ended.attemptId, ended.how);
    return null;
  }
  if (isSweep(event)) {
    await sweep(parts);
    return null;
  }
  const step = parseStepEvent(event);
  const { attemptId, planId } = step.opening;
  parts.watch.about({ attempt_id: attemptId, plan_id: planId });
  return judgeStep(contextOf(attemptId), step.opening, step.ended);
}

function contextOf(attemptId: string) {
  return judgingContext(parts, attemptId, new Date());
}

async function sweep({ report }: JudgingParts): Promise<void> {
  const now = new Date();
  const closed = await sweepRuns((attemptId) => judgingContext(parts, attemptId, now));
  if (closed > 0) report(`${closed} runs were closed whose machine is gone`);
  const waiting = (await pendingApprovals(contextOf('sweep'))).map(({ approval }) =>
    Date.parse(approval.created_at),
  );
  const oldest = Math.min(now.getTime(), ...waiting);
  parts.watch.measure('ApprovalWaitingSeconds', Math.round((now.getTime() - oldest) / 1000));
}

function isSweep(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'sweep' in event && event.sweep === true;
}
