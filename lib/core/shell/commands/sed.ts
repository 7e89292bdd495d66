import { optionTable, readOptions } from './options.ts';
import { accept, type CommandFamily, type CommandRule, refuse, refused } from './rule.ts';
import { unknownWord } from './words.ts';

const OPTIONS = optionTable(
  '-nErsuz -e:text --quiet --silent --expression:text --regexp-extended --separate --unbuffered --null-data --debug --posix --sandbox',
);

const sed: CommandRule = (args, context) => {
  const read = readOptions('sed', OPTIONS, args, context, false);
  if (!read.ok) return read;
  const given = [...(read.values.get('e') ?? []), ...(read.values.get('expression') ?? [])];
  const [first, ...rest] = read.operands;
  if (given.length === 0 && first === undefined)
    return refuse('sed.script', 'sed: the script is missing', 'Write: sed SCRIPT FILE.');
  if (given.length === 0 && first !== undefined && first.kind !== 'literal')
    return refused(unknownWord(first));
  const scripts = given.length > 0 ? given : [first?.text ?? ''];
  const doubt = scripts.map(firstDoubt).find((one) => one !== null);
  if (typeof doubt === 'string')
    return refuse(
      'sed.script',
      `sed: the script holds more than printing and plain changes (${doubt})`,
      "Use plain s///, p, d, q scripts, such as sed -n '1,20p' FILE.",
    );
  const paths: string[] = [];
  for (const file of given.length > 0 ? read.operands : rest) {
    if (file.text === '-') continue;
    const problem = context.read(file);
    if (problem !== null) return { ok: false, problem };
    if (file.kind === 'literal') paths.push(file.text);
  }
  return accept(paths);
};

/** Where a script goes beyond addresses and commands that only change what is printed; null for nowhere. */
function firstDoubt(script: string): string | null {
  const here = (): string => script.slice(Math.max(0, i - 1), i + 20);
  let i = 0;
  const spaces = (): void => {
    while (/[\s;]/.test(script[i] ?? '')) i += 1;
  };
  const delimited = (delimiter: string): boolean => {
    for (; i < script.length; i += 1) {
      if (script[i] === '\\') i += 1;
      else if (script[i] === '[' && delimiter !== '[') {
        const close = script.indexOf(']', i + (script[i + 1] === '^' ? 3 : 2));
        if (close > 0 && !script.slice(i, close).includes(delimiter)) i = close;
      } else if (script[i] === delimiter) {
        i += 1;
        return true;
      } else if (script[i] === '\n') return false;
    }
    return false;
  };
  const address = (): boolean => {
    const number = /^(?:\d+(?:~\d+)?|\$|[+~]\d+)/.exec(script.slice(i));
    if (number !== null) i += number[0].length;
    else if (
      script[i] === '/' ||
      (script[i] === '\\' && script[i + 1] !== undefined && /[^\s\w\\]/.test(script[i + 1] ?? ''))
    ) {
      const delimiter = script[i] === '/' ? '/' : (script[i + 1] ?? '');
      i += script[i] === '/' ? 1 : 2;
      if (!delimited(delimiter)) return false;
      while (/[IM]/.test(script[i] ?? '')) i += 1;
    } else return false;
    return true;
  };
  let depth = 0;
  for (spaces(); i < script.length; spaces()) {
    if (/[\d/\\$]/.test(script[i] ?? '')) {
      if (!address()) return here();
      while (script[i] === ' ') i += 1;
      if (script[i] === ',') {
        i += 1;
        while (script[i] === ' ') i += 1;
        if (!address()) return here();
      }
    }
    while (/[ !]/.test(script[i] ?? '')) i += 1;
    const command = script[i] ?? '';
    i += 1;
    if (command === '{') depth += 1;
    else if (command === '}') depth -= 1;
    else if ('pPdDnNgGhHx=l'.includes(command) && command !== '') {
      if (!/[\s;}]/.test(script[i] ?? ';')) return here();
    } else if (command === 'q' || command === 'Q') {
      while (/\d| /.test(script[i] ?? '')) i += 1;
      if (!/[\s;}]/.test(script[i] ?? ';')) return here();
    } else if (command === 's' || command === 'y') {
      const delimiter = script[i] ?? '';
      if (delimiter === '' || /[\s\w\\;]/.test(delimiter)) return here();
      i += 1;
      if (!delimited(delimiter) || !plainHalf(delimiter)) return here();
      if (command === 's') while (/[gpiI\d]/.test(script[i] ?? '')) i += 1;
      if (!/[\s;}]/.test(script[i] ?? ';')) return here();
    } else return here();
  }
  return depth === 0 ? null : 'a brace without its other half';

  /** The replacement half: brackets are ordinary there, and an escaped newline is allowed. */
  function plainHalf(delimiter: string): boolean {
    for (; i < script.length; i += 1) {
      if (script[i] === '\\') i += 1;
      else if (script[i] === delimiter) {
        i += 1;
        return true;
      } else if (script[i] === '\n') return false;
    }
    return false;
  }
}

/** `sed` scripts that print. `e`, `w`, `r`, labels and everything not listed is refused. */
export const sedFamily: CommandFamily = {
  family: 'sed',
  rules: { sed, gsed: sed },
  allows: [
    'sed -n 5p package.json',
    "sed -n '10,20p' a.txt",
    "sed -e 's/a/b/' -e 's/c/d/' notes.txt",
    "sed 's#/a#/b#g' f",
    "sed -n '/start/,/end/p' f",
    "sed '/^#/d;/^$/d' f",
    "sed -E 's/[0-9]+/N/g' f",
    "sed -n '$p' f",
    "sed '1!G;h;$!d' f",
  ],
  refuses: [
    "sed -n '1e' f",
    "sed 's/x/id/e' f",
    "sed '1,5w out' f",
    "sed 's/a/b/w x' f",
    "sed 's/a/b/;e pwn' f",
    'sed -i s/a/b/ f',
    'sed -f x f',
    "sed -n 'r .env' f",
    "sed 's/a/b/gw out' f",
    "sed -ne '1p' -i f",
    'sed --in-place s/a/b/ f',
    "sed '1{e pwn\n}' f",
    "sed 's/[/]/x/e;s/]/y/' f",
    "sed 's/a\\nb/x/e' f",
  ],
};
