/** Each error code, provoked on a real gateway by what its name says. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { approve, decide, Place, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

describeWith(['terraform', 'bwrap'], 'error codes', () => {
  let place: Place;
  let served: Served;
  afterEach(async () => {
    await served.close();
    place.remove();
  });

  async function start(policy = '', env = 'prod', variables: Record<string, string> = {}): Promise<void> {
    place = new Place();
    const file = path.join(place.folder, 'policy.yaml');
    writeFileSync(file, `recourseos:\n  version: '2.0'\n${policy}`);
    served = await serve(place, { env, args: ['-p', file], variables });
  }

  async function planned(args: Record<string, unknown> = {}): Promise<{ readonly plan_id: string }> {
    const { plan_id = '' } = await served.call('gateway_terraform_plan', args);
    expect(plan_id).toMatch(/^plan_/);
    return { plan_id };
  }

  async function code(tool: string, args: Record<string, unknown>): Promise<string | undefined> {
    const answer = await served.call(tool, args);
    expect(answer.success).toBe(false);
    return answer.error?.code;
  }

  it('what is not there, and what cannot be asked', async () => {
    await start();
    expect(await code('gateway_terraform_apply', { plan_id: 'plan_none' })).toBe('plan_not_found');
    expect(await code('gateway_check_approval', { approval_id: 'apr_none' })).toBe('approval_not_found');
    expect(await code('gateway_terraform_plan', { cwd: 'none' })).toBe('source_not_found');
    expect(await code('gateway_terraform_plan', { cwd: '../x' })).toBe('path_outside_root');
    expect(await code('gateway_terraform_plan', { nothing: 1 })).toBe('invalid_arguments');
    expect(await code('gateway_terraform_plan', { workspace: 'none' })).toBe('workspace_mismatch');
  });

  it('on the way through an approval', async () => {
    await start();
    const plan = await planned();
    const apply = () => code('gateway_terraform_apply', plan);
    expect(await apply()).toBe('approval_required');
    const { approval_id } = await served.call('gateway_request_approval', { ...plan, reason: 'why' });
    expect(await apply()).toBe('approval_pending');
    await decide(place, approval_id, 'reject');
    expect(await apply()).toBe('approval_rejected');

    const other = await planned({ args: ['-parallelism=2'] });
    await approve(place, served, other.plan_id);
    await served.call('gateway_terraform_apply', other);
    expect(await code('gateway_terraform_apply', other)).toBe('plan_used');
    const destroy = await served.call('gateway_terraform_destroy');
    expect(destroy).toMatchObject({ status: 'blocked', error: { code: 'policy_blocked' } });
    const { plan_id } = destroy;
    expect(await code('gateway_request_approval', { plan_id, reason: 'why' })).toBe('plan_blocked');
    expect(await code('gateway_terraform_apply', { plan_id })).toBe('policy_blocked');
    expect(await code('gateway_terraform_destroy', other)).toBe('plan_not_ready');
  });

  it('when time is up', async () => {
    await start('  plan_ttl_seconds: 2\n');
    const plan = await planned();
    await sleep(2_100);
    expect(await code('gateway_terraform_apply', plan)).toBe('plan_expired');
    const slow = await served.call('gateway_shell_exec', { command: 'sleep 5', timeout: 1 });
    expect(slow).toMatchObject({ status: 'failed', error: { code: 'timeout' } });
  });

  it('when nobody decided in time', async () => {
    await start('  approval_ttl_seconds: 1\n');
    const plan = await planned();
    const { approval_id } = await served.call('gateway_request_approval', { ...plan, reason: 'why' });
    await sleep(1_100);
    expect(await code('gateway_terraform_apply', plan)).toBe('approval_expired');
    expect((await decide(place, approval_id)).status).toBe(409);
    expect(await served.call('gateway_check_approval', { approval_id })).toMatchObject({ status: 'expired' });
  });

  it('when it is too much, or the world has moved on', async () => {
    await start('  limits: { calls_per_minute: 5 }\n', 'dev');
    const [first, second] = [await planned(), await planned()];
    await served.call('gateway_terraform_apply', first);
    const stale = await served.call('gateway_terraform_apply', second);
    expect(stale).toMatchObject({ success: false, executed: false, error: { code: 'plan_stale' } });
    // A minute may end meanwhile, and five more calls are allowed then.
    const codes: (string | undefined)[] = [];
    for (let calls = 0; calls < 12 && !codes.includes('quota_exceeded'); calls += 1) {
      codes.push((await served.call('gateway_get_plan', first)).error?.code);
    }
    expect(codes).toContain('quota_exceeded');
  });

  it('where a tool is missing', async () => {
    await start('', 'dev', { PATH: '/nonexistent' });
    expect(await code('gateway_terraform_plan', {})).toBe('tool_unavailable');
    expect(await code('gateway_kubectl_get', { resource: 'pods' })).toBe('tool_unavailable');
  });
});
