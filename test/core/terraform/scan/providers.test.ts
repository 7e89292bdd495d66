// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { describe, expect, it } from 'vitest';
import { isAllowedProvider } from '../../../../lib/core/terraform/scan/provider-address.ts';
import { rulesOf, scanFiles } from './configuration.ts';

const UNAPPROVED = ['unapproved_provider/unapproved_provider'];
const need = (entry: string) => `terraform {\n  required_providers {\n    ${entry}\n  }\n}\n`;

describe('addresses', () => {
  it.each([
    ['registry.terraform.io/hashicorp/aws', ['hashicorp/*'], true],
    ['registry.terraform.io/hashicorp/aws', ['registry.terraform.io/hashicorp/aws'], true],
    ['registry.terraform.io/hashicorp/aws', ['*/*/*'], true],
    ['terraform.io/builtin/terraform', [], true],
    ['registry.terraform.io/hashicorp/aws', [], false],
    ['registry.terraform.io/hashicorp-evil/aws', ['hashicorp/*'], false],
    ['evil.example/hashicorp/aws', ['hashicorp/*'], false],
    ['evil.example/hashicorp/aws', ['*'], false],
    ['registryxterraform.io/hashicorp/aws', ['registry.terraform.io/hashicorp/*'], false],
    ['registry.terraform.io/hashicorp/aws', ['hashicorp/*/extra/more'], false],
  ])('%s under %j is %s', (address, patterns, allowed) => {
    expect(isAllowedProvider(address, patterns)).toBe(allowed);
  });
});

describe('providers that a module needs', () => {
  it.each([
    need('aws = { source = "hashicorp/aws" }'),
    need('aws = {\n      source  = "HashiCorp/AWS"\n      version = "~> 5.0"\n    }'),
    need('aws = "~> 5.0"'),
    need('aws = {\n      version = ">= 5"\n      configuration_aliases = [aws.east]\n    }'),
    'resource "aws_vpc" "x" {\n}\n',
    'resource "terraform_data" "x" {\n}\n',
  ])('approves %s', async (main) => {
    expect(await rulesOf(main)).toEqual([]);
  });

  it.each([
    need('aws = { source = "evil/aws" }'),
    need('aws = { source = "evil.example/hashicorp/aws" }'),
    need('aws = { "source" = "evil/aws" }'),
    need('aws = { ("source") = "evil/aws" }'),
    need('aws = { source = "hashicorp/aws", source = "evil/aws" }'),
    need('aws = { source = "${"evil"}/aws" }'),
    need('aws = { source = var.x }'),
    need('aws = { source = "a/b/c/d" }'),
    need('aws = local.x'),
    need('cloudflare = { source = "cloudflare/cloudflare" }'),
    `${need('aws = { source = "evil/aws" }')}resource "aws_vpc" "x" {
  provider = aws.x
}
`,
  ])('refuses %s', async (main) => {
    expect(await rulesOf(main)).toEqual(UNAPPROVED);
  });

  it('finds providers that only a type, a provider argument or a check implies', async () => {
    const only = { allowedProviders: ['hashicorp/aws'] };
    expect(await rulesOf('resource "google_x" "x" {\n}\n', {}, only)).toEqual(UNAPPROVED);
    expect(await rulesOf('data "google_compute_x" "x" {\n}\n', {}, only)).toEqual(UNAPPROVED);
    expect(await rulesOf('resource "aws_vpc" "x" {\n  provider = google.x\n}\n', {}, only)).toEqual(
      UNAPPROVED,
    );
    expect(
      await rulesOf('import {\n  provider = google\n  to = aws_vpc.x\n  id = "x"\n}\n', {}, only),
    ).toEqual(UNAPPROVED);
    expect(await rulesOf('check "x" {\n  data "google_compute_x" "x" {\n  }\n}\n', {}, only)).toEqual(
      UNAPPROVED,
    );
    expect(await rulesOf('resource "google_x" "x" {\n  provider = aws.x\n}\n', {}, only)).toEqual([]);
  });

  it('judges each module by its own requirements and reports full addresses', async () => {
    const report = await scanFiles({
      'main.tf': `${need('aws = { source = "hashicorp/aws" }')}module "m" {\n  source = "./m"\n}\nresource "random_id" "x" {\n}\n`,
      'm/main.tf': `${need('aws = { source = "evil/aws" }')}resource "aws_vpc" "x" {\n}\n`,
    });
    expect(report.findings.map((finding) => [finding.class, finding.address])).toEqual([
      ['unapproved_provider', 'module.m.provider.aws'],
    ]);
    expect(report.providers).toEqual([
      'registry.terraform.io/evil/aws',
      'registry.terraform.io/hashicorp/aws',
      'registry.terraform.io/hashicorp/random',
    ]);
  });

  it('reads requirements in override files', async () => {
    const beside = { 'x_override.tf': need('aws = { source = "evil/aws" }') };
    expect(await rulesOf(need('aws = { source = "hashicorp/aws" }'), beside)).toEqual(UNAPPROVED);
  });
});

describe('provider settings', () => {
  const setting = (name: string, body: string) => rulesOf(`provider "${name}" {\n${body}\n}\n`);

  it.each([
    ['aws', 'region = var.region\n alias = "x"'],
    ['aws', 'default_tags {\n tags = { profile = "x", endpoint = "y" }\n }'],
    ['aws', 'use_fips_endpoint = true'],
    ['google', 'project = "p"\n region = "r"'],
    ['azurerm', 'features {\n key_vault {\n purge_soft_delete_on_destroy = true\n }\n }'],
    ['kubernetes', 'host = data.aws_eks_cluster.x.endpoint\n insecure = false'],
    ['kubernetes', 'host = "https://${data.google_container_cluster.x.endpoint}"\n token = var.t'],
    ['helm', 'kubernetes = { host = aws_eks_cluster.x[0].endpoint }'],
    ['random', ''],
    ['vault', ''],
  ])('%s { %s } is harmless', async (name, body) => {
    expect(await setting(name, body)).toEqual([]);
  });

  it.each([
    ['aws', 'endpoints {\n}'],
    ['aws', 'endpoints = { s3 = "http://x" }'],
    ['aws', 'dynamic "endpoints" {\n for_each = []\n content {\n}\n}'],
    ['aws', 'shared_config_files = ["x"]'],
    ['aws', 'shared_credentials_files = ["x"]'],
    ['aws', 'profile = "admin"'],
    ['aws', 'insecure = true'],
    ['aws', 'http_proxy = "http://x"'],
    ['aws', 'custom_ca_bundle = "x"'],
    ['aws', 'ec2_metadata_service_endpoint = "x"'],
    ['aws', 'access_key = "x"'],
    ['aws', 'something_new = "x"'],
    ['google', 'credentials = "/k.json"'],
    ['google', 'storage_custom_endpoint = "x"'],
    ['azurerm', 'client_certificate_path = "x"'],
    ['azurerm', 'oidc_token_file_path = "x"'],
    ['kubernetes', 'config_path = "~/.kube/config"'],
    ['kubernetes', 'config_paths = ["x"]'],
    ['kubernetes', 'proxy_url = "x"'],
    ['vault', 'address = "x"\n ca_cert_file = "x"'],
    ['vault', 'address = "https://x"'],
    ['consul', 'address = "x"'],
    ['nomad', 'address = "x"'],
    ['tfe', 'hostname = "x"'],
    ['ad', 'winrm_hostname = "x"'],
    ['dns', 'update {\n server = "1.2.3.4"\n }'],
    ['newthing', 'whatever = 1'],
    ['kubernetes', 'host = "https://x"'],
    ['kubernetes', 'host = var.host'],
    ['kubernetes', 'host = "https://x/${data.aws_eks_cluster.x.endpoint}"'],
    ['kubernetes', 'host = data.aws_eks_cluster.x.tags.endpoint ? "a" : "b"'],
    ['helm', 'kubernetes {\n host = "x"\n }'],
    ['aws', 'assume_role {\n role_arn = "arn"\n }'],
    ['aws', 'assume_role = { role_arn = "arn" }'],
    ['google', 'impersonate_service_account = "x"'],
    ['tls', 'proxy {\n}'],
    ['helm', 'kubernetes = merge({ exec = { command = "id" } }, {})'],
    ['helm', 'kubernetes = local.kubernetes'],
    ['helm', 'kubernetes = { ("ex${"ec"}") = {} }'],
    ['aws', 'assume_role_with_web_identity {\n web_identity_token_file = "x"\n}'],
    ['aws', 'assume_role_with_web_identity = [for x in [1] : { web_identity_token_file = "x" }]'],
  ])('%s { %s } is a finding', async (name, body) => {
    expect(new Set(await setting(name, body))).toEqual(new Set(['provider_setting/reads_outside_snapshot']));
  });

  it.each([
    ['kubernetes', 'exec {\n command = "id"\n}', 'exec'],
    ['kubernetes', 'exec = { command = "id" }', 'exec'],
    ['helm', 'kubernetes {\n exec {\n command = "id"\n}\n}', 'kubernetes.exec'],
    ['helm', 'kubernetes = { exec = { command = "id" } }', 'kubernetes.exec'],
    ['aws', 'credential_process = "id"', 'credential_process'],
  ])('%s { %s } runs a program', async (name, body, path) => {
    const report = await scanFiles({ 'main.tf': `provider "${name}" {\n${body}\n}\n` });
    expect(
      report.findings.some((f) => f.class === 'code_execution' && f.evidence.some((e) => e.path === path)),
    ).toBe(true);
  });

  it('knows a provider by its source, not by its local name', async () => {
    const main = `${need('aws = { source = "hashicorp/google" }')}provider "aws" {\n  default_region = "x"\n}\n`;
    expect(await rulesOf(main)).toEqual(['provider_setting/reads_outside_snapshot']);
  });

  it('a post-renderer of a chart runs a program', async () => {
    expect(
      await rulesOf(
        'resource "helm_release" "x" {\n  chart = "nginx"\n  postrender {\n    binary_path = "x"\n  }\n}\n',
      ),
    ).toEqual(['file_argument/code_execution']);
    expect(await rulesOf('resource "helm_release" "x" {\n  chart = "../../x"\n}\n')).toEqual([
      'file_argument/reads_outside_snapshot',
    ]);
  });
});
