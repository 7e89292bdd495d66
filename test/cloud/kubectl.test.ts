/** kubectl in the cloud: asked about before it is decided on, run with the lane's own role, as it was approved. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Box, openBox } from '../support/cloud/box/box.ts';
import { type OverTls, overTls } from '../support/kube-api/over-tls.ts';
import { type KubeApi, startKubeApi } from '../support/kube-api/server.ts';
import { describeWith } from '../support/tools.ts';
import { callTool, settle } from './agent.ts';
import { decide, mailTo } from './approver.ts';
import { AGENT, boxFiles, CLUSTER, SECRETS } from './files.ts';
import { ask, furnish } from './scene.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const CONFIG = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop', namespace: 'default' } };
const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db', namespace: 'default' },
  data: { password: Buffer.from('hunter2hunter2').toString('base64') },
};

describeWith('kubectl', 'kubectl in the cloud', () => {
  let box: Box;
  let api: KubeApi;
  let tls: OverTls;
  beforeAll(async () => {
    api = await startKubeApi([{ ...CONFIG, data: { colour: 'blue' } }, SECRET]);
    tls = await overTls(api.url);
    box = await openBox('prod', boxFiles('prod', { config: CLUSTER }), {
      secrets: SECRETS,
      cluster: { endpoint: tls.url, ca: tls.ca },
    });
    furnish(box);
  });
  afterAll(async () => {
    await box?.stop();
    await tls?.close();
    await api?.close();
  });

  const call = async (tool: string, args: Record<string, unknown>) =>
    settle(box, AGENT, await callTool(box, AGENT, tool, args));

  it('reads with the read role, and masks secrets', async () => {
    const shown = await call('gateway_kubectl_get', { resource: 'secrets', name: 'db', output: 'yaml' });
    expect(shown, box.printed()).toMatchObject({ status: 'succeeded' });
    expect(shown.output).toContain('name: db');
    expect(shown.output).not.toContain(SECRET.data.password);
    expect(tls.tokens.at(-1)).toMatch(/^Bearer k8s-aws-v1\.[A-Za-z0-9_-]+$/);
    const assumed = box.fake.aws.calls
      .filter(({ action }) => action === 'sts:AssumeRole')
      .map(({ resource }) => resource);
    expect(assumed.at(-1)).toContain('cluster-read');
  });

  it('shows humans the diff, applies exactly that, and nothing when the cluster has moved on', async () => {
    const manifest = JSON.stringify({ ...CONFIG, data: { colour: 'green' } });
    const stopped = await call('gateway_kubectl_apply', { manifest });
    expect(stopped, box.printed()).toMatchObject({ status: 'needs_approval' });
    const approval = await ask(box, stopped);
    const { link } = await mailTo(box, approval, 'alice@example.com');
    const page = await box.control('GET', link, { headers: { accept: 'text/html' } });
    expect(page.body).toContain('green');
    await decide(box, link, 'approve');
    const ran = await call('gateway_kubectl_apply', { manifest, plan_id: stopped.plan_id });
    expect(ran, box.printed()).toMatchObject({ status: 'succeeded', executed: true });
    expect(api.find('configmaps', 'default', 'shop')?.data).toEqual({ colour: 'green' });

    const red = JSON.stringify({ ...CONFIG, data: { colour: 'red' } });
    const second = await call('gateway_kubectl_apply', { manifest: red });
    await decide(box, (await mailTo(box, await ask(box, second), 'alice@example.com')).link, 'approve');
    api.put({ ...CONFIG, data: { colour: 'yellow' } });
    const stale = await call('gateway_kubectl_apply', { manifest: red, plan_id: second.plan_id });
    expect(stale.error?.code).toBe('plan_stale');
    expect(api.find('configmaps', 'default', 'shop')?.data).toEqual({ colour: 'yellow' });
  });

  it('applies a file of a source as it was when it was approved', async () => {
    const key = 'network/k8s/map.json';
    const put = (colour: string) =>
      box.fake.s3.poke('example-sources', key, Buffer.from(JSON.stringify({ ...CONFIG, data: { colour } })));
    put('pink');
    const stopped = await call('gateway_kubectl_apply', { file: key });
    await decide(box, (await mailTo(box, await ask(box, stopped), 'alice@example.com')).link, 'approve');
    put('black');
    const ran = await call('gateway_kubectl_apply', { file: key, plan_id: stopped.plan_id });
    expect(ran, box.printed()).toMatchObject({ status: 'succeeded' });
    expect(api.find('configmaps', 'default', 'shop')?.data).toEqual({ colour: 'pink' });
  });

  it('deletes only what was approved, with the write role', async () => {
    const args = { resource: 'configmap', name: 'shop' };
    const stopped = await call('gateway_kubectl_delete', args);
    expect(stopped).toMatchObject({ status: 'needs_approval' });
    await decide(box, (await mailTo(box, await ask(box, stopped), 'alice@example.com')).link, 'approve');
    const other = await call('gateway_kubectl_delete', { ...args, name: 'db', plan_id: stopped.plan_id });
    expect(other.error?.code).toBe('arguments_changed');
    expect(await call('gateway_kubectl_delete', { ...args, plan_id: stopped.plan_id })).toMatchObject({
      status: 'succeeded',
    });
    expect(api.find('configmaps', 'default', 'shop')).toBeUndefined();
    const assumed = box.fake.aws.calls
      .filter(({ action }) => action === 'sts:AssumeRole')
      .map(({ resource }) => resource);
    expect(assumed.at(-1)).toContain('cluster-write');
  });
});
