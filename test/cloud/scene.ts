/** What agents plan in the tests of the cloud: a source in S3, its target roles, and the states' bucket. */
import type { ToolAnswer } from '../../lib/gateway.ts';
import type { Box } from '../support/cloud/box/box.ts';
import { callTool, settle } from './agent.ts';
import { AGENT } from './files.ts';

const TRUST = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' },
  ],
};

export function furnish(box: Box): void {
  box.fake.s3.makeBucket('example-sources');
  box.fake.s3.makeBucket('example-states');
  for (const name of ['target-plan', 'target-apply', 'cluster-read', 'cluster-write']) {
    box.fake.aws.addRole({ name, policies: [], trust: TRUST });
  }
}

/** A folder of the source whose only resource has `input`. Returns its path, as agents name it. */
export function folder(box: Box, name: string, input = 'one'): string {
  const main = `resource "terraform_data" "a" {\n  input = ${JSON.stringify(input)}\n}\n`;
  box.fake.s3.poke('example-sources', `network/${name}/main.tf`, Buffer.from(main));
  return `network/${name}`;
}

export async function plan(box: Box, cwd: string, agent = AGENT): Promise<ToolAnswer> {
  return settle(box, agent, await callTool(box, agent, 'gateway_terraform_plan', { cwd }));
}

export async function ask(box: Box, planned: ToolAnswer, agent = AGENT): Promise<string> {
  const asked = await callTool(box, agent, 'gateway_request_approval', {
    plan_id: planned.plan_id,
    reason: 'the release needs it',
  });
  return asked.approval_id ?? '';
}

export async function apply(box: Box, planned: ToolAnswer, agent = AGENT): Promise<ToolAnswer> {
  return settle(
    box,
    agent,
    await callTool(box, agent, 'gateway_terraform_apply', { plan_id: planned.plan_id }),
  );
}

/** What terraform keeps of a folder; null where it never applied anything. */
export function stateOf(box: Box, cwd: string): { readonly resources: readonly unknown[] } | null {
  const bytes = box.fake.s3.peek('example-states', `network/${box.environment}/${cwd}/terraform.tfstate`);
  return bytes === null ? null : JSON.parse(bytes.toString());
}
