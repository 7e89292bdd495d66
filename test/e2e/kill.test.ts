/** kill -9 in the middle of everything, with real processes sharing one state folder. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { marking } from '../support/marking-provider.ts';
import { approve, Place, recourse, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

describeWith('terraform', 'a gateway that is killed', () => {
  let place: Place;
  const open: Served[] = [];
  let bin: string;
  beforeEach(() => {
    place = new Place();
    bin = mkdtempSync(path.resolve(import.meta.dirname, '../../dist/counting-'));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close().catch(() => {})));
    place.remove();
    rmSync(bin, { recursive: true });
  });

  async function start(env = 'dev'): Promise<Served> {
    const served = await serve(place, { env, variables: { PATH: `${counting(bin)}:${process.env.PATH}` } });
    open.push(served);
    return served;
  }

  /** A folder with a `terraform` that counts how often it is told to apply, and then is the real one. */
  function counting(folder: string): string {
    const real = execFileSync('which', ['terraform'], { encoding: 'utf8' }).trim();
    const script = `#!/bin/sh\nif [ "$1" = apply ]; then\n${marking('apply', counter(), place.state)}fi\nexec '${real}' "$@"\n`;
    writeFileSync(path.join(folder, 'terraform'), script, { mode: 0o755 });
    return folder;
  }

  /** Where the sandbox lets terraform write, under a name that stays out of snapshots. */
  function counter(): string {
    return path.join(place.root, 'applies.tfstate');
  }

  function applies(): number {
    return existsSync(counter()) ? readFileSync(counter(), 'utf8').trim().split('\n').length : 0;
  }

  test('at any moment after apply was called never runs a plan twice', async () => {
    for (const delay of [5, 25, 60, 120, 250]) {
      place.write('main.tf', `resource "terraform_data" "greeting" {\n  input = "after ${delay}"\n}\n`);
      const first = await start();
      const plan = await first.call('gateway_terraform_plan');
      expect(plan.status).toBe('ready');
      const before = applies();
      const applying = first.call('gateway_terraform_apply', { plan_id: plan.plan_id }).catch(() => null);
      await sleep(delay);
      process.kill(first.pid, 'SIGKILL');
      await applying;

      const second = await start();
      const seen = await second.call('gateway_get_plan', { plan_id: plan.plan_id });
      expect(['ready', 'interrupted', 'succeeded'], `killed after ${delay} ms`).toContain(seen.status);
      const again = await second.call('gateway_terraform_apply', { plan_id: plan.plan_id });
      if (seen.status === 'ready') expect(again.status).toBe('succeeded');
      else expect(again.error?.code).toBe('plan_used');
      expect(applies() - before, `killed after ${delay} ms`).toBeLessThanOrEqual(1);
      expect((await recourse(['audit', 'verify', '--state', place.state])).code).toBe(0);
      await sleep(300);
      execFileSync('rm', ['-f', path.join(place.root, '.terraform.tfstate.lock.info')]);
    }
  }, 120_000);

  test('while a plan is made: it is told so, nothing is left planning', async () => {
    const first = await start();
    const planning = first.call('gateway_terraform_plan').catch(() => null);
    await sleep(400);
    process.kill(first.pid, 'SIGKILL');
    await planning;
    const second = await start();
    const plan = await second.call('gateway_terraform_plan');
    expect(plan.status).toBe('ready');
    expect((await recourse(['audit', 'verify', '--state', place.state])).code).toBe(0);
  });

  test('keeps what was acknowledged: plan, approval and vote', async () => {
    const first = await start('prod');
    const plan = await first.call('gateway_terraform_plan');
    const approvalId = await approve(place, first, plan.plan_id);
    process.kill(first.pid, 'SIGKILL');
    const second = await start('prod');
    expect((await second.call('gateway_check_approval', { approval_id: approvalId })).status).toBe(
      'approved',
    );
    expect((await second.call('gateway_terraform_apply', { plan_id: plan.plan_id })).status).toBe(
      'succeeded',
    );
  });

  test('two live gateways on one folder: one plan, one run; the console moves when its owner dies', async () => {
    const [first, second] = [await start('prod'), await start('prod')];
    const plan = await first.call('gateway_terraform_plan');
    await approve(place, second, plan.plan_id);
    const answers = await Promise.all(
      [first, second, first, second].map((each) =>
        each.call('gateway_terraform_apply', { plan_id: plan.plan_id }),
      ),
    );
    expect(answers.filter((each) => each.status === 'succeeded')).toHaveLength(1);
    expect(answers.filter((each) => each.status === 'refused').map((each) => each.error?.code)).toEqual(
      expect.not.arrayContaining(['execution_failed']),
    );
    expect(applies()).toBe(1);
    process.kill(first.pid, 'SIGKILL');
    const control = () => JSON.parse(readFileSync(path.join(place.state, 'control.json'), 'utf8'));
    for (let tries = 0; tries < 100; tries += 1) {
      const { url, token } = control();
      const response = await fetch(`${url}/api/approvals`, {
        headers: { Authorization: `Bearer ${token}` },
      }).catch(() => null);
      if (response?.status === 200) break;
      await sleep(200);
    }
    const { url, token } = control();
    expect(
      (await fetch(`${url}/api/approvals`, { headers: { Authorization: `Bearer ${token}` } })).status,
    ).toBe(200);
  }, 60_000);
});
