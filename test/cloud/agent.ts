/** An agent that calls tools of the cloud in a box over MCP, and waits as agents do. */
import type { ToolAnswer } from '../../lib/gateway.ts';
import type { Box } from '../support/cloud/box/box.ts';

let id = 0;

export async function callTool(
  box: Box,
  principal: string,
  name: string,
  args: Record<string, unknown>,
): Promise<ToolAnswer> {
  id += 1;
  const request = { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
  const { statusCode, body } = await box.agent(request, principal);
  if (statusCode !== 200) throw new Error(`${name} was answered ${statusCode}: ${body}`);
  const answer = JSON.parse(body);
  if (answer.error !== undefined) throw new Error(`${name}: ${JSON.stringify(answer.error)}`);
  return answer.result.structuredContent;
}

/** Calls `gateway_get_plan` until nothing is in progress. */
export async function settle(box: Box, principal: string, answer: ToolAnswer): Promise<ToolAnswer> {
  let seen = answer;
  for (let tries = 0; tries < 10 && (seen.status === 'planning' || seen.status === 'running'); tries += 1) {
    seen = await callTool(box, principal, 'gateway_get_plan', { plan_id: seen.plan_id, wait_seconds: 15 });
  }
  return seen;
}
