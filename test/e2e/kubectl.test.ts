/** The built gateway, the real kubectl, and an API server that it talks to. */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type KubeApi, kubeconfigFor, startKubeApi } from '../support/kube-api/server.ts';
import { putKubectlOnPath } from '../support/kubectl.ts';
import { approve, Place, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

putKubectlOnPath();

const PASSWORD = 'correct-horse-battery';
const ENCODED = Buffer.from(PASSWORD).toString('base64');

const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'db',
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        data: { word: ENCODED },
        metadata: { name: 'db' },
      }),
    },
  },
  data: { word: ENCODED },
};

function configMap(name: string, value: string, namespace?: string): string {
  const place = namespace === undefined ? '' : `\n  namespace: ${namespace}`;
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}${place}\ndata:\n  colour: ${value}\n`;
}

describeWith('kubectl', 'kubectl through the gateway', () => {
  let api: KubeApi;
  let place: Place;
  let dev: Served;
  let prod: Served;
  const config = () => path.join(place.folder, 'kubeconfig');
  const devPlace = () =>
    Object.assign(Object.create(Object.getPrototypeOf(place)), place, { state: `${place.state}-dev` });

  beforeAll(async () => {
    api = await startKubeApi();
    place = new Place({ 'web.yaml': configMap('from-file', 'blue') });
    writeFileSync(config(), kubeconfigFor(api.url));
    const variables = { KUBECONFIG: config(), HOME: place.folder };
    prod = await serve(place, { env: 'prod', variables });
    dev = await serve(devPlace(), { env: 'dev', variables, args: ['--no-console'] });
  });

  afterAll(async () => {
    await prod?.close();
    await dev?.close();
    await api?.close();
    place?.remove();
  });

  beforeEach(() => {
    writeFileSync(config(), kubeconfigFor(api.url));
    api.objects.clear();
    api.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'red' } });
    api.put(SECRET);
    api.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-1' },
      spec: { containers: [{ name: 'web' }] },
    });
    api.put({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: { replicas: 3 },
    });
    api.requests.length = 0;
  });

  it('reads in prod at once, in the namespace default, whatever the context says', async () => {
    const answer = await prod.call('gateway_kubectl_get', { resource: 'configmaps' });
    expect(answer).toMatchObject({ success: true, decision: 'allow', status: 'succeeded', executed: true });
    expect(answer.output).toContain('settings');
    expect(api.requests.join('\n')).toContain('/namespaces/default/configmaps');
    expect(api.requests.join('\n')).not.toContain('from-context');
  });

  it.each([
    ['secrets', 'json'],
    ['secret', 'yaml'],
    ['secrets.v1.', 'json'],
    ['SECRETS', 'wide'],
    ['secret/db', 'yaml'],
    ['all,secrets', 'json'],
    ['secrets', 'name'],
  ])('shows no secret value: get %s as %s', async (resource, output) => {
    const answer = await prod.call('gateway_kubectl_get', { resource, output });
    expect(answer).toMatchObject({ success: true, status: 'succeeded' });
    expect(answer.output).toContain('db');
    const whole = JSON.stringify(answer);
    expect(whole).not.toContain(PASSWORD);
    expect(whole).not.toContain(ENCODED);
  });

  it('answers JSON that parses, with the keys of secrets', async () => {
    const answer = await prod.call('gateway_kubectl_get', {
      resource: 'secrets',
      name: 'db',
      output: 'json',
    });
    expect(JSON.parse(String(answer.output)).data).toEqual({ word: '[redacted]' });
  });

  it('reads logs without what looks like a secret, and describes', async () => {
    api.logs = `ready\nDB_PASSWORD=${PASSWORD}\n`;
    const logs = await prod.call('gateway_kubectl_logs', { pod: 'pod/web-1', tail: 5 });
    expect(logs.output).toContain('ready');
    expect(JSON.stringify(logs)).not.toContain(PASSWORD);
    const described = await prod.call('gateway_kubectl_describe', { resource: 'secret', name: 'db' });
    expect(described).toMatchObject({ status: 'succeeded' });
    expect(JSON.stringify(described)).not.toContain(ENCODED);
  });

  it("says kubectl's own error", async () => {
    const answer = await prod.call('gateway_kubectl_get', { resource: 'configmaps', name: 'nope' });
    expect(answer).toMatchObject({ success: false, status: 'failed', error: { code: 'execution_failed' } });
    expect(JSON.stringify(answer.error)).toContain('not found');
  });

  it('applies in dev at once, server-side, and says what changed', async () => {
    const answer = await dev.call('gateway_kubectl_apply', { file: 'web.yaml' });
    expect(answer).toMatchObject({ success: true, decision: 'allow', status: 'succeeded' });
    expect(api.find('configmaps', 'default', 'from-file')).toMatchObject({ data: { colour: 'blue' } });
  });

  it('changes nothing in a dry run, and lets it through in prod', async () => {
    for (const dry_run of ['client', 'server']) {
      const answer = await prod.call('gateway_kubectl_apply', { manifest: configMap('dry', 'x'), dry_run });
      expect(answer, dry_run).toMatchObject({ success: true, decision: 'allow', status: 'succeeded' });
    }
    expect(api.find('configmaps', 'default', 'dry')).toBeUndefined();
  });

  it('shows the diff to whoever approves, and applies exactly what was approved, once', async () => {
    const call = { manifest: configMap('settings', 'green') };
    const planned = await prod.call('gateway_kubectl_apply', call);
    expect(planned).toMatchObject({ status: 'needs_approval', executed: false, decision: 'escalate' });
    expect(planned.output).toContain('-  colour: red');
    expect(planned.output).toContain('+  colour: green');
    const plan_id = planned.plan_id;
    const early = await prod.call('gateway_kubectl_apply', { ...call, plan_id });
    expect(early).toMatchObject({ error: { code: 'approval_required' } });
    await approve(place, prod, plan_id);
    const seen = await prod.call('gateway_get_plan', { plan_id });
    expect(seen.next).toMatchObject({ tool: 'gateway_kubectl_apply', arguments: { plan_id } });
    const other = await prod.call('gateway_kubectl_apply', {
      manifest: configMap('settings', 'black'),
      plan_id,
    });
    expect(other).toMatchObject({ error: { code: 'arguments_changed' } });
    const done = await prod.call('gateway_kubectl_apply', { ...call, plan_id });
    expect(done).toMatchObject({ success: true, status: 'succeeded' });
    expect(api.find('configmaps', 'default', 'settings')).toMatchObject({ data: { colour: 'green' } });
    const again = await prod.call('gateway_kubectl_apply', { ...call, plan_id });
    expect(again).toMatchObject({ error: { code: 'plan_used' } });
  });

  it('does not apply when the cluster has changed since the approval', async () => {
    const call = { manifest: configMap('settings', 'green') };
    const { plan_id } = await prod.call('gateway_kubectl_apply', call);
    await approve(place, prod, plan_id);
    api.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { colour: 'yellow' },
    });
    const stale = await prod.call('gateway_kubectl_apply', { ...call, plan_id });
    expect(stale).toMatchObject({ success: false, error: { code: 'plan_stale' } });
    expect(api.find('configmaps', 'default', 'settings')).toMatchObject({ data: { colour: 'yellow' } });
  });

  it('does not run against another cluster than the approved one', async () => {
    const call = { resource: 'configmaps', name: 'settings' };
    const { plan_id } = await prod.call('gateway_kubectl_delete', call);
    await approve(place, prod, plan_id);
    const other = await startKubeApi([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} },
    ]);
    try {
      writeFileSync(config(), kubeconfigFor(other.url, 'elsewhere'));
      const answer = await prod.call('gateway_kubectl_delete', { ...call, plan_id });
      expect(answer).toMatchObject({ success: false, error: { code: 'plan_stale' } });
      expect(JSON.stringify(answer.error)).toContain('elsewhere');
      expect(other.objects.size).toBe(1);
      expect(other.requests.join('\n')).not.toContain('DELETE');
    } finally {
      await other.close();
    }
  });

  it('keeps secrets of a manifest out of everything that it answers', async () => {
    const manifest = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  word: a-new-password-1\n`;
    const planned = await prod.call('gateway_kubectl_apply', { manifest });
    expect(planned).toMatchObject({ status: 'needs_approval' });
    expect(planned.output).toContain('Secret');
    const whole = JSON.stringify(planned);
    for (const secret of ['a-new-password-1', Buffer.from('a-new-password-1').toString('base64'), ENCODED]) {
      expect(whole).not.toContain(secret);
    }
  });

  it('deletes only after a human said so, in dev too', async () => {
    const call = { resource: 'secret', name: 'db' };
    const planned = await dev.call('gateway_kubectl_delete', call);
    expect(planned).toMatchObject({ decision: 'escalate', status: 'needs_approval' });
    expect(planned.evaluation).toMatchObject({
      worst_tier: 4,
      changes: [{ classes: ['secret_delete', 'kubernetes_secret_change'] }],
    });
    const asked = await prod.call('gateway_kubectl_delete', call);
    await approve(place, prod, asked.plan_id);
    const done = await prod.call('gateway_kubectl_delete', { ...call, plan_id: asked.plan_id });
    expect(done).toMatchObject({ status: 'succeeded' });
    expect(api.find('secrets', 'default', 'db')).toBeUndefined();
  });

  it('scales in dev, and not to zero', async () => {
    const two = await dev.call('gateway_kubectl_scale', { resource: 'deploy', name: 'web', replicas: 2 });
    expect(two).toMatchObject({ decision: 'allow', status: 'succeeded' });
    expect(api.find('deployments', 'default', 'web')).toMatchObject({ spec: { replicas: 2 } });
    const none = await dev.call('gateway_kubectl_scale', { resource: 'deploy', name: 'web', replicas: 0 });
    expect(none).toMatchObject({ decision: 'escalate', status: 'needs_approval' });
    const manifest = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 0\n';
    expect(await dev.call('gateway_kubectl_apply', { manifest })).toMatchObject({ decision: 'escalate' });
  });

  it('judges without a cluster too, and says that it could not ask', async () => {
    writeFileSync(config(), kubeconfigFor('http://127.0.0.1:1'));
    const planned = await dev.call('gateway_kubectl_delete', { resource: 'pvc', name: 'data' });
    expect(planned).toMatchObject({ decision: 'escalate', status: 'needs_approval' });
    expect(planned.evaluation?.notes.join()).toContain('not known');
    const read = await dev.call('gateway_kubectl_get', { resource: 'pods' });
    expect(read).toMatchObject({ status: 'failed', error: { code: 'execution_failed' } });
    rmSync(config());
    const blind = await dev.call('gateway_kubectl_apply', { manifest: configMap('a', 'x', 'kube-system') });
    expect(blind).toMatchObject({ decision: 'escalate', status: 'needs_approval' });
    expect(blind.evaluation?.notes.join()).toContain('no current context');
  });

  it('sees protected namespaces in every document, list item and form of their name', async () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'kube-system' } }],
    });
    for (const manifest of [
      `${configMap('a', 'x')}---\n${configMap('b', 'y', 'kube-system')}`,
      list,
      'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: production\n',
    ]) {
      expect(await dev.call('gateway_kubectl_apply', { manifest }), manifest).toMatchObject({
        decision: 'escalate',
        status: 'needs_approval',
      });
    }
    for (const resource of ['ns', 'namespaces', 'Namespace', 'namespace.v1.']) {
      const answer = await dev.call('gateway_kubectl_delete', { resource, name: 'production' });
      const classes = JSON.stringify(answer.reasons);
      expect(classes, resource).toContain('protected_namespace');
      expect(classes, resource).toContain('namespace_delete');
    }
  });

  it('refuses what it cannot freeze, in words that help', async () => {
    writeFileSync(path.join(place.folder, 'outside.yaml'), configMap('o', 'x'));
    if (!existsSync(path.join(place.root, 'link.yaml'))) {
      symlinkSync(path.join(place.folder, 'outside.yaml'), path.join(place.root, 'link.yaml'));
      symlinkSync(place.folder, path.join(place.root, 'linked'));
      mkdirSync(path.join(place.root, 'kustom'));
      writeFileSync(path.join(place.root, 'kustom', 'kustomization.yaml'), 'resources: []\n');
      writeFileSync(path.join(place.root, 'large.yaml'), `${configMap('l', 'x')}# ${'x'.repeat(300_000)}\n`);
    }
    const cases: readonly (readonly [Record<string, unknown>, string, string])[] = [
      [{ file: 'https://example.com/a.yaml' }, 'invalid_arguments', 'address'],
      [{ file: 'kustom' }, 'invalid_arguments', 'folder'],
      [{ file: 'link.yaml' }, 'path_outside_root', 'link'],
      [{ file: 'linked/outside.yaml' }, 'path_outside_root', 'link'],
      [{ file: '../outside.yaml' }, 'path_outside_root', 'root'],
      [{ file: 'large.yaml' }, 'invalid_arguments', '256 KB'],
      [{ manifest: 'kind: ConfigMap\n' }, 'invalid_arguments', 'apiVersion'],
      [{ manifest: configMap('x', 'y', 'other'), namespace: 'default' }, 'invalid_arguments', 'other'],
      [{}, 'invalid_arguments', 'exactly one'],
      [{ file: 'web.yaml', manifest: 'x' }, 'invalid_arguments', 'exactly one'],
    ];
    for (const [args, code, words] of cases) {
      const answer = await dev.call('gateway_kubectl_apply', args);
      expect(answer, JSON.stringify(args)).toMatchObject({ status: 'refused', error: { code } });
      expect(JSON.stringify(answer.error), JSON.stringify(args)).toContain(words);
    }
    expect(api.requests.filter((each) => !each.startsWith('GET'))).toEqual([]);
  });
});
