/** `namespace` of an apply is optional: objects go where they say, the others to `default`, never where a context points. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type KubeApi, kubeconfigFor, startKubeApi } from '../support/kube-api/server.ts';
import { putKubectlOnPath } from '../support/kubectl.ts';
import { approve, Place, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

putKubectlOnPath();

function configMap(name: string, namespace: string | null): string {
  const place = namespace === null ? '' : `\n  namespace: ${namespace}`;
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}${place}\ndata:\n  colour: green\n`;
}

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n';

describeWith('kubectl', 'an apply without the namespace argument', () => {
  let api: KubeApi;
  let place: Place;
  let served: Served;
  const config = () => path.join(place.folder, 'kubeconfig');
  const withoutNamespace = () =>
    kubeconfigFor(api.url).replace('"namespace":"from-context"', '"extensions":[]');

  beforeEach(async () => {
    api = await startKubeApi();
    place = new Place();
    writeFileSync(config(), kubeconfigFor(api.url));
    served = await serve(place, { variables: { KUBECONFIG: config(), HOME: place.folder } });
  });
  afterEach(async () => {
    await served.close();
    await api.close();
    place.remove();
  });

  async function applied(manifest: string) {
    const { plan_id, output } = await served.call('gateway_kubectl_apply', { manifest });
    expect(output).toContain('namespace: as each object says, default otherwise');
    await approve(place, served, plan_id);
    return served.call('gateway_kubectl_apply', { manifest, plan_id });
  }

  it('goes where its one object says, dry runs too', async () => {
    const manifest = configMap('a', 'shop');
    for (const dry_run of ['client', 'server']) {
      const dry = await served.call('gateway_kubectl_apply', { manifest, dry_run });
      expect(dry, dry_run).toMatchObject({ status: 'succeeded' });
    }
    expect(await applied(manifest)).toMatchObject({ status: 'succeeded' });
    expect(api.find('configmaps', 'shop', 'a')).toBeDefined();
  });

  it('goes to several namespaces, and makes one beside what belongs in it', async () => {
    const manifest = [NAMESPACE, configMap('a', 'shop'), configMap('b', 'default')].join('---\n');
    expect(await applied(manifest)).toMatchObject({ status: 'succeeded' });
    expect(api.find('configmaps', 'shop', 'a')).toBeDefined();
    expect(api.find('configmaps', 'default', 'b')).toBeDefined();
  });

  it('takes default for objects that say none, and refuses whole where the context says another', async () => {
    const manifest = [configMap('a', 'shop'), configMap('b', null)].join('---\n');
    const refused = await applied(manifest);
    expect(refused).toMatchObject({
      status: 'failed',
      executed: false,
      error: { code: 'invalid_arguments' },
    });
    expect(refused.error?.message).toContain('ConfigMap b names no namespace');
    expect(api.find('configmaps', 'shop', 'a')).toBeUndefined();
    writeFileSync(config(), withoutNamespace());
    expect(await applied(`# again\n${manifest}`)).toMatchObject({ status: 'succeeded' });
    expect(api.find('configmaps', 'default', 'b')).toBeDefined();
  });
});
