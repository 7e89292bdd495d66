// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { describe, expect, it } from 'vitest';
import { rulesOf, scanFiles } from './configuration.ts';

const UNREADABLE = ['unparsable_configuration/code_execution'];

describe('a configuration that nobody has to look at', () => {
  it('has no findings', async () => {
    const report = await scanFiles({
      'versions.tf': `terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = local.tags
  }
}
`,
      'main.tf': `data "aws_caller_identity" "me" {}

resource "aws_s3_bucket" "logs" {
  bucket = "\${var.name}-\${data.aws_caller_identity.me.account_id}"
}

resource "aws_iam_policy" "read" {
  policy = templatefile("\${path.module}/policy.json.tpl", { arn = aws_s3_bucket.logs.arn })
}

module "net" {
  source     = "./modules/net"
  cidr_block = cidrsubnet(var.cidr, 4, 1)
}
`,
      'variables.tf': `variable "region" {
  type    = string
  default = "eu-west-1"
}
variable "name" { type = string }
variable "cidr" { type = string }
locals {
  tags = { for k, v in { team = "x" } : k => upper(v) }
}
`,
      'policy.json.tpl': '{"Resource": "${arn}/*", "Cond": "$${aws:username}"}',
      'modules/net/main.tf':
        'variable "cidr_block" {}\nresource "aws_vpc" "this" {\n  cidr_block = var.cidr_block\n}\n',
      'terraform.tfvars': 'name = "x"\ncidr = "10.0.0.0/16"\n',
      '.terraform.lock.hcl':
        'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.1.0"\n  hashes = ["h1:x="]\n}\n',
    });
    expect(report).toEqual({
      findings: [],
      backend: null,
      providers: ['registry.terraform.io/hashicorp/aws'],
      modules: [{ call: 'net', source: './modules/net', version: null, local: 'modules/net' }],
      lockFile: { present: true, providers: { 'registry.terraform.io/hashicorp/aws': '5.1.0' } },
    });
  });
});

describe('files that cannot be read with certainty', () => {
  it.each([
    ['an open block', 'resource "a" "b" {'],
    ['a missing value', 'locals {\n  a =\n}\n'],
    ['a duplicate argument', 'locals {\n  a = 1\n  a = 2\n}\n'],
    ['an argument and a block of one name', 'resource "aws_vpc" "x" {\n  a = 1\n  a {\n  }\n}\n'],
    ['an open template', 'locals {\n  a = "${"\n}\n'],
    ['an open heredoc', 'locals {\n  a = <<E\nx\n}\n'],
    ['a heredoc end with a strange space', 'locals {\n  a = <<E\nx\n\u00a0E\nE\n}\n'],
    ['an unknown escape', 'locals {\n  a = "\\q"\n}\n'],
    ['a NUL', 'locals {\n  a = 1\0\n}\n'],
    ['single quotes', "locals {\n  a = 'x'\n}\n"],
    ['deep nesting', `locals {\n  a = ${'['.repeat(500)}${']'.repeat(500)}\n}\n`],
    ['deep templates', `locals {\n  a = ${'"${'.repeat(200)}1${'}"'.repeat(200)}\n}\n`],
    ['a long chain of prefixes', `locals {\n  a = ${'!'.repeat(5000)}true\n}\n`],
    ['a long chain of operators', `locals {\n  a = 1${'+1'.repeat(5000)}\n}\n`],
    ['many directives', `locals {\n  a = "${'%{if a}'.repeat(900)}${'%{endif}'.repeat(900)}"\n}\n`],
    ['two megabytes', `# ${'x'.repeat(2_000_000)}\n`],
  ])('%s', async (_what, main) => {
    expect(await rulesOf(main)).toEqual(UNREADABLE);
  });

  it('still reads the next file after one that broke', async () => {
    expect(await rulesOf('x {', { 'b.tf': 'data "external" "x" {\n}\n' })).toEqual([
      'data_external/code_execution',
      ...UNREADABLE,
    ]);
  });

  it('does not guess at bytes that are no UTF-8', async () => {
    const report = await scanFiles({ 'main.tf': new Uint8Array([0x61, 0x20, 0x3d, 0xff]) });
    expect(report.findings.map((finding) => finding.rule)).toEqual(['unparsable_configuration']);
  });

  it('reads a byte order mark, CRLF and long lists without complaint', async () => {
    const list = Array.from({ length: 3000 }, (_, i) => `"item-${i}",`).join('\n');
    expect(await rulesOf('\uFEFFlocals {\r\n  a = <<E\r\nx\r\nE\r\n  b = 1\r\n}\r\n')).toEqual([]);
    expect(
      await rulesOf(`resource "aws_vpc" "x" {\n${'  a {\n    b = [1 - 2]\n  }\n'.repeat(1000)}}\n`),
    ).toEqual([]);
    expect(await rulesOf(`locals {\n  a = [\n${list}\n]\n}\n`)).toEqual([]);
  });
});

describe('names that look like object internals', () => {
  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('%s hides nothing', async (name) => {
    expect(await rulesOf(`locals {\n  ${name} = file("/etc/passwd")\n}\n`)).toEqual([
      'file_function/reads_outside_snapshot',
    ]);
    expect(await rulesOf(`data "external" "${name}" {\n}\n`)).toEqual(['data_external/code_execution']);
    expect(await rulesOf(`resource "${name}" "x" {\n  provisioner "${name}" {\n  }\n}\n`)).toContain(
      'provisioner/code_execution',
    );
    expect(await rulesOf(`${name} {\n}\n`)).toEqual(['unknown_block/code_execution']);
    expect(await rulesOf(`locals {\n  a = ${name}("x")\n}\n`)).toEqual(['unknown_function/code_execution']);
  });
});

describe('every file that terraform or OpenTofu loads', () => {
  it.each(['b.tf', 'b_override.tf', 'override.tf', 'b.tofu', 'b_override.tofu'])('%s', async (name) => {
    expect(await rulesOf('locals {\n}\n', { [name]: 'data "external" "x" {\n}\n' })).toEqual([
      'data_external/code_execution',
    ]);
  });

  it.each(['sub/b.tf', 'b.tf.bak', 'b.txt', '.b.tf', 'b.tf~', '#b.tf#', 'b.tftest.hcl'])(
    'not %s',
    async (name) => {
      expect(await rulesOf('locals {\n}\n', { [name]: 'data "external" "x" {\n}\n' })).toEqual([]);
    },
  );

  it('says so where the root module is empty', async () => {
    const report = await scanFiles({ 'x.txt': '' }, { rootModule: 'nowhere' });
    expect(report.findings.map((finding) => finding.rule)).toEqual(['module_missing']);
  });
});

describe('variable files and the lock file', () => {
  it.each(['terraform.tfvars', 'a.auto.tfvars'])('reads %s without being told', async (name) => {
    expect(await rulesOf('locals {\n}\n', { [name]: 'a = file("/etc/passwd")\n' })).toEqual([
      'file_function/reads_outside_snapshot',
    ]);
    expect(await rulesOf('locals {\n}\n', { [name]: 'a = {\n' })).toEqual(UNREADABLE);
    expect(await rulesOf('locals {\n}\n', { [`${name}.json`]: '[]' })).toEqual(UNREADABLE);
  });

  it('reads named files and misses absent ones', async () => {
    const files = { 'prod.tfvars': 'a = file("/etc/passwd")\n' };
    expect(await rulesOf('locals {\n}\n', files)).toEqual([]);
    expect(await rulesOf('locals {\n}\n', files, { variableFiles: ['prod.tfvars'] })).toEqual([
      'file_function/reads_outside_snapshot',
    ]);
    expect(await rulesOf('locals {\n}\n', files, { variableFiles: ['other.tfvars'] })).toEqual([
      'variable_file_missing/reads_outside_snapshot',
    ]);
  });

  it('takes the strings of a JSON variable file as text', async () => {
    const beside = { 'terraform.tfvars.json': '{"a": "${file(\\"/etc/passwd\\")}"}' };
    expect(await rulesOf('locals {\n}\n', beside)).toEqual([]);
  });

  it('finds a provider that only the lock file or a state names', async () => {
    const locked = 'provider "registry.terraform.io/evil/aws" {\n  version = "1.0.0"\n}\n';
    const state = (provider: string) => JSON.stringify({ version: 4, resources: [{ provider }] });
    const RECORDED = ['recorded_provider/unapproved_provider'];
    expect(await rulesOf('locals {\n}\n', { '.terraform.lock.hcl': locked })).toEqual(RECORDED);
    const evil = state('module.x.provider["registry.terraform.io/evil/aws"].east');
    expect(await rulesOf('locals {\n}\n', { 'terraform.tfstate': evil })).toEqual(RECORDED);
    expect(await rulesOf('locals {\n}\n', { 'terraform.tfstate.d/a/terraform.tfstate': evil })).toEqual(
      RECORDED,
    );
    const good = state('provider["registry.terraform.io/hashicorp/aws"]');
    expect(await rulesOf('locals {\n}\n', { 'terraform.tfstate': good })).toEqual([]);
    expect(await rulesOf('locals {\n}\n', { 'terraform.tfstate': state('provider.aws') })).toEqual(
      UNREADABLE,
    );
    expect(await rulesOf('locals {\n}\n', { 'terraform.tfstate': '{"version": 3}' })).toEqual(UNREADABLE);
  });

  it('cannot read a broken lock file', async () => {
    expect(await rulesOf('locals {\n}\n', { '.terraform.lock.hcl': 'provider {' })).toEqual(UNREADABLE);
    const report = await scanFiles({ 'main.tf': 'locals {\n}\n' });
    expect(report.lockFile).toEqual({ present: false, providers: {} });
  });
});
