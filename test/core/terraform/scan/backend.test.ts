// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { describe, expect, it } from 'vitest';
import { rulesOf, scanFiles } from './configuration.ts';

const backend = (type: string, body = '') => `terraform {\n  backend "${type}" {\n${body}\n  }\n}\n`;

describe('backends', () => {
  it('reports the implicit local backend as null', async () => {
    const report = await scanFiles({ 'main.tf': 'locals {\n  a = 1\n}\n' });
    expect([report.backend, report.findings]).toEqual([null, []]);
  });

  it('reports type and settings of an explicit one', async () => {
    const report = await scanFiles(
      { 'main.tf': backend('s3', 'bucket = "b"\n encrypt = true\n key = "k/${var.x}"\n tags = ["a"]') },
      { allowedBackends: ['s3'] },
    );
    expect(report.backend).toEqual({
      type: 's3',
      settings: { bucket: 'b', encrypt: true, key: { expression: '"k/${var.x}"' }, tags: ['a'] },
    });
    expect(report.findings).toEqual([]);
  });

  it.each([
    ['local', ''],
    ['local', 'path = "state/x.tfstate"'],
    ['local', 'path = "./a/../x.tfstate"\n workspace_dir = "ws"'],
  ])('allows %s { %s }', async (type, body) => {
    expect(await rulesOf(backend(type, body))).toEqual([]);
  });

  it.each([
    ['s3', 'bucket = "b"', ['unapproved_backend/unapproved_backend']],
    ['http', '', ['unapproved_backend/unapproved_backend']],
    ['remote', '', ['remote_operations/remote_operations_backend']],
    ['local', 'path = "/var/state"', ['local_backend_path/unapproved_backend']],
    ['local', 'path = "../other/terraform.tfstate"', ['local_backend_path/unapproved_backend']],
    ['local', 'path = "a/../../x"', ['local_backend_path/unapproved_backend']],
    ['local', 'path = "~/x"', ['local_backend_path/unapproved_backend']],
    ['local', 'path = var.x', ['local_backend_path/unapproved_backend']],
    ['local', 'workspace_dir = "/x"', ['local_backend_path/unapproved_backend']],
  ])('%s { %s } is a finding', async (type, body, expected) => {
    expect(await rulesOf(backend(type, body))).toEqual(expected);
  });

  it('refuses the remote backend even where an operator lists it', async () => {
    expect(await rulesOf(backend('remote'), {}, { allowedBackends: ['remote'] })).toEqual([
      'remote_operations/remote_operations_backend',
    ]);
  });

  it('finds a cloud block', async () => {
    const report = await scanFiles({ 'main.tf': 'terraform {\n  cloud {\n    organization = "o"\n  }\n}\n' });
    expect(report.findings.map((finding) => finding.class)).toEqual(['remote_operations_backend']);
    expect(report.backend?.type).toBe('cloud');
  });

  it('judges the settings of an approved backend', async () => {
    const allowedBackends = ['s3'];
    expect(await rulesOf(backend('s3', 'shared_credentials_file = "x"'), {}, { allowedBackends })).toEqual([
      'backend_setting/reads_outside_snapshot',
    ]);
    expect(await rulesOf(backend('s3', 'endpoints = { s3 = "http://x" }'), {}, { allowedBackends })).toEqual([
      'backend_setting/reads_outside_snapshot',
    ]);
  });

  it('reads override files, which win', async () => {
    const report = await scanFiles({ 'a.tf': backend('local'), 'override.tf': backend('s3') });
    expect(report.backend?.type).toBe('s3');
    expect(report.findings.map((finding) => finding.class)).toEqual(['unapproved_backend']);
  });

  it('ignores the backend of a child module, as terraform does', async () => {
    const report = await scanFiles({
      'main.tf': 'module "m" {\n  source = "./m"\n}\n',
      'm/main.tf': backend('s3'),
    });
    expect([report.backend, report.findings]).toEqual([null, []]);
  });
});
