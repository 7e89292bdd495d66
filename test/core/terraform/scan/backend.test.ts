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
    ...[
      'path = "terraform.tfstate.d/prod/terraform.tfstate"',
      'path = "x/../Terraform.TFstate.D/prod/x.tfstate"',
      'path = "states/prod/terraform.tfstate"',
      'path = "a\\\\b"',
      'path = ".terraform/terraform.tfstate"',
      'workspace_dir = "terraform.tfstate.d/prod"',
    ].map((body): [string, string, string[]] => ['local', body, ['local_backend_path/unapproved_backend']]),
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
      'backend_setting/unapproved_backend',
    ]);
    expect(await rulesOf(backend('s3', 'endpoints = { s3 = "http://x" }'), {}, { allowedBackends })).toEqual([
      'backend_setting/unapproved_backend',
    ]);
  });

  it.each([
    'key = "env:/prod/app.tfstate"',
    'key = "e${"nv"}:/prod/app.tfstate"',
    'key = ["en", "v:"][0]',
    'workspace_key_prefix = "env:"',
    'assume_role = { role_arn = "x" }',
    'role_arn = "x"',
    'profile = "admin"',
    'access_key = "x"',
    'token = "x"',
    'sts_endpoint = "x"',
    'skip_credentials_validation = true',
    'custom_ca_bundle = "x"',
  ])('an approved s3 backend with %s is a finding that names it', async (body) => {
    const report = await scanFiles({ 'main.tf': backend('s3', body) }, { allowedBackends: ['s3'] });
    expect(new Set(report.findings.map((each) => each.class))).toEqual(new Set(['unapproved_backend']));
    expect(report.findings[0]?.why).toContain(body.split(' ')[0]);
  });

  it('passes what an s3 backend usually has', async () => {
    const body =
      'bucket = "b"\n key = "app/terraform.tfstate"\n region = "eu-west-1"\n dynamodb_table = "locks"\n use_lockfile = true\n encrypt = true\n kms_key_id = "k"\n skip_region_validation = false';
    expect(await rulesOf(backend('s3', body), {}, { allowedBackends: ['s3'] })).toEqual([]);
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
