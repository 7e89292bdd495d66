// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { describe, expect, it } from 'vitest';
import { rulesOf, scanFiles } from './configuration.ts';

const BESIDE = {
  'a.txt': 'text',
  'dir/b.json': '{}',
  'modules/net/main.tf': 'output "x" { value = 1 }',
  'plain.tpl': 'hello ${name} $${file("/etc/passwd")}',
  'evil.tpl': '%{ for line in [1] }${file("/etc/passwd")}%{ endfor }',
  'chain.tpl': '${templatefile("evil.tpl", {})}',
  'self.tpl': '${templatefile("self.tpl", {})}',
  'shadow.tpl': '${file("${path.module}/a.txt")}',
};
const local = (expression: string) => rulesOf(`locals {\n  x = ${expression}\n}\n`, BESIDE);

describe('paths that are provably inside the snapshot', () => {
  it.each([
    'file("a.txt")',
    'file("./dir/../a.txt")',
    'file("${path.module}/a.txt")',
    'file("${path.root}/dir/b.json")',
    'jsondecode(file("${path.module}/dir/b.json"))',
    'filesha256(("a.txt"))',
    'fileexists("missing.txt")',
    'fileset(path.module, "dir/*.{json,yaml}")',
    'fileset("${path.module}/dir", "**")',
    'templatefile("${path.module}/plain.tpl", { name = "x" })',
    'templatefile("self.tpl", {})',
    'abspath(path.module)',
    'core::file("a.txt")',
    '"file(\\"/etc/passwd\\")"',
    '"\\u0066ile(\\"/etc/passwd\\")"',
    '"$${file(\\"/etc/passwd\\")}"',
    '"$$${file(\\"/etc/passwd\\")}"',
    '"%%{ if file(\\"/etc/passwd\\") }"',
    '"\\u0024{file(\\"/etc/passwd\\")}"',
    '1 # file("/etc/passwd")',
    '1 // file("/etc/passwd")',
    '1 /* file("/etc/passwd") */',
    '<<EOT\nfile("/etc/passwd") $${file("/etc/passwd")}\nEOT',
    '[for file in ["a"] : (file)]',
    'true ? (1) : (2)',
  ])('says nothing about %s', async (expression) => {
    expect(await local(expression)).toEqual([]);
  });
});

describe('paths that may lead out', () => {
  it.each([
    'file("/etc/passwd")',
    'file("../secret")',
    'file("dir/../../secret")',
    'file("~/.ssh/id_rsa")',
    'file("${"~"}/.ssh/id_rsa")',
    'file("${path.module}/../secret")',
    'file("${path.module}./secret")',
    'file("${path.cwd}/a.txt")',
    'file("missing.txt")',
    'file("dir")',
    'file(var.x)',
    'file("${var.x}/a.txt")',
    'file(local.path)',
    'file(["/etc/passwd"]...)',
    'file(join("", ["/etc/", "passwd"]))',
    'file("\\u002fetc/passwd")',
    'file("%{ if true }/etc/passwd%{ endif }")',
    'file(". ${~ "."}/a.txt")',
    'file(true ? "/etc/passwd" : "a.txt")',
    'core::file("/etc/passwd")',
    'core :: file ("/etc/passwd")',
    'file/* here */("/etc/passwd")',
    'file /* a */ /* b */ ( /* c */ "/etc/passwd" )',
    '(file\n("/etc/passwd"))',
    'file(\n  "/etc/passwd",\n)',
    '"x${"y${"z${file("/etc/passwd")}"}"}"',
    '"${file("${"/etc/passwd"}")}"',
    '{ x = file("/etc/passwd"), x = 1 }',
    '{ (file("/etc/passwd")) = 1 }',
    '{ "${file("/etc/passwd")}" = 1 }',
    '[for k, v in { a = file("/etc/passwd") } : k]',
    '[for path in [{ module = "/etc" }] : file("${path.module}/a.txt")]',
    '"%{ if file("/etc/passwd") == "" }x%{ endif }"',
    '"%{~ for x in fileset("/", "*") ~}x%{~ endfor ~}"',
    'var.x[file("/etc/passwd")]',
    '-length(file("/etc/passwd"))',
    '!fileexists("/etc/passwd")',
    'var.x == file("/etc/passwd") ? 1 : 2',
    '<<EOT\n%{ for x in [1] }\n${file(\n"/etc/passwd")}\n%{ endfor }\nEOT',
    '<<-EOT\n  $${no} ${file("/etc/passwd")}\n  EOT',
    '<<EOT\n${<<IN\n${file("/etc/passwd")}\nIN\n}\nEOT',
    'file(<<EOT\na.txt\nEOT\n)',
    'filebase64("/x")',
    'filemd5("/x")',
    'filesha1("/x")',
    'filesha512("/x")',
    'filebase64sha256(data.archive_file.x.output_path)',
    'fileset("/etc", "*")',
    'fileset("..", "*")',
    'fileset(path.module, "../*")',
    'fileset(path.module, "{.,x}{.,x}/*")',
    'fileset(path.module, ".{,x}./*")',
    'fileset(path.module, "[.][.]/*")',
    'fileset(path.module, "\\\\.\\\\./*")',
    'fileset(path.module, var.pattern)',
    'templatefile("evil.tpl", {})',
    'templatefile("chain.tpl", {})',
    'templatefile("shadow.tpl", { path = { module = "/etc" } })',
    'templatefile("plain.tpl", { name = file("/etc/passwd") })',
  ])('escalates %s', async (expression) => {
    const rules = await local(expression);
    expect(rules.length).toBeGreaterThan(0);
    expect(new Set(rules.map((rule) => rule.split('/')[1]))).toEqual(new Set(['reads_outside_snapshot']));
  });

  it.each(['pathexpand("~")', 'abspath("/etc")', 'fileexists(var.x)'])('escalates %s', async (expression) => {
    expect(await local(expression)).toEqual(['path_function/reads_outside_snapshot']);
  });

  it('escalates text that is evaluated at plan', async () => {
    expect(await local('templatestring(local.t, {})')).toEqual(['templatestring/reads_outside_snapshot']);
  });

  it.each(['FILE("a.txt")', 'env("HOME")', 'provider::local::direxists("/etc")', 'x::file("a.txt")'])(
    'does not trust the unknown function %s',
    async (expression) => {
      expect(await local(expression)).toEqual(['unknown_function/code_execution']);
    },
  );

  it('knows pure provider functions and type constructors', async () => {
    expect(await local('provider::aws::arn_parse("arn:aws:s3:::b").service')).toEqual([]);
    expect(await rulesOf('variable "x" {\n  type = map(object({ a = optional(string, "b") }))\n}\n')).toEqual(
      [],
    );
    expect(await rulesOf('variable "x" {\n  default = object({})\n}\n')).toEqual([
      'unknown_function/code_execution',
    ]);
  });
});

describe('where expressions can stand', () => {
  const evil = 'file("/etc/passwd")';
  it.each([
    `resource "aws_vpc" "x" {\n  a {\n    b {\n      c = ${evil}\n    }\n  }\n}`,
    `resource "aws_vpc" "x" {\n  check {\n    data "a" "b" {\n      c = ${evil}\n    }\n  }\n}`,
    `resource "aws_vpc" "x" {\n  dynamic "a" {\n    for_each = [${evil}]\n    content {}\n  }\n}`,
    `resource "aws_vpc" "x" {\n  count = length(${evil})\n}`,
    `output "x" {\n  value = ${evil}\n}`,
    `variable "x" {\n  default = ${evil}\n}`,
    `variable "x" {\n  validation {\n    condition = ${evil} == ""\n    error_message = "x"\n  }\n}`,
    `import {\n  to = aws_vpc.x\n  id = ${evil}\n}`,
    `check "x" {\n  assert {\n    condition = ${evil} == ""\n    error_message = "x"\n  }\n}`,
    `check "x" {\n  data "aws_vpc" "x" {\n    id = ${evil}\n  }\n}`,
    `removed {\n  from = aws_vpc.x\n  lifecycle {\n    destroy = ${evil} == ""\n  }\n}`,
    `provider "aws" {\n  region = ${evil}\n}`,
    `module "net" {\n  source = "./modules/net"\n  x = ${evil}\n}`,
  ])('finds the function in %s', async (main) => {
    expect(await rulesOf(`${main}\n`, BESIDE)).toEqual(['file_function/reads_outside_snapshot']);
  });

  it('does not prove a path that a caller passes into a module', async () => {
    const report = await scanFiles({
      'main.tf': 'module "net" {\n  source = "./net"\n  path = "a.txt"\n}\n',
      'a.txt': '',
      'net/main.tf': 'variable "path" {}\noutput "x" {\n  value = file(var.path)\n}\n',
    });
    expect(report.findings.map((finding) => [finding.rule, finding.address])).toEqual([
      ['file_function', 'module.net.output.x'],
    ]);
  });

  it('resolves path.module to the module and a relative path to the root module', async () => {
    const files = {
      'infra/app/main.tf': 'module "net" {\n  source = "../net"\n}\n',
      'infra/app/here.txt': '',
      'infra/net/there.txt': '',
    };
    const net = (expression: string) =>
      scanFiles(
        { ...files, 'infra/net/main.tf': `locals {\n  x = ${expression}\n}\n` },
        { rootModule: 'infra/app' },
      ).then((report) => report.findings.length);
    expect(await net('file("${path.module}/there.txt")')).toBe(0);
    expect(await net('file("${path.root}/here.txt")')).toBe(0);
    expect(await net('file("here.txt")')).toBe(0);
    expect(await net('file("there.txt")')).toBe(1);
    expect(await net('file("${path.module}/../../../x")')).toBe(1);
  });

  it('treats a template that is no text as unreadable', async () => {
    const report = await scanFiles({
      'main.tf': 'locals {\n  x = templatefile("t.bin", {})\n}\n',
      't.bin': new Uint8Array([0xff, 0xfe, 0x00]),
    });
    expect(report.findings.map((finding) => finding.rule)).toEqual(['unparsable_configuration']);
  });
});
