// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { describe, expect, it } from 'vitest';
import { rulesOf } from './configuration.ts';

describe('data sources and ephemeral resources', () => {
  it.each([
    'aws_ami',
    'aws_caller_identity',
    'aws_iam_policy_document',
    'aws_secretsmanager_secret',
    'aws_kms_key',
    'google_compute_network',
    'google_secret_manager_secret',
    'azurerm_resource_group',
    'kubernetes_namespace',
    'cloudinit_config',
  ])('lets %s be read', async (type) => {
    expect(await rulesOf(`data "${type}" "x" {\n}\n`)).toEqual([]);
  });

  it.each([
    ['external', 'code_execution'],
    ['aws_lambda_invocation', 'code_execution'],
    ['helm_template', 'code_execution'],
    ['http', 'reads_outside_snapshot'],
    ['dns_a_record_set', 'reads_outside_snapshot'],
    ['local_file', 'reads_outside_snapshot'],
    ['local_sensitive_file', 'reads_outside_snapshot'],
    ['terraform_remote_state', 'reads_outside_snapshot'],
    ['consul_keys', 'reads_outside_snapshot'],
    ['template_dir', 'reads_outside_snapshot'],
    ['aws_secretsmanager_secret_version', 'secret_read'],
    ['aws_ssm_parameter', 'secret_read'],
    ['aws_ssm_parameters_by_path', 'secret_read'],
    ['aws_kms_secrets', 'secret_read'],
    ['aws_ecr_authorization_token', 'secret_read'],
    ['aws_eks_cluster_auth', 'secret_read'],
    ['aws_s3_object', 'secret_read'],
    ['vault_generic_secret', 'secret_read'],
    ['vault_anything', 'secret_read'],
    ['google_secret_manager_secret_version', 'secret_read'],
    ['google_secret_manager_secret_version_access', 'secret_read'],
    ['google_service_account_access_token', 'secret_read'],
    ['azurerm_key_vault_secret', 'secret_read'],
    ['azurerm_storage_account_sas', 'secret_read'],
    ['kubernetes_secret', 'secret_read'],
    ['kubernetes_secret_v1', 'secret_read'],
    ['kubernetes_resource', 'secret_read'],
  ])('escalates data %s as %s', async (type, kind) => {
    const classes = (await rulesOf(`data "${type}" "x" {\n}\n`)).map((rule) => rule.split('/')[1]);
    expect(classes).toEqual([kind]);
  });

  it('finds a data source inside a check', async () => {
    expect(await rulesOf('check "x" {\n  data "http" "y" {\n    url = "u"\n  }\n}\n')).toEqual([
      'data_network/reads_outside_snapshot',
    ]);
  });

  it('judges ephemeral resources', async () => {
    expect(await rulesOf('ephemeral "random_password" "x" {\n  length = 9\n}\n')).toEqual([]);
    expect(await rulesOf('ephemeral "aws_secretsmanager_secret_version" "x" {\n}\n')).toEqual([
      'secret_ephemeral/secret_read',
    ]);
  });
});

describe('blocks that run code', () => {
  const inResource = (body: string, type = 'null_resource') =>
    rulesOf(`resource "${type}" "x" {\n${body}\n}\n`);

  it.each(['null_resource', 'terraform_data', 'aws_instance'])(
    'escalates a provisioner of %s',
    async (type) => {
      expect(await inResource('provisioner "local-exec" {\n  command = "id"\n}', type)).toEqual([
        'provisioner/code_execution',
      ]);
    },
  );

  it.each([
    'dynamic "provisioner" {\n  for_each = [1]\n  labels = ["local-exec"]\n  content {}\n}',
    'a {\n  b {\n    provisioner "local-exec" {}\n  }\n}',
    'provisioner /* x */ local-exec {\n}',
    'provisioner "local\\u002dexec" {\n}',
  ])('finds it in %s', async (body) => {
    expect(await inResource(body)).toEqual(['provisioner/code_execution']);
  });

  it('escalates a destroy-time provisioner in a removed block', async () => {
    const main =
      'removed {\n  from = aws_instance.x\n  provisioner "local-exec" {\n    when = destroy\n    command = "id"\n  }\n}\n';
    expect(await rulesOf(main)).toEqual(['provisioner/code_execution']);
  });

  it('escalates connection where terraform reads it, not where a provider has the name', async () => {
    expect(await inResource('connection {\n  host = "h"\n}')).toEqual(['connection/code_execution']);
    expect(await inResource('settings {\n  connection {\n    host = "h"\n  }\n}')).toEqual([]);
  });

  it('lets plain null_resource, terraform_data, moved and import be', async () => {
    expect(await inResource('triggers = { a = 1 }')).toEqual([]);
    expect(await inResource('input = timestamp()', 'terraform_data')).toEqual([]);
    expect(
      await rulesOf(
        'moved {\n  from = aws_vpc.a\n  to = aws_vpc.b\n}\nimport {\n  to = aws_vpc.b\n  id = "v"\n}\n',
      ),
    ).toEqual([]);
  });

  it.each(['action "aws_lambda_invoke" "x" {\n}', 'whatever {\n}', 'x = 1'])(
    'does not know the top-level %s',
    async (main) => {
      expect(await rulesOf(`${main}\n`)).toEqual(['unknown_block/code_execution']);
    },
  );

  it('does not know a terraform setting that may run a program', async () => {
    expect(
      await rulesOf(
        'terraform {\n  encryption {\n    key_provider "external" "x" {\n      command = ["id"]\n    }\n  }\n}\n',
      ),
    ).toEqual(['unknown_terraform_setting/code_execution']);
    expect(await rulesOf('terraform {\n  required_version = ">= 1.5"\n}\n')).toEqual([]);
  });
});

describe('providers’ own paths', () => {
  const beside = { 'f.zip': 'z', 'src/a.py': '' };
  it.each([
    ['resource', 'aws_s3_object', 'source = "${path.module}/f.zip"', []],
    ['resource', 'aws_s3_object', 'source = "/etc/passwd"', ['file_argument/reads_outside_snapshot']],
    ['resource', 'aws_lambda_function', 'filename = var.zip', ['file_argument/reads_outside_snapshot']],
    ['resource', 'azurerm_storage_blob', 'source = "~/x"', ['file_argument/reads_outside_snapshot']],
    ['data', 'archive_file', 'source_dir = "${path.module}/src"\n output_path = "o.zip"', []],
    [
      'data',
      'archive_file',
      'source_dir = "/etc"\n output_path = "o.zip"',
      ['file_argument/reads_outside_snapshot'],
    ],
    [
      'data',
      'archive_file',
      'source_dir = "src"\n output_path = "/tmp/o.zip"',
      ['file_argument/reads_outside_snapshot'],
    ],
    ['resource', 'local_file', 'filename = "x"', ['local_effect/code_execution']],
    ['resource', 'local_sensitive_file', 'filename = "x"', ['local_effect/code_execution']],
  ])('%s %s { %s }', async (block, type, body, expected) => {
    expect(await rulesOf(`${block} "${type}" "x" {\n  ${body}\n}\n`, beside)).toEqual(expected);
  });
});

describe('secrets by another door', () => {
  it.each([
    'azurerm_app_configuration_key',
    'azurerm_app_configuration_keys',
    'azurerm_automation_variable_string',
    'azurerm_automation_variables',
    'azurerm_eventhub_namespace',
    'azurerm_eventhub_namespace_authorization_rule',
    'azurerm_servicebus_namespace',
    'azurerm_iothub',
    'azurerm_redis_cache',
    'azurerm_batch_pool',
    'aws_lambda_function',
    'aws_ecs_container_definition',
    'aws_ecs_task_definition',
    'aws_launch_template',
    'google_cloudfunctions2_function',
    'google_redis_instance',
  ])('%s', async (type) => {
    expect(await rulesOf(`data "${type}" "x" {\n}\n`)).toEqual(['secret_data_source/secret_read']);
  });

  it.each(['get_user_data', 'get_password_data'])('aws_instance with %s', async (argument) => {
    const body = (value: string) => `data "aws_instance" "x" {\n  ${argument} = ${value}\n}\n`;
    expect(await rulesOf(body('true'))).toEqual(['secret_data_source/secret_read']);
    expect(await rulesOf(body('var.x'))).toEqual(['secret_data_source/secret_read']);
    expect(await rulesOf(body('false'))).toEqual([]);
  });

  it('nonsensitive()', async () => {
    for (const name of ['nonsensitive', 'core::nonsensitive'])
      expect(await rulesOf(`output "x" {\n  value = ${name}(var.x)\n}\n`)).toEqual([
        'nonsensitive/secret_read',
      ]);
  });
});
