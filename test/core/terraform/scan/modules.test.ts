// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { describe, expect, it } from 'vitest';
import { installedModules } from '../../../../lib/core/terraform/scan/installed-modules.ts';
import { localModuleFolders } from '../../../../lib/core/terraform/scan/scan.ts';
import { rulesOf, scanFiles } from './configuration.ts';

const call = (name: string, source: string, more = '') =>
  `module "${name}" {\n  source = ${source}\n${more}\n}\n`;
const OUTSIDE = ['unapproved_module_source/unapproved_module_source'];

describe('module sources', () => {
  it('walks local modules and reports every call', async () => {
    const report = await scanFiles(
      {
        'infra/app/main.tf': call('net', '"../net"'),
        'infra/net/main.tf': call('sub', '"./sub"'),
        'infra/net/sub/main.tf': 'data "http" "x" {\n  url = "u"\n}\n',
      },
      { rootModule: 'infra/app' },
    );
    expect(report.modules).toEqual([
      { call: 'net', source: '../net', version: null, local: 'infra/net' },
      { call: 'net.sub', source: './sub', version: null, local: 'infra/net/sub' },
    ]);
    expect(report.findings.map((finding) => finding.address)).toEqual(['module.net.module.sub.data.http.x']);
  });

  it.each([
    '"terraform-aws-modules/vpc/aws"',
    '"git::https://example.com/x.git"',
    '"/abs/module"',
    '"modules/net"',
    '"https://example.com/x.zip"',
    'var.source',
    '"./${var.x}"',
  ])('escalates the source %s', async (source) => {
    expect(await rulesOf(call('m', source), { 'modules/net/main.tf': 'locals {\n}\n' })).toEqual(OUTSIDE);
  });

  it.each([
    ['git::https://me:s3cret@example.com/x.git?ref=v1', 'git::https://…@example.com/x.git?ref=v1'],
    ['git::ssh://git@example.com/x?sshkey=s3cret&ref=v1', 'git::ssh://…@example.com/x?ref=v1&…'],
    ['https://example.com/x.zip?token=s3cret', 'https://example.com/x.zip?…'],
    ['hashicorp/consul/aws', 'hashicorp/consul/aws'],
  ])('says where %s leads, and keeps its credentials to itself', async (source, shown) => {
    const report = await scanFiles({ 'main.tf': call('m', JSON.stringify(source)) });
    expect(report.findings[0]?.why).toContain(`: ${shown};`);
    expect(report.findings[0]?.why).not.toContain('s3cret');
  });

  it('escalates a local source that leaves the snapshot or is not there', async () => {
    expect(await rulesOf(call('m', '"../x"'))).toEqual(['module_outside_snapshot/unapproved_module_source']);
    expect(await rulesOf(call('m', '"./x"'))).toEqual(['module_missing/unapproved_module_source']);
  });

  it('walks a downloaded module and the local and downloaded modules below it', async () => {
    const report = await scanFiles(
      {
        'main.tf': call('vpc', '"a/vpc/aws"', '  version = "~> 5.0"'),
        '.terraform/modules/modules.json': '{}',
        '.terraform/modules/vpc/main.tf': `${call('inner', '"./inner"')}${call('deep', '"a/deep/aws"')}`,
        '.terraform/modules/vpc/inner/main.tf': 'data "external" "x" {\n}\n',
        '.terraform/modules/vpc.deep/main.tf':
          'resource "null_resource" "x" {\n  provisioner "local-exec" {\n  }\n}\n',
      },
      {
        installedModules: new Map([
          ['vpc', '.terraform/modules/vpc'],
          ['vpc.inner', '.terraform/modules/vpc/inner'],
          ['vpc.deep', '.terraform/modules/vpc.deep'],
        ]),
      },
    );
    expect(report.modules.map((module) => [module.call, module.version, module.local])).toEqual([
      ['vpc', '~> 5.0', '.terraform/modules/vpc'],
      ['vpc.inner', null, '.terraform/modules/vpc/inner'],
      ['vpc.deep', null, '.terraform/modules/vpc.deep'],
    ]);
    expect(report.findings.map((finding) => finding.rule).sort()).toEqual([
      'data_external',
      'provisioner',
      'unapproved_module_source',
      'unapproved_module_source',
    ]);
  });

  it.each([
    ['another folder', [['vpc', 'elsewhere']]],
    ['no folder', []],
    ['a folder outside the snapshot', [['vpc', '../elsewhere']]],
  ] as const)('says so where terraform would take a local module from %s', async (_, installed) => {
    const files = {
      'main.tf': call('vpc', '"./vpc"'),
      'vpc/main.tf': 'locals {\n}\n',
      'elsewhere/main.tf': 'locals {\n}\n',
    };
    const report = await scanFiles(files, { installedModules: new Map(installed) });
    expect(report.findings.map((finding) => finding.rule)).toEqual(['module_elsewhere']);
  });

  it('says so where a module was to be downloaded and is not there', async () => {
    const report = await scanFiles(
      { 'main.tf': call('vpc', '"a/vpc/aws"') },
      { installedModules: new Map() },
    );
    expect(report.findings.map((finding) => finding.rule).sort()).toEqual([
      'module_elsewhere',
      'unapproved_module_source',
    ]);
  });

  it('takes what else a downloaded package holds for no plugin, but terraform.d everywhere for one', async () => {
    const files = {
      'app/main.tf': call('vpc', '"a/vpc/aws//sub"'),
      'app/.terraform/modules/modules.json': '{}',
      'app/.terraform/modules/vpc/README.md': '',
      'app/.terraform/modules/vpc/sub/main.tf': 'locals {\n}\n',
      'app/.terraform/modules/vpc/terraform.d/x': '',
      'app/.terraform/providers/x': '',
    };
    const report = await scanFiles(files, {
      rootModule: 'app',
      installedModules: new Map([['vpc', 'app/.terraform/modules/vpc/sub']]),
    });
    const found = report.findings.filter((finding) => finding.rule === 'prepared_plugins');
    expect(found.map((finding) => finding.evidence[0]?.value)).toEqual([
      'app/.terraform/modules/vpc/terraform.d/x',
      'app/.terraform/providers/x',
    ]);
  });

  it('ends on modules that call each other, and says so', async () => {
    const report = await scanFiles({
      'main.tf': call('a', '"./a"'),
      'a/main.tf': call('b', '"../b"'),
      'b/main.tf': call('a', '"../a"'),
    });
    expect(report.findings.map((finding) => finding.rule)).toEqual(['module_cycle']);
  });

  it('does not walk without end', async () => {
    const level = (next: string) => Array.from({ length: 12 }, (_, i) => call(`m${i}`, `"${next}"`)).join('');
    const report = await scanFiles({
      'main.tf': level('./a'),
      'a/main.tf': level('./b'),
      'a/b/main.tf': level('./c'),
      'a/b/c/main.tf': level('./d'),
      'a/b/c/d/main.tf': 'locals {\n}\n',
    });
    expect(report.findings.map((finding) => finding.rule)).toEqual(['too_many_modules']);
  });

  it('reads an override that moves a module elsewhere', async () => {
    const beside = { 'm/main.tf': 'locals {\n}\n', 'override.tf': call('m', '"evil/m/aws"') };
    expect(await rulesOf(call('m', '"./m"'), beside)).toEqual(OUTSIDE);
  });
});

describe('files that init or plan would trust', () => {
  it.each([
    'terraform.d/plugins/registry.terraform.io/hashicorp/aws/9.9.9/linux_amd64/terraform-provider-aws',
    'infra/terraform.d/plugins/x',
    '.terraform/providers/x',
    '.terraform/terraform.tfstate',
  ])('escalates %s', async (path) => {
    expect(await rulesOf('locals {\n}\n', { [path]: '' })).toEqual(['prepared_plugins/code_execution']);
  });

  it('does not mind a CLI configuration or tests in the folder', async () => {
    const beside = {
      '.terraformrc': 'x {',
      'terraform.rc': 'x {',
      'a.tftest.hcl': 'run "x" {',
      'a.tf~': '{',
    };
    expect(await rulesOf('locals {\n}\n', beside)).toEqual([]);
  });
});

describe("terraform's list of modules", () => {
  const list = (...modules: Record<string, unknown>[]) => JSON.stringify({ Modules: modules });

  it('gives the folders in the snapshot', () => {
    const text = list(
      { Key: '', Source: '', Dir: '.' },
      { Key: 'a', Source: 'x/y/z', Version: '1.0.0', Dir: '.terraform/modules/a' },
      { Key: 'b', Source: '../b', Dir: '../b' },
    );
    expect(Object.fromEntries(installedModules(text, 'app') ?? [])).toEqual({
      a: 'app/.terraform/modules/a',
      b: 'b',
    });
  });

  it.each([
    ['no JSON', '{'],
    ['no list', '{"Modules": {}}'],
    ['a module without a folder', list({ Key: 'a', Source: 'x' })],
    ['one call twice', list({ Key: 'a', Dir: 'x' }, { Key: 'a', Dir: 'y' })],
    ['an absolute folder', list({ Key: 'a', Dir: '/etc' })],
    ['a folder outside', list({ Key: 'a', Dir: '../../x' })],
  ])('is not believed with %s', (_, text) => {
    expect(installedModules(text, 'app')).toBeNull();
  });
});

describe('localModuleFolders', () => {
  const file = (path: string, text: string) => ({ path, bytes: new TextEncoder().encode(text) });

  it('answers the folders that static local sources reach, JSON and override files included', async () => {
    const folders = await localModuleFolders('infra/app', [
      file('infra/app/main.tf', call('a', '"../net"') + call('b', '"./x/../y"') + call('c', '"a/b/c"')),
      file('infra/app/b.tf.json', '{"module": {"d": {"source": "./json"}}}'),
      file('infra/app/override.tofu', call('a', '"./over"')),
      file('infra/app/c.tf', call('e', '"../../../out"') + call('f', 'var.x')),
      file('infra/app/broken.tf', 'module "x" {'),
      file('infra/app/notes.txt', call('g', '"./no"')),
    ]);
    expect(folders).toEqual(['infra/app/json', 'infra/app/over', 'infra/app/y', 'infra/net']);
  });
});
