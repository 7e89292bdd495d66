import { describe, expect, it } from 'vitest';
import { MAX_MANIFEST_BYTES, readManifest } from '../../../lib/core/kubernetes/manifest.ts';

const CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';
const bytes = (text: string) => new TextEncoder().encode(text);

function names(text: string): string[] | string {
  const read = readManifest(bytes(text));
  return read.ok
    ? read.objects.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`)
    : read.problem;
}

describe('reading a manifest', () => {
  it('reads every document, with comments and empty ones between', () => {
    expect(names(`# one\n---\n${CM}---\n# none\n---\r\n${CM}  namespace: x\n---\n`)).toEqual([
      'ConfigMap/null/a',
      'ConfigMap/x/a',
    ]);
  });

  it('reads JSON, lists, lists in lists, and anything with items', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'kube-system' } };
    const list = (kind: string, ...items: unknown[]) => ({ apiVersion: 'v1', kind, items });
    expect(names(JSON.stringify(list('List', secret)))).toEqual(['Secret/kube-system/s']);
    expect(names(JSON.stringify(list('List', list('SecretList', secret), secret)))).toHaveLength(2);
    expect(names(JSON.stringify({ ...list('ConfigMap', secret), metadata: { name: 'cover' } }))).toEqual([
      'Secret/kube-system/s',
    ]);
  });

  it('allows anchors with a bound', () => {
    expect(names(`${CM}  labels: &l\n    a: b\nother: *l\n`)).toEqual(['ConfigMap/null/a']);
  });

  it.each([
    ['', 'no object'],
    ['# nothing\n---\n', 'no object'],
    ['[', 'not valid YAML'],
    ['just text', 'not a Kubernetes object'],
    ['- a\n', 'not a Kubernetes object'],
    ['kind: ConfigMap\nmetadata: {name: a}\n', 'no apiVersion'],
    ['apiVersion: v1\nmetadata: {name: a}\n', 'no kind'],
    ['apiVersion: v1\nkind: ConfigMap\n', 'metadata.name'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "-a"}\n', 'metadata.name'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 5}\n', 'metadata.name'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n', 'generateName'],
    [`${CM}  namespace: [x]\n`, 'metadata.namespace'],
    [`${CM}  namespace: Kube-System\n`, 'metadata.namespace'],
  ])('refuses %j', (text, words) => expect(names(text)).toContain(words));

  it.each([
    ['a duplicate key', `${CM}  namespace: x\n  namespace: kube-system\n`, 'unique'],
    [
      'a duplicate key in JSON',
      '{"apiVersion":"v1","kind":"A","kin\\u0064":"B","metadata":{"name":"a"}}',
      'unique',
    ],
    ['a merge key', `x: &x\n  namespace: kube-system\n${CM}  namespace: web\n  <<: *x\n`, 'merge key'],
    ['a tag', 'apiVersion: v1\nkind: !!binary U2VjcmV0\nmetadata: {name: a}\n', 'tag'],
    ['a separator with more on it', `${CM}--- # more\n${CM}`, '"---" line'],
    ['a document end', `${CM}...\n${CM}`, '"..." line'],
    ['a line separator in a comment', `${CM}# x\u2028kind: Secret\n`, 'line separators'],
    ['NEL', `${CM}# x\u0085kind: Secret\n`, 'line separators'],
    ['CR alone', `${CM}# x\rkind: Secret\n`, 'line separators'],
    ['JSON with more after it', '{"a":1}{"b":2}', 'not one JSON object'],
    ['a flow map that is no JSON', '{apiVersion: v1}', 'not one JSON object'],
    ['a control character', `${CM}data:\n  a: "\u0000"\n`, 'control'],
  ])('refuses %s, which two readers read differently', (_what, text, words) =>
    expect(names(text)).toContain(words),
  );

  it('refuses bombs without expanding them, and depth without falling over', () => {
    const nine = (name: string) => `[${Array.from({ length: 9 }, () => `*${name}`).join(', ')}]`;
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b ${nine('a')}\nc: &c ${nine('b')}\nd: &d ${nine('c')}\ne: ${nine('d')}\n`;
    expect(names(`${CM}${bomb}`)).toContain('cannot be expanded');
    expect(names('['.repeat(250_000))).toContain('deep');
    expect(names(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)).toContain('deep');
    expect(
      names(Array.from({ length: 5_000 }, (_, depth) => `${' '.repeat(depth % 30)}a:`).join('\n')),
    ).toEqual(expect.any(String));
  });

  it('names the limit', () => {
    expect(names(`${CM}# ${'x'.repeat(MAX_MANIFEST_BYTES)}`)).toContain('the limit is 256 KB');
    expect(readManifest(Uint8Array.of(0x61, 0xff, 0xfe))).toMatchObject({ ok: false });
  });
});
