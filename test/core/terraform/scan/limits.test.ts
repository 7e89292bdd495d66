// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { describe, expect, it } from 'vitest';
import { ReadingAllowance, readModuleCalls } from '../../../../lib/core/terraform/module-calls.ts';
import { rulesOf, scanFiles } from './configuration.ts';

const UNREADABLE = ['unparsable_configuration/code_execution'];
const calls = (text: string, allowance?: ReadingAllowance, file = 'main.tf') =>
  readModuleCalls(new Map([[file, new TextEncoder().encode(text)]]), allowance);
const local = (value: string) => `locals {\n  a = ${value}\n}\n`;

/** Each of these holds up or stops HCL’s parser, so it must be refused before it gets there. */
describe('texts that a parser would not survive', () => {
  it.each([
    ['a large exponent', local('1e99999999')],
    ['a small exponent', local('1E-99999999')],
    ['an exponent in a template', local('"x${1e9999}"')],
    ['a long number', local('9'.repeat(41))],
    ['a sum', local(`${'1+'.repeat(501)}1`)],
    ['a comparison', local(`${'1=='.repeat(501)}1`)],
    ['an index chain', local(`b${'[0]'.repeat(501)}`)],
    ['an attribute chain', local(`b${'.a'.repeat(501)}`)],
    ['a splat chain', local(`b${'[*]'.repeat(30)}`)],
    ['a namespace chain', local(`${'a::'.repeat(501)}b()`)],
    ['conditionals', local(`${'true?1:'.repeat(501)}1`)],
    ['a left-deep sum in parentheses', local(`${'('.repeat(12)}1${`${'+1'.repeat(50)})`.repeat(12)}`)],
    ['a sum in templates', local(`"\${"\${1${'+1'.repeat(300)}}"${'+1'.repeat(300)}}"`)],
    ['a sum over lines of an object with a for', local(`{ for a in b : a =>\n${'1+\n'.repeat(501)}1 }`)],
    ['prefixes', local(`${'!'.repeat(900)}true`)],
    ['parentheses', local(`${'('.repeat(20000)}1${')'.repeat(20000)}`)],
    ['templates', local(`${'"${'.repeat(5000)}1${'}"'.repeat(5000)}`)],
    ['blocks', 'a {\n'.repeat(5000) + '}\n'.repeat(5000)],
    ['labels', `a ${'"x" '.repeat(5000)}{}\n`],
    ['many tokens', local(`[${'1,'.repeat(30000)}]`)],
    ['many escapes', local(`"${'$${'.repeat(50000)}"`)],
    ['many heredoc lines', local(`<<E\n${'x\n'.repeat(50000)}E`)],
    ['a heredoc that is gone over again and again', local(`<<E\n${'xxxx\n'.repeat(20000)}E`)],
    ['many exponents', local(`[${'1e999,'.repeat(300)}]`)],
    ['a large file', `# ${'x'.repeat(1_000_000)}\n`],
  ])('%s', async (_what, text) => {
    const started = performance.now();
    expect(await rulesOf(text)).toEqual(UNREADABLE);
    expect(await calls(text)).toEqual({ ok: false, problem: expect.stringContaining('main.tf') });
    expect(performance.now() - started).toBeLessThan(2000);
    expect(await rulesOf('locals {\n}\n')).toEqual([]);
  });

  it('deep JSON', async () => {
    const deep = `{"module":${'['.repeat(100000)}${']'.repeat(100000)}}`;
    expect((await calls(deep, undefined, 'main.tf.json')).ok).toBe(false);
  });

  it.each([
    ['a list of references', local(`[\n${'aws_vpc.x.id,\n'.repeat(2000)}]`)],
    ['a large template', local(`<<E\n${'x ${a.b.c[0]} \n'.repeat(1000)}E`)],
    ['a merge of objects', local(`merge(${'{ a = b.c, d = e.f },\n'.repeat(500)})`)],
    ['usual numbers', local('[1.5e3, 0.000001, 18446744073709551616]')],
  ])('but not %s', async (_what, text) => {
    expect(await rulesOf(text)).toEqual([]);
    expect((await calls(text)).ok).toBe(true);
  });

  it('reads the largest file that it accepts in about a second', async () => {
    const text = `locals {\n${Array.from({ length: 240 }, (_, i) => `a${i} = ${'1+'.repeat(42)}1\n`).join('')}}\n`;
    await calls('locals {\n}\n');
    const started = performance.now();
    expect((await calls(text)).ok).toBe(true);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('how much is read for one request', () => {
  it('bounds the files and bytes of a scan', async () => {
    const file = `# ${'x'.repeat(900_000)}\n`;
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}.tf`, file]));
    const report = await scanFiles(files);
    expect(report.findings.map((each) => each.rule)).toEqual(Array(3).fill('unparsable_configuration'));
    const small = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`f${i}.tf.json`, '{}']));
    expect((await scanFiles(small)).findings.length).toBe(1);
  });

  it('bounds several folders that share an allowance', async () => {
    const allowance = new ReadingAllowance();
    const text = `# ${'x'.repeat(900_000)}\n`;
    const results = [];
    for (let i = 0; i < 19; i++) results.push((await calls(text, allowance)).ok);
    expect(results.filter((ok) => ok).length).toBe(17);
  });

  it('lists no more findings of a kind than people can read, and says so', async () => {
    const many = Array.from({ length: 300 }, (_, i) => `data "external" "x${i}" {\n}\n`).join('');
    const report = await scanFiles({ 'main.tf': `${many}data "http" "x" {\n}\n` });
    const rules = new Set(report.findings.map((each) => each.rule));
    expect(rules).toEqual(new Set(['data_external', 'too_many_findings', 'data_network']));
    expect(report.findings.length).toBe(202);
  });
});
