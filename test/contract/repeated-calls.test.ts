/** "Required arguments are given again, and all given must be identical": what may be left out may be left out. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeHarness } from '../support/harness.ts';
import { kubeconfigFor, startKubeApi } from '../support/kube-api/server.ts';
import { putKubectlOnPath } from '../support/kubectl.ts';
import { approve, Place, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

putKubectlOnPath();
const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\ndata:\n  colour: green\n';

describeWith('bwrap', 'a shell command that was approved', () => {
  let place: Place;
  let served: Served;
  beforeEach(async () => {
    place = new Place({ 'src/Makefile': 'deploy:\n\t@echo done >> ../deployments\n' });
    served = await serve(place);
  });
  afterEach(async () => {
    await served.close();
    place.remove();
  });

  it('runs without cwd and timeout given again, and not with others', async () => {
    const call = { command: 'make deploy', cwd: 'src', timeout: 20_000 };
    const { plan_id } = await served.call('gateway_shell_exec', call);
    await approve(place, served, plan_id);
    const { command } = call;
    for (const other of [{ cwd: '.' }, { timeout: 30_000 }, { command: 'make' }]) {
      const refused = await served.call('gateway_shell_exec', { command, plan_id, ...other });
      expect(refused.error?.code, JSON.stringify(other)).toBe('arguments_changed');
    }
    const without = await served.call('gateway_shell_exec', { plan_id });
    expect(without.error).toMatchObject({ code: 'invalid_arguments' });
    const ran = await served.call('gateway_shell_exec', { command, plan_id });
    expect(ran).toMatchObject({ status: 'succeeded', executed: true });
    expect(readFileSync(path.join(place.root, 'deployments'), 'utf8')).toBe('done\n');
  });
});

describeWith('kubectl', 'an apply that was approved', () => {
  it.each([
    ['of a text', { manifest: CONFIG_MAP }],
    ['of a file', { file: 'new.yaml' }],
  ])('%s runs by the call in "next", which does not repeat the text', async (_, source) => {
    const api = await startKubeApi();
    const place = new Place({ 'new.yaml': CONFIG_MAP });
    const kubeconfig = path.join(place.folder, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigFor(api.url));
    const served = await serve(place, { variables: { KUBECONFIG: kubeconfig, HOME: place.folder } });
    try {
      const { plan_id } = await served.call('gateway_kubectl_apply', { ...source, namespace: 'shop' });
      await approve(place, served, plan_id);
      const elsewhere = await served.call('gateway_kubectl_apply', { plan_id, namespace: 'default' });
      expect(elsewhere.error?.code).toBe('arguments_changed');
      const other = await served.call('gateway_kubectl_apply', {
        manifest: CONFIG_MAP.replace('green', 'red'),
        plan_id,
      });
      expect(other.error?.code).toBe('arguments_changed');
      const { next } = await served.call('gateway_get_plan', { plan_id });
      expect(JSON.stringify(next)).not.toContain('ConfigMap');
      expect(await served.call('gateway_kubectl_apply', { plan_id })).toMatchObject({ status: 'succeeded' });
      expect(api.find('configmaps', 'shop', 'new')).toMatchObject({ data: { colour: 'green' } });
    } finally {
      await served.close();
      await api.close();
      place.remove();
    }
  });
});

it('a terraform plan with flags goes on by the call in "next"', async () => {
  const harness = makeHarness({ environment: 'dev' });
  harness.terraform.files = { 'main.tf': 'data "external" "x" {\n  program = ["sh", "-c", "id"]\n}\n' };
  const { plan_id } = await harness.call('gateway_terraform_plan', {
    args: ['-var', 'v=1', '-parallelism=3'],
  });
  const asked = await harness.call('gateway_request_approval', { plan_id, reason: 'why' });
  await harness.vote(String(asked.approval_id), 'approve');
  const other = await harness.call('gateway_terraform_plan', { plan_id, args: ['-var', 'v=2'] });
  expect(other.error?.code).toBe('arguments_changed');
  const { next } = await harness.call('gateway_get_plan', { plan_id });
  const made = await harness.call(String(next?.tool), next?.arguments);
  expect(made.error).toBeUndefined();
  expect(harness.terraform.plans).toBe(1);
});

it('a destroy plan is not carried out for another folder or workspace than its own', async () => {
  const harness = makeHarness({ environment: 'dev' });
  const { plan_id } = await harness.call('gateway_terraform_destroy', { workspace: 'blue' });
  const asked = await harness.call('gateway_request_approval', { plan_id, reason: 'why' });
  await harness.vote(String(asked.approval_id), 'approve');
  for (const other of [{ workspace: 'green' }, { workspace: 'default' }, { cwd: 'other' }]) {
    const refused = await harness.call('gateway_terraform_destroy', { plan_id, ...other });
    expect(refused.error?.code, JSON.stringify(other)).toBe('arguments_changed');
  }
  const done = await harness.call('gateway_terraform_destroy', { plan_id, workspace: 'blue' });
  expect(done).toMatchObject({ status: 'succeeded' });
});
