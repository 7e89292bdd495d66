import type { Field } from '../fields.ts';
import { plain } from './plain.ts';
import {
  accept,
  type CallContext,
  type CommandFamily,
  type CommandRule,
  type Outcome,
  refuse,
  refused,
} from './rule.ts';
import { unknownWord, wordProblem } from './words.ts';

/** `printf` without `-v`: the format comes from the command text, so it cannot set a variable. */
const printf: CommandRule = (args) => {
  const [format] = args;
  if (format === undefined)
    return refuse('printf.format', 'printf: a format is missing', "Write: printf '%s\\n' WORDS.");
  if (format.kind !== 'literal') return refused(unknownWord(format));
  const text = format.text === '--' ? (args[1]?.text ?? '') : format.text;
  if (text.startsWith('-') && format.text !== '--')
    return refuse(
      'printf.options',
      `printf: ${text} is not known to be read-only`,
      "Write: printf '%s\\n' WORDS, or printf -- FORMAT.",
    );
  const wide = /%[-+ #0]*(?:\*|\d{4,})|%[-+ #0]*\d*\.(?:\*|\d{4,})/.test(text);
  if (/%[-+ #0]*[\d.]*(?:n|\()/.test(text))
    return refuse(
      'printf.format',
      'printf: %n and %(…)T mean something else to every shell',
      'Use %s, %d or %b.',
    );
  return wide
    ? refuse('printf.format', 'printf: the format asks for a huge width', 'Use a width below 1000.')
    : accept();
};

const UNARY_FILE = /^-[bcdefghkLprsSuwxGNOt]$/;
const UNARY_TEXT = /^-[nz]$/;
const BINARY_TEXT = /^(?:=|==|!=|-eq|-ne|-lt|-le|-gt|-ge)$/;

/** `test` and `[`: file and text tests; `-v` and `-R` would evaluate a subscript. */
function test(args: readonly Field[], context: CallContext, closed: boolean): Outcome {
  const odd = wordProblem(args);
  if (odd !== null) return refused(odd);
  const texts = args.map((arg) => arg.text);
  if (closed && texts[texts.length - 1] !== ']')
    return refuse('test.words', '[: the closing ] is missing', 'Write: [ -f FILE ].');
  const words = closed ? texts.slice(0, -1) : texts;
  const fields = closed ? args.slice(0, -1) : args;
  let i = 0;
  while (i < words.length) {
    const word = words[i] ?? '';
    if (word === '!') {
      i += 1;
      continue;
    }
    const second = words[i + 1];
    const third = words[i + 2];
    if (
      second !== undefined &&
      third !== undefined &&
      (BINARY_TEXT.test(second) || /^-(?:nt|ot|ef)$/.test(second))
    ) {
      if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(second) && !(/^-?\d+$/.test(word) && /^-?\d+$/.test(third)))
        return refuse(
          'test.numbers',
          `test: ${word} ${second} ${third} does not compare plain numbers`,
          'Write the numbers out, or use = for text.',
        );
      i += 3;
    } else if (second !== undefined && UNARY_FILE.test(word)) {
      const field = fields[i + 1];
      const problem = field === undefined ? null : context.look(field);
      if (problem !== null) return { ok: false, problem };
      i += 2;
    } else if (second !== undefined && UNARY_TEXT.test(word)) i += 2;
    else if (words.length === 1 && !word.startsWith('-')) i += 1;
    else
      return refuse(
        'test.words',
        `test: ${word} is not a known test`,
        'Use -f, -d, -e, -n, -z, = or a comparison of numbers.',
      );
    if (i < words.length && !/^-[ao]$/.test(words[i] ?? ''))
      return refuse('test.words', `test: ${words[i]} is out of place`, 'Join tests with -a or -o.');
    if (i < words.length) i += 1;
  }
  return accept();
}

/** Printing literals, and tests. */
export const print: CommandFamily = {
  family: 'print',
  rules: {
    echo: () => accept(),
    printf,
    // What is written to /dev/null and passed on is not written.
    tee: plain('tee', {
      options: '-ai --append --ignore-interrupts',
      operands: 'text',
      least: 1,
      check: ({ operands }) =>
        operands.every(({ text }) => text === '/dev/null')
          ? null
          : 'it writes files; the output comes back in the answer',
    }),
    expr: plain('expr', { options: '', operands: 'text', least: 1 }),
    test: (args, context) => test(args, context, false),
    '[': (args, context) => test(args, context, true),
  },
  allows: [
    'echo -e "a\\tb"',
    "printf '%s\\n' api",
    '[ -d .git ]',
    'test -f package.json',
    '[ "a" = "b" ]',
    '[ 1 -lt 2 -a -d x ]',
    'tee /dev/null',
    'expr 1 + 2',
  ],
  refuses: [
    'printf -v x y',
    'tee',
    'tee out',
    'tee -a /dev/null out',
    'tee /dev/null/../x',
    "printf '%n' x",
    "test -v 'a[$(pwn)]'",
    'echo $TOKEN',
    'printf "%999999999d" 1',
    '[ -f x',
    'test "$TOKEN" = a',
  ],
};
