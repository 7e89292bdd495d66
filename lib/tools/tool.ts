/** A tool is data: what it is called, what it takes, how it behaves, and what it does. */
import type { z } from 'zod';
import type { Caller } from '../core/plan.ts';
import { refuse } from '../core/refusal.ts';
import type { RecordsContext } from '../lifecycle/context.ts';
import type { Engine } from '../lifecycle/engine.ts';
import { explainInvalid } from './explain-invalid.ts';
import { repeatedCall } from './repeated-call.ts';
import { refused, type ToolResult } from './result.ts';

export interface ToolContext extends RecordsContext {
  readonly engine: Engine;
  /** How long a call may wait for work to finish before it answers `planning` or `running`, in milliseconds. */
  readonly waitBudgetMs: number;
}

export interface ToolAnnotations {
  /** Changes nothing outside the gateway. */
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

interface ToolDescription {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
}

export interface Tool extends ToolDescription {
  readonly input: z.ZodType;
  /** Parses the arguments, all of them and strictly, and answers; bad ones are a refusal that names them. */
  call(ctx: ToolContext, args: unknown, caller: Caller): Promise<ToolResult>;
}

export function defineTool<Input extends z.ZodType>(
  tool: ToolDescription & {
    readonly input: Input;
    handle(ctx: ToolContext, input: z.output<Input>, caller: Caller): Promise<ToolResult>;
  },
): Tool {
  const { name, title, description, annotations, input } = tool;
  return {
    name,
    title,
    description,
    annotations,
    input,
    call: async (ctx, args, caller) => {
      const given = input.safeParse(args);
      if (!given.success) return refused(refuse('invalid_arguments', explainInvalid(given.error, input)));
      const whole = input.parse(await repeatedCall(ctx, name, args, caller));
      return tool.handle(ctx, whole, caller);
    },
  };
}
