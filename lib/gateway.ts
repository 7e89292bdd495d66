/**
 * The pipeline of one call, from top to bottom: audit it, weigh it, hand it to its tool, audit the answer.
 * Nothing happens before the first audit event persists, and no way out of here skips the second.
 */
import { canonicalJson } from './core/canonical.ts';
import type { Caller } from './core/plan.ts';
import { redactArguments } from './core/redact.ts';
import { type Refusal, refuse } from './core/refusal.ts';
import { takeFromQuota } from './lifecycle/quota.ts';
import { BlobTampered } from './ports/store.ts';
import { refused, SCHEMA_VERSION, type ToolResult } from './tools/result.ts';
import { findTool } from './tools/table.ts';
import type { ToolContext } from './tools/tool.ts';

/** Arguments larger than this are refused unread; what one record can hold is less. */
export const MAX_ARGUMENT_BYTES = 512 * 1024;

export interface Gateway {
  /** Answers one tool call. Never rejects. */
  call(tool: string, args: unknown, caller: Caller): Promise<ToolAnswer>;
  /** Puts a message that is no call (garbage, an unknown method, …) into the audit. Never rejects. */
  noteMalformed(what: string, caller: Caller): Promise<void>;
}

export type ToolAnswer = ToolResult & {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly environment: string;
};

export function createGateway(ctx: ToolContext): Gateway {
  return {
    call: (tool, args, caller) => answerCall(ctx, tool, args, caller),
    noteMalformed: (what, caller) => noteMalformed(ctx, what, caller),
  };
}

/** A client that sends nothing but garbage must not fill the disk: beyond its calls a minute, nothing is kept. */
async function noteMalformed(ctx: ToolContext, what: string, caller: Caller): Promise<void> {
  try {
    if ((await takeFromQuota(ctx, caller)) !== null) return;
    await append(ctx, caller, 'call.malformed', { what: what.slice(0, 500) });
  } catch (failure) {
    ctx.report(`a malformed message could not be audited: ${String(failure)}`);
  }
}

async function answerCall(
  ctx: ToolContext,
  name: string,
  args: unknown,
  caller: Caller,
): Promise<ToolAnswer> {
  const text = canonicalArguments(args);
  try {
    await append(ctx, caller, 'call.received', {
      tool: name.slice(0, 200),
      arguments: text.length > MAX_ARGUMENT_BYTES ? { bytes: text.length } : redactArguments(args),
      arguments_hmac: ctx.hasher.hmac(text),
    });
  } catch (failure) {
    ctx.report(`the audit cannot be written: ${String(failure)}`);
    return complete(ctx, refused(auditUnavailable()));
  }
  const result = await weighAndRun(ctx, name, args, text.length, caller);
  try {
    await append(ctx, caller, 'call.answered', {
      tool: name.slice(0, 200),
      status: result.status,
      decision: result.decision,
      error: result.error?.code ?? null,
      plan_id: result.plan_id ?? null,
      approval_id: result.approval_id ?? null,
      run_id: result.run_id ?? null,
    });
  } catch (failure) {
    ctx.report(`an answer could not be audited: ${String(failure)}`);
  }
  return complete(ctx, result);
}

async function weighAndRun(
  ctx: ToolContext,
  name: string,
  args: unknown,
  bytes: number,
  caller: Caller,
): Promise<ToolResult> {
  try {
    const tool = findTool(name);
    if (tool === null)
      return refused(
        refuse(
          'invalid_arguments',
          `There is no tool ${JSON.stringify(name.slice(0, 100))}. List the tools.`,
        ),
      );
    if (bytes > MAX_ARGUMENT_BYTES) {
      return refused(
        refuse(
          'invalid_arguments',
          `The arguments are ${bytes} bytes; the limit is ${MAX_ARGUMENT_BYTES}. Send less.`,
        ),
      );
    }
    const overdrawn = await takeFromQuota(ctx, caller);
    if (overdrawn) return refused(overdrawn);
    return await tool.call(ctx, args, caller);
  } catch (failure) {
    ctx.report(
      `${name.slice(0, 100)} broke: ${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}`,
    );
    return refused(await whyBroken(ctx, caller, failure));
  }
}

/** A call that broke may have broken on the audit; then that is what must be said. */
async function whyBroken(ctx: ToolContext, caller: Caller, failure: unknown): Promise<Refusal> {
  try {
    await append(ctx, caller, 'call.broke', {});
  } catch {
    return auditUnavailable();
  }
  if (failure instanceof BlobTampered) {
    return refuse('plan_tampered', 'What the gateway keeps of this plan was changed since. Plan again.');
  }
  return refuse(
    'execution_failed',
    'The gateway could not finish this call. Look at the plan before you try again: nothing runs twice.',
  );
}

function auditUnavailable(): Refusal {
  return refuse(
    'audit_unavailable',
    'The audit cannot be written, so nothing runs. Tell the operator; try again later.',
  );
}

function append(ctx: ToolContext, caller: Caller, type: string, data: Record<string, unknown>) {
  const actor = `agent:${caller.agent}`;
  const human = caller.human === null ? {} : { human: caller.human };
  return ctx.audit.append({
    at: ctx.clock.now().toISOString(),
    actor,
    environment: ctx.environment,
    type,
    data: { ...data, ...human },
  });
}

function complete(ctx: ToolContext, result: ToolResult): ToolAnswer {
  return { schemaVersion: SCHEMA_VERSION, environment: ctx.environment, ...result };
}

function canonicalArguments(args: unknown): string {
  try {
    return canonicalJson(args ?? null);
  } catch {
    return String(args);
  }
}
