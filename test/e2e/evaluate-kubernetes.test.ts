import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Place, recourse } from '../support/served.ts';

const place = new Place({
  'plain.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n',
  'kube-system.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  namespace: kube-system\n',
  'bad.yaml': 'kind: ConfigMap\n',
});
afterAll(() => place.remove());

it.each([
  ['plain.yaml', 'dev', 0],
  ['plain.yaml', 'prod', 3],
  ['kube-system.yaml', 'dev', 3],
])('recourse evaluate kubernetes %s in %s exits with %i', async (file, env, code) => {
  const ran = await recourse(['evaluate', 'kubernetes', path.join(place.root, file), '-e', env, '--json']);
  expect(ran.code).toBe(code);
  expect(JSON.parse(ran.stdout)).toMatchObject({ evaluation: { worst_tier: 1 } });
});

it('says in one line what is wrong with a manifest', async () => {
  const ran = await recourse(['evaluate', 'kubernetes', path.join(place.root, 'bad.yaml'), '-e', 'dev']);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain('no apiVersion');
  expect(ran.stderr.trim().split('\n')).toHaveLength(1);
});
