/** How fast the function that agents call is, as it is deployed, against AWS in a box. */
import type { Box } from './box.ts';

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };

/** From before a new instance imports its bundle to `tools/list` answered, requests to AWS included. Milliseconds. */
export async function coldStart(box: Box, principal: string): Promise<number> {
  const mcp = functionOf(box);
  mcp.rest();
  const { result, ready, handler } = await mcp.timed(box.agentEvent(LIST, principal));
  if (answerIn(result).tools?.length !== 14) throw new Error(`no tools: ${JSON.stringify(result)}`);
  return ready + handler;
}

/** What `tools/call` takes without its requests to AWS, signing included. Milliseconds, of each of so many calls. */
export async function overheads(
  box: Box,
  principal: string,
  planId: string,
  calls: number,
): Promise<number[]> {
  const params = { name: 'gateway_get_plan', arguments: { plan_id: planId } };
  const taken: number[] = [];
  for (let id = 1; id <= calls; id += 1) {
    const event = box.agentEvent({ jsonrpc: '2.0', id, method: 'tools/call', params }, principal);
    const { result, handler, waited } = await functionOf(box).timed(event);
    if (answerIn(result).structuredContent?.plan_id !== planId) {
      throw new Error(`no plan: ${JSON.stringify(result)}`);
    }
    taken.push(handler - waited);
  }
  return taken;
}

/** A plan that needs no build: a command that waits for a human. */
export async function waitingPlan(box: Box, principal: string): Promise<string> {
  const params = { name: 'gateway_shell_exec', arguments: { command: 'rm -rf build' } };
  const { result } = await functionOf(box).timed(
    box.agentEvent({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }, principal),
  );
  const planId = answerIn(result).structuredContent?.plan_id;
  if (planId === undefined) throw new Error(`no plan: ${JSON.stringify(result)}`);
  return planId;
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function functionOf(box: Box) {
  const mcp = box.functions.get('mcp');
  if (mcp === undefined) throw new Error('the box has no mcp');
  return mcp;
}

interface Answer {
  readonly tools?: readonly unknown[];
  readonly structuredContent?: { readonly plan_id?: string };
}

function answerIn(result: unknown): Answer {
  const { statusCode, body } = result as { readonly statusCode: number; readonly body: string };
  if (statusCode !== 200) throw new Error(`answered ${statusCode}: ${body}`);
  return JSON.parse(body).result ?? {};
}
