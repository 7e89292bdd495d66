/** Manifests that are accepted hold for the real kubectl exactly the objects that were judged. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { readManifest } from '../../../lib/core/kubernetes/manifest.ts';
import { putKubectlOnPath } from '../../support/kubectl.ts';
import { describeWith } from '../../support/tools.ts';

putKubectlOnPath();

const CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';
const object = (kind: string, name: string, namespace?: string) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});
const secret = object('Secret', 's', 'kube-system');

/** Each tries to show one thing to a reader and another to kubectl. */
const TEXTS: readonly string[] = [
  CM,
  `---\n${CM}---\n---\n# none\n---\n${CM}  namespace: kube-system\n`,
  `${CM}data:\n  x: |\n    ---\n    kind: Secret\n`,
  `${CM}data:\n  x: "---\\nkind: Secret"\n`,
  `${CM}data:\n  x: 'a\n    ---\n    b'\n`,
  `${CM}data: {x: "\n---\n"}\n`,
  `${CM}--- \n${CM}  namespace: kube-system\n`,
  `${CM}---\t\n${CM}  namespace: kube-system\n`,
  `${CM}\r\n---\r\n${CM}`,
  `${CM}--- # x\n${CM}  namespace: kube-system\n`,
  `${CM}...\n---\n${CM}`,
  `${CM}  namespace: x\n  namespace: kube-system\n`,
  `${CM}  "namespace": kube-system\n`,
  `${CM}  ? namespace\n  : kube-system\n`,
  `${CM}  &k namespace: &v kube-system\n`,
  `x: &n kube-system\n${CM}  namespace: *n\n`,
  `x: &m {namespace: kube-system}\n${CM}  <<: *m\n`,
  `${CM}  namespace: !!str kube-system\n`,
  `${CM}  namespace: "kube\\u002dsystem"\n`,
  `${CM}  namespace: >-\n    kube-system\n`,
  `${CM}  namespace:\n    kube-system\n`,
  `${CM}  namespace: ''\n`,
  `${CM}  namespace: null\n`,
  `${CM}  Namespace: kube-system\n`,
  `${CM}Kind: Secret\n`,
  `${CM}items:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s, namespace: kube-system}\n`,
  `${CM}items: {}\n`,
  `${CM}items: null\n`,
  `${CM}# x\u2028kind: Secret\n`,
  `${CM}# x\u0085kind: Secret\n`,
  `${CM}# x\rkind: Secret\n`,
  `\ufeff${CM}`,
  `%YAML 1.1\n---\n${CM}`,
  JSON.stringify(secret),
  ` \n\t${JSON.stringify(secret)}`,
  `${JSON.stringify(object('ConfigMap', 'a'))}${JSON.stringify(secret)}`,
  `${JSON.stringify(object('ConfigMap', 'a'))}\n---\n${JSON.stringify(secret)}`,
  `# c\n${JSON.stringify(object('ConfigMap', 'a'))}\n---\n${JSON.stringify(secret)}\n`,
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [object('ConfigMap', 'a'), secret] }),
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'List', items: [secret] }],
  }),
  JSON.stringify({ ...object('ConfigMap', 'a'), items: [secret] }),
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"x","namespace":"kube-system"}}`,
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","name\\u0073pace":"kube-system"}}`,
];

describeWith('kubectl', 'a manifest read twice', () => {
  it.each(TEXTS.map((text) => [text]))('%j', (text) => {
    const read = readManifest(new TextEncoder().encode(text));
    if (!read.ok) return expect(read.problem).not.toBe('');
    const told = spawnSync('kubectl', ['label', '--local', '-f', '-', '-o', 'json', 'seen=yes'], {
      input: text,
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent' },
    });
    // What kubectl does not take is not applied.
    if (told.status !== 0) return expect(told.stderr).not.toBe('');
    const seen = objectsIn(told.stdout);
    const judged = new Set(read.objects.map((each) => `${each.kind}/${each.namespace ?? ''}/${each.name}`));
    expect([...judged]).toEqual(expect.arrayContaining(seen));
  });
});

/** One JSON object after another, lists opened. */
function objectsIn(printed: string): string[] {
  return printed
    .split(/^\}\n?/m)
    .filter((part) => part.trim() !== '')
    .flatMap((part) => namesIn(JSON.parse(`${part}}`)));
}

function namesIn(value: {
  kind: string;
  metadata?: { name?: string; namespace?: string };
  items?: [];
}): string[] {
  if (Array.isArray(value.items)) return value.items.flatMap(namesIn);
  return [`${value.kind}/${value.metadata?.namespace ?? ''}/${value.metadata?.name ?? ''}`];
}
