// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { getExpressionAst, parse } from '@cdktn/hcl2json';
import { describe, expect, it } from 'vitest';
import { literalText, readNative } from '../../../../lib/core/terraform/scan/body.ts';
import { callsIn, listItems, objectEntries } from '../../../../lib/core/terraform/scan/expression.ts';
import { templateOf } from '../../../../lib/core/terraform/scan/lexer.ts';
import { Unreadable } from '../../../../lib/core/terraform/scan/token.ts';

const tokensOf = (expression: string) => {
  const [attribute] = readNative(`a = ${expression}\n`).attributes;
  if (attribute === undefined) throw new Error('no attribute');
  return attribute.tokens;
};
const namesOf = (expression: string) => callsIn(tokensOf(expression)).map((call) => call.name);

describe('texts', () => {
  it.each([
    ['"a\\nb\\t\\"\\\\\\u0041\\U0001F600"', 'a\nb\t"\\A😀'],
    ['"$${x} %%{y} $x %z 100%"', '${x} %{y} $x %z 100%'],
    ['"$$${x}"', '$${x}'],
    ['<<E\na\\n$${b}\nE\n', 'a\\n${b}\n'],
    ['<<-E\n  a\n  E\n', '  a\n'],
    ['<<E\nE2\n E \n', 'E2\n'],
  ])('%s', (source, text) => {
    expect(literalText(tokensOf(source))).toBe(text);
  });

  it('takes no escapes in a bare template', () => {
    expect(literalText([templateOf('a\\"b\n$${c}')])).toBe('a\\"b\n${c}');
    expect(callsIn([templateOf('\\${f(1)}')]).map((call) => call.name)).toEqual(['f']);
  });

  it('is null with an interpolation', () => {
    expect(literalText(tokensOf('"a${"b"}"'))).toBeNull();
  });
});

describe('calls', () => {
  it.each([
    ['f(g(1), "${h(2)}")', ['f', 'g', 'h']],
    ['a::b::c(1)', ['a::b::c']],
    ['a :: b /* x */ (1)', ['a::b']],
    ['[for x in (y) : (x) if (z)]', []],
    ['a ? (b) : (c)', []],
    ['"%{ if (a) }%{ endif }%{ for x in (y) }%{ endfor }"', []],
    ['(f\n\n(1))', ['f']],
  ])('%s', (expression, names) => {
    expect([...namesOf(expression)].sort()).toEqual([...names].sort());
  });

  it('splits arguments outside brackets only', () => {
    const [call] = callsIn(tokensOf('f([1, 2], { a = 1, b = 2 }, "x,y",)'));
    expect(call?.args.length).toBe(3);
  });
});

describe('objects and lists', () => {
  it('keeps every entry, equal and computed keys included', () => {
    const entries = objectEntries(tokensOf('{\n  a = 1, "b" : 2\n  a = 3\n  (c) = 4\n  "d${e}" = 5\n}'));
    expect(entries?.map((entry) => entry.key)).toEqual(['a', 'b', 'a', null, null]);
  });

  it('is null for what is computed', () => {
    expect(objectEntries(tokensOf('{ for x in y : x => x }'))).toBeNull();
    expect(objectEntries(tokensOf('merge({}, {})'))).toBeNull();
    expect(objectEntries(tokensOf('{ a = 1 }["a"] == { b = 1 }'))).toBeNull();
    expect(listItems(tokensOf('[1] == [2]'))).toBeNull();
    expect(listItems(tokensOf('[1, [2]]'))?.length).toBe(2);
  });
});

/**
 * HCL's own expression parser is the oracle: on texts made of the pieces that are hard to read, both must see
 * the same calls. A text that ours refuses becomes a finding, so that is allowed; reading it differently is not.
 */
describe('against HCL’s own parser', () => {
  const pieces = [
    '$',
    '%',
    '{',
    '}',
    '"',
    '\\',
    'f(1)',
    'g',
    '${',
    '%{',
    '$${',
    '%%{',
    '~',
    '\n',
    '<<E\n',
    '<<-E\n',
    'E\n',
    'E',
    ' ',
    '#',
    '//',
    '/*',
    '*/',
    '(',
    ')',
    '[',
    ']',
    ',',
    'a',
    '=',
    '::',
    '.',
    'if x',
    'endif',
    'for x in y',
    '\r\n',
    '"a"',
    ':',
    '?',
    '!',
  ];

  it.each([1, 2, 3])('sees the same calls, seed %i', async (seed) => {
    let state = seed * 7919;
    const random = (below: number) => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return Math.floor((state / 0x7fffffff) * below) % below;
    };
    let compared = 0;
    for (let round = 0; round < 700; round++) {
      const text = Array.from({ length: 1 + random(9) }, () => pieces[random(pieces.length)]).join('');
      const expression = [`"${text}"`, `<<Z\n${text}\nZ\n`, text][random(3)] ?? text;
      const expected = await callsByHcl(expression);
      if (expected === null) continue;
      compared++;
      expect([expression, readCalls(expression) ?? expected]).toEqual([expression, expected]);
    }
    expect(compared).toBeGreaterThan(100);
  });

  function readCalls(expression: string): readonly string[] | null {
    try {
      return [...namesOf(expression)].sort();
    } catch (error) {
      if (error instanceof Unreadable) return null;
      throw error;
    }
  }

  async function callsByHcl(expression: string): Promise<readonly string[] | null> {
    try {
      await parse('x.tf', `a = ${expression}\n`);
      const ast: unknown = await getExpressionAst('x.tf', expression);
      return functionNames(ast).sort();
    } catch {
      return null;
    }
  }

  function functionNames(node: unknown): string[] {
    if (typeof node !== 'object' || node === null) return [];
    const { type, meta, children } = node as {
      type?: string;
      meta?: { name?: string };
      children?: unknown[];
    };
    const own = type === 'function' && meta?.name !== undefined ? [meta.name] : [];
    return [...own, ...(children ?? []).flatMap(functionNames)];
  }
});
