/** What a tool call means, as the tool itself reads it: the same schema, the same refusals, nothing run. */
import type { Action } from '../lib/core/action.ts';
import { type Refusal, refuse } from '../lib/core/refusal.ts';
import type { ActRequest } from '../lib/lifecycle/engine.ts';
import { findTool } from '../lib/tools/table.ts';
import type { ToolContext } from '../lib/tools/tool.ts';

export interface Called {
  readonly action: Action;
  /** Manifest text that was given as an argument. */
  readonly manifest: string | null;
}

export async function calledAction(
  toolName: string,
  args: unknown,
): Promise<Called | { readonly problem: string }> {
  const tool = findTool(toolName);
  if (tool === null) return { problem: `there is no tool ${toolName}` };
  if (!/^gateway_(?:kubectl_|shell_)/.test(toolName)) {
    return { problem: `${toolName} cannot be judged from its arguments; for terraform give plan: FILE` };
  }
  const asked: ActRequest[] = [];
  const read = (request: ActRequest): Promise<Refusal> => {
    asked.push(request);
    return Promise.resolve(refuse('tool_unavailable', 'read only'));
  };
  const engine: ToolContext['engine'] = {
    refs: false,
    act: read,
    plan: async () => refuse('tool_unavailable', 'read only'),
    run: async () => refuse('tool_unavailable', 'read only'),
  };
  // These tools hand what they read to the engine and touch nothing else of a context.
  const ctx: ToolContext = Object.assign(Object.create(null), { engine });
  const answer = await tool.call(ctx, args, { agent: 'policy-test', human: null });
  const [request] = asked;
  if (request !== undefined) return { action: request.action, manifest: request.input.manifest };
  return { problem: answer.error?.message ?? 'the call cannot be read' };
}
