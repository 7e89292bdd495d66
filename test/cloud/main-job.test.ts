/** The main job in the cloud: plan, stop, a human approves by the link in a mail, exactly that is applied, once. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Box, openBox } from '../support/cloud/box/box.ts';
import { describeWith } from '../support/tools.ts';
import { callTool, settle } from './agent.ts';
import { AGENT, boxFiles } from './files.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describeWith('terraform', 'the main job in the cloud', () => {
  let box: Box;
  beforeAll(async () => {
    box = await openBox('prod', boxFiles('prod'));
    seed(box);
  });
  afterAll(async () => box.stop());

  it('plans, waits for a human, applies', async () => {
    const planned = await settle(
      box,
      AGENT,
      await callTool(box, AGENT, 'gateway_terraform_plan', { cwd: 'network/vpc' }),
    );
    if (planned.status !== 'needs_approval') console.error(JSON.stringify(planned, null, 1), box.printed());
    expect(planned.status).toBe('needs_approval');
  });
});

function seed(box: Box): void {
  box.fake.s3.makeBucket('example-sources');
  box.fake.s3.makeBucket('example-states');
  const main = 'resource "terraform_data" "a" {\n  input = "one"\n}\n';
  box.fake.s3.poke('example-sources', 'network/vpc/main.tf', Buffer.from(main));
  box.fake.aws.addRole({ name: 'target-plan', policies: [], trust: TRUST });
  box.fake.aws.addRole({ name: 'target-apply', policies: [], trust: TRUST });
}

const TRUST = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' },
  ],
};
