import { describe, expect, it } from 'vitest';
import { readModuleCalls } from '../../../lib/core/terraform/module-calls.ts';

async function read(files: Record<string, string>) {
  const bytes = Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)] as const);
  return readModuleCalls(new Map(bytes));
}

describe('readModuleCalls', () => {
  it('finds local modules and backends in both syntaxes, overrides included', async () => {
    const result = await read({
      'main.tf': `
        module "a" { source = "./a" }
        module "b" {
          source  = "terraform-aws-modules/vpc/aws"
          version = "1.0.0"
        }
        terraform {
          backend "s3" {
            bucket = "state"
          }
        }`,
      'b_override.tf': 'module "a" { source = "../b" }',
      'c.tf.json': '{"module":{"c":{"source":"./c"},"d":[{"source":"./d/../e"}]}}',
      'd.tf.json': '[{"module":[{"f":{"source":".."}}]}]',
      'e.tofu': 'module "g" { source = "./g" }',
      '.#main.tf': 'module',
      'notes.txt': 'module "x" { source = "./x" }',
    });
    // d.tf.json is a list at its top, which neither tool reads.
    expect(result).toEqual({ ok: false, problem: expect.stringContaining('d.tf.json') });
    const without = await read({
      'main.tf': 'module "a" { source = "./a" }\nterraform {\n backend "s3" {\n bucket = "state"\n }\n}',
      'b_override.tf': 'module "a" { source = "../b" }',
      'c.tf.json': '{"module":[{"c":{"source":"./c"}},{"d":[{"source":"./d/../e"}]}]}',
      'e.tofu': 'module "g" { source = "./g" }',
      '.#main.tf': 'module',
      'notes.txt': 'module "x" { source = "./x" }',
    });
    expect(without).toEqual({
      ok: true,
      calls: {
        local: ['./a', '../b', './c', './d/../e', './g'],
        backends: [{ file: 'main.tf', type: 's3', settings: { bucket: 'state' } }],
      },
    });
  });

  it('sees cloud blocks and empty backends', async () => {
    const result = await read({
      'a.tf': 'terraform {\n cloud {\n organization = "x"\n }\n}',
      'b.tf': 'terraform {\n backend "local" {}\n}',
      'c.tf.json': '{"terraform":[{"backend":{"gcs":{"bucket":"b"}}}]}',
    });
    expect(result.ok && result.calls.backends.map(({ type }) => type)).toEqual(['cloud', 'local', 'gcs']);
  });

  it.each([
    ['broken HCL', { 'main.tf': 'resource "x" {' }],
    ['broken JSON', { 'main.tf.json': '{' }],
    ['bytes that are no text', { 'main.tf': '\ud800' }],
    ['a local source that is computed', { 'main.tf': 'module "a" { source = "./\u0024{var.x}" }' }],
  ])('skips nothing: %s is a problem', async (name, files) => {
    if (name === 'bytes that are no text') {
      const result = await readModuleCalls(new Map([['main.tf', Uint8Array.from([0xff, 0xfe])]]));
      expect(result.ok).toBe(false);
      return;
    }
    expect((await read(files)).ok).toBe(false);
  });
});
