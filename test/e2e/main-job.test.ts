/** The built bundle, the real terraform, real MCP clients of both protocol eras. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { approve, decide, Place, recourse, type Served, serve, serveArguments } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

describeWith('terraform', 'the main job on one machine', () => {
  let place: Place;
  let served: Served | null = null;
  beforeEach(() => {
    place = new Place();
  });
  afterEach(async () => {
    await served?.close();
    served = null;
    place.remove();
  });

  test('plan → stopped → approved → applied once → refused → audit verified', async () => {
    served = await serve(place);
    const plan = await served.call('gateway_terraform_plan');
    expect(plan).toMatchObject({
      status: 'needs_approval',
      decision: 'escalate',
      evaluation: { total_changes: 1, worst_tier: 1 },
    });
    expect(plan.output).toContain('terraform_data.greeting');
    expect((await served.call('gateway_terraform_apply', { plan_id: plan.plan_id })).error?.code).toBe(
      'approval_required',
    );
    await approve(place, served, plan.plan_id);
    const applied = await served.call('gateway_terraform_apply', { plan_id: plan.plan_id });
    expect(applied).toMatchObject({ status: 'succeeded', exit_code: 0, executed: true });
    expect(applied.output).toContain('1 added');
    const state = JSON.parse(readFileSync(path.join(place.root, 'terraform.tfstate'), 'utf8'));
    expect(state.resources).toHaveLength(1);
    expect((await served.call('gateway_terraform_apply', { plan_id: plan.plan_id })).error?.code).toBe(
      'plan_used',
    );
    const verified = await recourse(['audit', 'verify', '--state', place.state]);
    expect(verified).toMatchObject({ code: 0 });
  });

  test('what was approved is applied though the files changed since; the next plan sees the change', async () => {
    served = await serve(place);
    const plan = await served.call('gateway_terraform_plan');
    await approve(place, served, plan.plan_id);
    place.write('main.tf', 'resource "terraform_data" "other" {\n  input = "other"\n}\n');
    expect((await served.call('gateway_terraform_apply', { plan_id: plan.plan_id })).status).toBe(
      'succeeded',
    );
    const state = JSON.parse(readFileSync(path.join(place.root, 'terraform.tfstate'), 'utf8'));
    expect(state.resources.map((each: { name: string }) => each.name)).toEqual(['greeting']);
    const next = await served.call('gateway_terraform_plan');
    expect(next.evaluation?.changes.map((each) => each.action).sort()).toEqual(['create', 'delete']);
  });

  test('equal plans share an approval, another state does not', async () => {
    served = await serve(place);
    const first = await served.call('gateway_terraform_plan');
    await approve(place, served, first.plan_id);
    const second = await served.call('gateway_terraform_plan');
    expect(second).toMatchObject({ status: 'approved', digest: first.digest });
    expect((await served.call('gateway_terraform_apply', { plan_id: second.plan_id })).status).toBe(
      'succeeded',
    );
    expect((await served.call('gateway_terraform_apply', { plan_id: first.plan_id })).error?.code).toBe(
      'approval_required',
    );
    place.write('main.tf', 'resource "terraform_data" "greeting" {\n  input = "hello again"\n}\n');
    const third = await served.call('gateway_terraform_plan');
    expect(third).toMatchObject({ status: 'needs_approval' });
    expect(third.digest).not.toBe(first.digest);
  });

  test('a rejection is final for this plan and says who and why', async () => {
    served = await serve(place);
    const plan = await served.call('gateway_terraform_plan');
    const asked = await served.call('gateway_request_approval', { plan_id: plan.plan_id, reason: 'why' });
    expect((await decide(place, asked.approval_id, 'reject')).status).toBe(200);
    expect((await decide(place, asked.approval_id, 'approve')).status).toBe(409);
    const seen = await served.call('gateway_check_approval', { approval_id: asked.approval_id });
    expect(seen).toMatchObject({ status: 'rejected', error: { code: 'approval_rejected' } });
    expect((await served.call('gateway_terraform_apply', { plan_id: plan.plan_id })).error?.code).toBe(
      'approval_rejected',
    );
  });

  test('destroy is blocked in prod and asked for in dev', async () => {
    served = await serve(place);
    expect(await served.call('gateway_terraform_destroy')).toMatchObject({
      status: 'blocked',
      error: { code: 'policy_blocked' },
    });
    await served.close();
    place.remove();
    place = new Place();
    served = await serve(place, { env: 'dev' });
    const plan = await served.call('gateway_terraform_plan');
    expect(plan.status).toBe('ready');
    expect((await served.call('gateway_terraform_apply', { plan_id: plan.plan_id })).status).toBe(
      'succeeded',
    );
    const destroy = await served.call('gateway_terraform_destroy');
    expect(destroy).toMatchObject({ status: 'needs_approval', success: false });
    await approve(place, served, destroy.plan_id);
    expect((await served.call('gateway_terraform_destroy', { plan_id: destroy.plan_id })).status).toBe(
      'succeeded',
    );
  });

  test('an old-era client (SDK v1) does the same', async () => {
    const client = new OldClient({ name: 'old', version: '1.0.0' });
    await client.connect(
      new OldTransport({ command: process.execPath, args: serveArguments(place, 'dev'), stderr: 'ignore' }),
    );
    try {
      expect((await client.listTools()).tools).toHaveLength(14);
      const plan = await client.callTool({ name: 'gateway_terraform_plan', arguments: {} });
      const answer = JSON.parse(JSON.stringify(plan.structuredContent));
      expect(answer.status).toBe('ready');
      const applied = await client.callTool({
        name: 'gateway_terraform_apply',
        arguments: { plan_id: answer.plan_id },
      });
      expect(JSON.parse(JSON.stringify(applied.structuredContent)).status).toBe('succeeded');
    } finally {
      await client.close();
    }
  });
});
