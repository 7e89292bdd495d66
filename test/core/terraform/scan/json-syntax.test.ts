// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { describe, expect, it } from 'vitest';
import { scanFiles } from './configuration.ts';

const rulesOfJson = async (json: string, name = 'main.tf.json') => {
  const report = await scanFiles({ [name]: json, 'a.txt': '' });
  return report.findings.map((finding) => `${finding.rule}/${finding.class}`).sort();
};
const local = (value: string) => rulesOfJson(`{"locals": {"x": ${value}}}`);

describe('JSON syntax', () => {
  it.each([
    '"${file(\\"a.txt\\")}"',
    '"file(\\"/etc/passwd\\")"',
    '"$${file(\\"/etc/passwd\\")}"',
    '{"//": "a comment", "a": [1, true, null, "x"]}',
  ])('says nothing about %s', async (value) => {
    expect(await local(value)).toEqual([]);
  });

  it.each([
    '"${file(\\"/etc/passwd\\")}"',
    '"\\u0024{file(\\"/etc/passwd\\")}"',
    '"\\u0024\\u007bfile(\\u0022/etc/passwd\\u0022)}"',
    '"%{ if true }${file(\\"/etc/passwd\\")}%{ endif }"',
    '"\\\\${file(\\"/etc/passwd\\")}"',
    '{"//": "${file(\\"/etc/passwd\\")}"}',
    '["a", {"b": "${file(\\"/etc/passwd\\")}"}]',
    '{"${file(\\"/etc/passwd\\")}": 1}',
    '{"a": 1, "a": "${file(\\"/etc/passwd\\")}", "a": 2}',
  ])('escalates %s', async (value) => {
    expect(await local(value)).toEqual(['file_function/reads_outside_snapshot']);
  });

  it.each([
    '{"data": {"external": {"x": {}}}}',
    '{"data": [{"external": [{"x": [{}]}]}]}',
    '[{"data": {"external": {"x": {}}}}]',
    '{"data": {"external": {"x": {}}}, "data": {}}',
    '{"data": {"external": {"x": {}}, "external": {}}}',
    '{"d\\u0061ta": {"external": {"x": {}}}}',
    '{"check": {"c": {"data": {"external": {"x": {}}}}}}',
  ])('finds the data source in %s', async (json) => {
    expect(await rulesOfJson(json)).toEqual(['data_external/code_execution']);
  });

  it.each([
    '{"local-exec": {"command": "id"}}',
    '[{"local-exec": {"command": "id"}}]',
    '{"local-exec": [{"command": "id"}]}',
  ])('finds the provisioner %s', async (provisioner) => {
    const json = `{"resource": {"null_resource": {"x": {"provisioner": ${provisioner}, "provisioner": []}}}}`;
    expect(await rulesOfJson(json)).toEqual(['provisioner/code_execution']);
  });

  it.each([
    ['{"terraform": {"backend": {"s3": {"bucket": "b"}}}}', ['unapproved_backend/unapproved_backend']],
    ['{"terraform": {"cloud": {}}}', ['remote_operations/remote_operations_backend']],
    [
      '{"terraform": {"required_providers": {"aws": {"source": "evil/aws"}}}}',
      ['unapproved_provider/unapproved_provider'],
    ],
    ['{"provider": {"kubernetes": [{"config_path": "x"}]}}', ['provider_setting/reads_outside_snapshot']],
    [
      '{"resource": {"aws_s3_object": {"x": {"source": "/etc/passwd"}}}}',
      ['file_argument/reads_outside_snapshot'],
    ],
    ['{"resource": {"aws_s3_object": {"x": {"source": "${path.module}/a.txt"}}}}', []],
    ['{"module": {"x": {"source": "a/b/c"}}}', ['unapproved_module_source/unapproved_module_source']],
    ['{"whatever": {}}', ['unknown_block/code_execution']],
    ['{"//": "comment", "variable": {"x": {"type": "map(string)", "default": "d"}}}', []],
  ])('%s', async (json, expected) => {
    expect(await rulesOfJson(json)).toEqual(expected);
  });

  it('reads the provider argument, which is a string here', async () => {
    const report = await scanFiles({
      'main.tf.json': '{"resource": {"aws_vpc": {"x": {"provider": "google.x"}}}}',
    });
    expect(report.providers).toEqual(['registry.terraform.io/hashicorp/google']);
  });

  it('reads nested provider settings that run a program', async () => {
    expect(await rulesOfJson('{"provider": {"kubernetes": {"exec": {"command": "id"}}}}')).toContain(
      'provider_setting/code_execution',
    );
  });

  it.each([
    '{',
    '{"a": 1,}',
    '"text"',
    '{"resource": "x"}',
    '{"locals": {"x": "${"}}',
    '{"locals": {"x": "${a"}}',
  ])('cannot read %s', async (json) => {
    expect(await rulesOfJson(json)).toEqual(['unparsable_configuration/code_execution']);
  });

  it('reads .tofu.json too', async () => {
    expect(await rulesOfJson('{"data": {"external": {"x": {}}}}', 'a.tofu.json')).toEqual([
      'data_external/code_execution',
    ]);
  });
});
