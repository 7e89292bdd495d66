import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readPlanFile } from '../../bin/plan-file.ts';
import { planVerdict } from '../../bin/policy-verdict.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plan-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'plan.json');

/** What `evaluate terraform` says of a file: the problem that ends it, or its worst tier and decision. The plans delete all they manage. */
function told(content: string | Uint8Array): string {
  writeFileSync(file, content);
  try {
    const answer = planVerdict(
      readPlanFile(file),
      { workspace: null, destroy: false },
      'prod',
      DEFAULT_POLICY,
    );
    return 'problem' in answer
      ? answer.problem
      : `${answer.evaluation.worst_tier} ${answer.verdict.decision}`;
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(file, 'FILE') : String(error);
  }
}

const SECRET = 'hunter2hunter2';
const database = {
  address: 'aws_db_instance.orders',
  mode: 'managed',
  type: 'aws_db_instance',
  name: 'orders',
  change: { actions: ['delete'], before: { skip_final_snapshot: true, password: SECRET }, after: null },
};
const plan = (...changes: readonly unknown[]): string =>
  JSON.stringify({ format_version: '1.2', resource_changes: changes });
const whole = plan(database);
const utf16 = Buffer.from(`\uFEFF${whole}`, 'utf16le');

describe('a plan file that cannot be judged is one clear line, and none of its content', () => {
  const bad: readonly [string, string | Uint8Array, RegExp][] = [
    ['empty', '', /^FILE is empty\. Make it with/],
    ['blank', ' \n\t ', /^FILE is empty/],
    ['not JSON', `password = ${SECRET}`, /^FILE is not JSON/],
    ['HCL', 'resource "aws_db_instance" "x" {}', /^FILE is not JSON/],
    ['truncated', whole.slice(0, -20), /^FILE is not JSON: it is cut off/],
    [
      'truncated within a text',
      whole.slice(0, whole.indexOf(SECRET) + 4),
      /^FILE is not JSON: it is cut off/,
    ],
    ['two documents', `${whole}\n${whole}`, /^FILE is not JSON \(wrong at character \d+\)/],
    ['a byte that is no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /^FILE is not UTF-8 text/],
    ['UTF-16, little end first', utf16, /^FILE is UTF-16, as PowerShell writes it/],
    ['UTF-16, big end first', Buffer.from(utf16).swap16(), /^FILE is UTF-16/],
    ['UTF-16 without a mark', utf16.subarray(2), /^FILE is UTF-16/],
    ['a saved plan', Buffer.from('PK\u0003\u0004 rest', 'latin1'), /^FILE is a saved plan, not its JSON/],
    ['compressed', gzipSync(whole), /^FILE is compressed: unpack it first/],
    [
      'the log of terraform plan -json',
      '{"@level":"info","@message":"Terraform 1.11.4","type":"version"}\n{"@level":"info","type":"planned_change"}\n',
      /^FILE is the log of terraform's -json option, not a plan\. Make it with/,
    ],
    ['nesting without end', '['.repeat(200_000), /^FILE is not JSON/],
    ['a list', `[${whole}]`, /^the plan is not a JSON object/],
    ['a number', '7', /^the plan is not a JSON object/],
    ['JSON within JSON', JSON.stringify(JSON.stringify([1])), /^the plan is not a JSON object/],
    ['JSON of something else', '{"name":"package","version":"1.0.0"}', /not a terraform plan/],
    ['the state', '{"version":4,"serial":1,"lineage":"x","resources":[]}', /a terraform state, not a plan/],
    ['the show of a state', '{"format_version":"1.0","values":{"root_module":{}}}', /a terraform state/],
    ['a newer major format', whole.replace('"1.2"', '"2.0"'), /plan format "2\.0" is newer/],
    ['a format that is a number', whole.replace('"1.2"', '12'), /format_version 12 is not a version/],
    ['a resource without a type', plan({ ...database, type: undefined }), /resource_changes\[0\].*no type/],
    ['a resource with a number for a type', plan({ ...database, type: 7 }), /has no type/],
    ['a resource without a change', plan({ ...database, change: null }), /has no change/],
    [
      'two changes at one address',
      plan(database, database),
      /resource_changes\[1\] \(aws_db_instance\.orders\) is there twice/,
    ],
    ['changes by name', '{"format_version":"1.2","resource_changes":{"a":1}}', /is not a list/],
  ];
  it.each(bad)('%s', (_, content, problem) => {
    const said = told(content);
    expect(said).toMatch(problem);
    expect(said).not.toContain('\n');
    expect(said).not.toContain(SECRET);
    expect(said.length).toBeLessThan(300);
  });

  it('a file that is not there, and a folder', () => {
    expect(() => readPlanFile(path.join(folder, 'none.json'))).toThrow(/cannot be read \(ENOENT\)/);
    expect(() => readPlanFile(folder)).toThrow(/cannot be read \(EISDIR\)/);
    expect(() => readPlanFile(path.join(file, 'inside'))).toThrow(/cannot be read \(ENOTDIR\)/);
  });
});

describe('unusual, and still a plan', () => {
  it('a byte order mark, letters beyond ASCII, CRLF and a pretty layout', () => {
    expect(told(`\uFEFF${whole}`)).toBe('4 block');
    expect(told(whole.replace('orders', 'bücher'))).toBe('4 block');
    expect(told(JSON.stringify(JSON.parse(whole), null, 2).replaceAll('\n', '\r\n'))).toBe('4 block');
  });

  it('from a pipe', () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', whole, pipe]);
    expect(readPlanFile(pipe)).toEqual(JSON.parse(whole));
    writer.kill();
  });

  it('a tree that nests deeply is refused or judged, and never throws', () => {
    const deep = (depth: number) =>
      whole.replace(
        '"skip_final_snapshot":true',
        `"a":${'['.repeat(depth)}${']'.repeat(depth)},"skip_final_snapshot":true`,
      );
    expect(told(deep(50))).toBe('4 block');
    expect(told(deep(5000))).toMatch(/nested too deeply/);
  });

  it('numbers beyond any type', () => {
    for (const number of ['1e999', '-1e999', '123456789012345678901234567890', '5e-324', '-0']) {
      const huge = whole.replace(
        '"skip_final_snapshot":true',
        `"skip_final_snapshot":true,"backup_retention_period":${number}`,
      );
      expect(told(huge), number).toBe('4 block');
    }
  });

  it('fifty megabytes', () => {
    const filler = {
      ...database,
      change: { ...database.change, before: { ...database.change.before, note: 'x'.repeat(100_000) } },
    };
    const many = Array.from({ length: 520 }, (_, index) => ({
      ...filler,
      address: `aws_db_instance.n${index}`,
    }));
    const text = plan(database, ...many);
    expect(text.length).toBeGreaterThan(50_000_000);
    expect(told(text)).toBe('4 block');
    expect(told(text.slice(0, -3))).toMatch(/cut off/);
  }, 60_000);
});
