import type { Field } from './fields.ts';

/** Variables that change spelling or sorting and nothing else, with the values they may have. */
export const HARMLESS_ENV =
  /^(?:LC_(?:ALL|COLLATE|CTYPE|NUMERIC|TIME|MESSAGES)|LANG|LANGUAGE)=(?:C|POSIX|C\.UTF-?8|en_US\.UTF-?8)$|^TZ=(?:UTC|GMT|[A-Z][a-z]+\/[A-Z][A-Za-z_]+)$|^(?:NO_COLOR|TERM|COLUMNS)=(?:1|dumb|xterm|\d{2,3})$/;

/** What a call of a wrapper or of a shell builtin means, when its own words are understood. */
export type Form =
  /** The words from `from` on are the command; `env` comes on top, `seconds` limits it. */
  | {
      readonly k: 'inner';
      readonly from: number;
      readonly env: readonly string[];
      readonly seconds: number | null;
    }
  | { readonly k: 'code'; readonly text: string }
  | { readonly k: 'options'; readonly errexit: boolean | null; readonly pipefail: boolean | null }
  | { readonly k: 'cd'; readonly path: string }
  | { readonly k: 'lookup'; readonly names: readonly string[] }
  | { readonly k: 'refused'; readonly rule: string; readonly message: string; readonly instead: string };

/** Null for every program that is neither. */
export function formOf(program: string, args: readonly Field[]): Form | null {
  const words = args.map((arg) => (arg.kind === 'literal' ? arg.text : ''));
  switch (program) {
    case 'cd':
      return changeFolder(words);
    case 'set':
      return options(words);
    case 'which':
    case 'type':
      return lookup(program, words);
    case 'command':
      return /^-[vV]$/.test(words[0] ?? '') || !/^[a-z[]/.test(words[0] ?? '')
        ? lookup(program, words)
        : inner(0);
    case 'timeout':
      return timeout(words);
    case 'nice': {
      const spaced = words[0] === '-n' && /^\d{1,2}$/.test(words[1] ?? '');
      return inner(spaced ? 2 : /^-n?\d{1,2}$/.test(words[0] ?? '') ? 1 : 0);
    }
    case 'stdbuf': {
      // How output is buffered changes nothing of it.
      const own = words.findIndex(
        (word) => !/^-[ioe](?:L|0|\d{1,7}[KM]?)$|^--(?:input|output|error)=(?:L|0|\d{1,7}[KM]?)$/.test(word),
      );
      if (own > 0) return inner(own);
      return refused('stdbuf.words', 'stdbuf: its options are not plain', 'Write: stdbuf -oL COMMAND.');
    }
    case 'ionice': {
      const own = words.findIndex((word) => !/^-c[123]$|^-n[0-7]$/.test(word));
      const spaced = words[0] === '-c' && /^[123]$/.test(words[1] ?? '');
      if (own > 0 || spaced) return inner(spaced ? 2 : own);
      return refused('ionice.words', 'ionice: its options are not plain', 'Write: ionice -c3 COMMAND.');
    }
    case 'env': {
      const own = words.findIndex((word) => !HARMLESS_ENV.test(word));
      if (own > 0) return { k: 'inner', from: own, env: words.slice(0, own), seconds: null };
      const message = 'env prints the environment or changes what a command sees';
      return refused('env', message, 'Run the command without env.');
    }
    case 'sh':
    case 'bash':
    case 'dash': {
      const [flag, code] = words;
      if (flag === '--version' && words.length === 1) return null;
      if (flag === '-c' && words.length === 2 && code) return { k: 'code', text: code };
      const message = `${program} runs a script that is not part of this text`;
      return refused('shell', message, 'Write the commands themselves.');
    }
    default:
      return null;
  }
}

function changeFolder(words: readonly string[]): Form {
  const [path = ''] = words[0] === '--' ? words.slice(1) : words;
  if (words.length <= 2 && path !== '' && !/^[/~-]/.test(path)) return { k: 'cd', path };
  const message = 'cd may only enter an ordinary folder below the current one';
  return refused('cd.outside', message, 'Pass cwd to the tool, or cd to a relative folder.');
}

/** `-u` and `-E` change nothing here: only variables that the text sets are read, and there are no traps. */
function options(words: readonly string[]): Form {
  let [errexit, pipefail]: (boolean | null)[] = [null, null];
  let known = words.length > 0;
  for (let i = 0; i < words.length; i += 1) {
    const parts = /^([-+])([euE]*)(o?)$/.exec(words[i] ?? '');
    const [, sign, letters = '', named = ''] = parts ?? [];
    if (sign === undefined || letters + named === '') known = false;
    if (letters.includes('e')) errexit = sign === '-';
    if (named === '') continue;
    i += 1;
    if (words[i] === 'errexit') errexit = sign === '-';
    else if (words[i] === 'pipefail') pipefail = sign === '-';
    else if (words[i] !== 'nounset' && words[i] !== 'errtrace') known = false;
  }
  if (known) return { k: 'options', errexit: errexit ?? null, pipefail: pipefail ?? null };
  const message = 'set prints variables, or changes more than -e, -u and -o pipefail do';
  return refused('set.words', message, 'Write: set -euo pipefail, or leave it out.');
}

/** Flags with which these only look a name up. `command -p` would run it. */
const LOOKUP_FLAG: Readonly<Record<string, RegExp>> = {
  command: /^-[vV]$/,
  which: /^-a$/,
  type: /^-[atpP]$/,
};

function lookup(program: string, words: readonly string[]): Form {
  const [flag = ''] = words;
  const names = flag.startsWith('-') ? words.slice(1) : words;
  const known = !flag.startsWith('-') || LOOKUP_FLAG[program]?.test(flag) === true;
  const plain = names.length > 0 && names.every((name) => /^[\w.+[-]+$/.test(name));
  if (known && plain) return { k: 'lookup', names };
  return refused('lookup', `${program} takes plain program names`, 'Use command -v NAME.');
}

const TIMEOUT_FLAG =
  /^(?:--foreground|--preserve-status|-v|-k\d+s?|--kill-after=\d+s?|-s(?:TERM|KILL|INT)|--signal=(?:TERM|KILL|INT))$/;

function timeout(words: readonly string[]): Form {
  let from = 0;
  while (TIMEOUT_FLAG.test(words[from] ?? '')) from += 1;
  if (/^-[ks]$/.test(words[from] ?? '') && /^(?:\d+s?|TERM|KILL|INT|9|15)$/.test(words[from + 1] ?? ''))
    from += 2;
  const duration = /^(\d{1,5})(?:\.\d+)?([sm]?)$/.exec(words[from] ?? '');
  if (duration === null)
    return refused('timeout.words', 'timeout: the duration is not plain', 'Write: timeout 30 COMMAND.');
  const seconds = Math.max(1, Number(duration[1]) * (duration[2] === 'm' ? 60 : 1));
  return { k: 'inner', from: from + 1, env: [], seconds };
}

function inner(from: number): Form {
  return { k: 'inner', from, env: [], seconds: null };
}

function refused(rule: string, message: string, instead: string): Form {
  return { k: 'refused', rule, message, instead };
}
