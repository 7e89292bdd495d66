import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { steadyDiff } from '../../../lib/core/kubernetes/diff.ts';
import { renderMasked } from '../../../lib/core/kubernetes/mask.ts';
import { maskTable } from '../../../lib/core/kubernetes/table.ts';

const VALUE = 'Tr0ub4dor-and-3';
const CODED = Buffer.from(VALUE).toString('base64');
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { word: CODED } };

function shownAs(value: unknown): string[] {
  return (['json', 'yaml'] as const).map((format) => renderMasked(value, format));
}

describe('masking objects', () => {
  it.each<[string, unknown]>([
    ['a secret', secret],
    ['plain values', { ...secret, data: undefined, stringData: { word: VALUE } }],
    ['a list', { apiVersion: 'v1', kind: 'List', items: [secret] }],
    [
      'a list whose items do not say what they are',
      { kind: 'SecretList', items: [{ data: { word: CODED } }] },
    ],
    ['a secret inside another object', { kind: 'Template', spec: { objects: [secret] } }],
    [
      'the last applied copy',
      {
        ...secret,
        data: {},
        metadata: {
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(secret) },
        },
      },
    ],
    [
      'a copy that cannot be read',
      {
        ...secret,
        data: {},
        metadata: {
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"a":"${CODED}"` },
        },
      },
    ],
    [
      'a copy that another tool keeps',
      { ...secret, data: {}, metadata: { annotations: { 'example.com/state': JSON.stringify(secret) } } },
    ],
    [
      'the value repeated elsewhere',
      { items: [secret, { kind: 'ConfigMap', data: { url: `postgres://u@h/${VALUE}`, b64: CODED } }] },
    ],
    ['an environment variable', { kind: 'Pod', env: [{ name: 'DB_PASSWORD', value: VALUE }] }],
    ['an argument', { kind: 'Pod', args: ['--password', VALUE] }],
    ['an argument in one', { kind: 'Pod', args: [`--password=${VALUE}`] }],
    ['a config map by name', { kind: 'ConfigMap', data: { DB_PASSWORD: VALUE } }],
    ['a file in a config map', { kind: 'ConfigMap', data: { 'app.conf': `x = 1\npassword = ${VALUE}\n` } }],
  ])('hides %s', (_what, value) => {
    for (const text of shownAs(value)) {
      expect(text).not.toContain(VALUE);
      expect(text).not.toContain(CODED);
    }
  });

  it('keeps everything else, and its shape', () => {
    const pod = {
      kind: 'Pod',
      metadata: { name: 'p', labels: { app: 'x' } },
      spec: {
        serviceAccountName: 'default',
        automountServiceAccountToken: true,
        imagePullSecrets: [{ name: 'pull' }],
        volumes: [
          { name: 'v', secret: { secretName: 's' } },
          {
            name: 't',
            projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] },
          },
        ],
        containers: [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'word' } } }] }],
      },
    };
    const [json = '', yaml = ''] = shownAs(pod);
    expect(JSON.parse(json)).toEqual(pod);
    expect(parse(yaml)).toEqual(pod);
    expect(JSON.parse(shownAs(secret)[0] ?? '')).toEqual({ ...secret, data: { word: '[redacted]' } });
  });
});

describe('masking tables', () => {
  it('hides columns with a secret name and keeps the others in place', () => {
    const table = [
      'NAME   PASSWORD          AGE',
      'a      Tr0ub4dor-and-3   5d',
      'b      <none>            6d',
      '',
    ].join('\n');
    const masked = maskTable(table);
    expect(masked).not.toContain(VALUE);
    expect(masked).toContain('a      [redacted]        5d');
    expect(masked).toContain('b      <none>            6d');
  });

  it('begins anew with every table', () => {
    expect(maskTable('TOKEN\nabcdefgh\n\nNAME\nweb-1\n')).toBe('TOKEN\n[redacted]\n\nNAME\nweb-1\n');
  });
});

describe('a diff that holds still', () => {
  const diff = (uid: string, at: string) =>
    [
      `diff -u -N /tmp/LIVE-${at.length}9/v1.Service.default.a /tmp/MERGED-77/v1.Service.default.a`,
      `--- /tmp/LIVE-${uid.slice(0, 3)}/v1.Service.default.a\t${at} 10:00:00.1 +0000`,
      `+++ /tmp/MERGED-${uid.slice(0, 3)}/v1.Service.default.a\t${at} 10:00:00.1 +0000`,
      '@@ -0,0 +1,3 @@',
      `+  creationTimestamp: "${at}T10:00:00Z"`,
      `+  uid: ${uid}`,
      '+  clusterIP: 10.0.0.7',
      '+  - 10.0.0.7',
      '+    nodePort: 30080',
      '+  colour: blue',
    ].join('\n');

  it('is the same whatever the server draws', () => {
    const one = steadyDiff(diff('11111111-1111-4111-8111-111111111111', '2026-01-01'), '');
    const two = steadyDiff(diff('22222222-2222-4222-8222-222222222222', '2026-01-02'), '');
    expect(one).toBe(two);
    expect(one).toContain('+  colour: blue');
    expect(one).toContain('+++ after/v1.Service.default.a');
  });

  it('keeps what the manifest says itself', () => {
    const text = steadyDiff(diff('11111111-1111-4111-8111-111111111111', '2026-01-01'), 'nodePort: 30080');
    expect(text).toContain('+    nodePort: 30080');
    expect(text).toContain('+  clusterIP: <set by the server>');
  });
});
