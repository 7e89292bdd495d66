/** File name patterns, expanded as bash does without options, and never through a link that leads out of the root. */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { isInside } from './inside.ts';
import { isHidden, type Reach, realPath, refusePath } from './paths.ts';

/** More names than a command line holds are a mistake, or an attempt to make the gateway slow. */
const MAX_NAMES = 20_000;

/** The paths that a pattern matches, sorted by code point; the pattern itself where nothing does. Null: too many. */
export function expandGlob(reach: Reach, cwd: string, pattern: string): readonly string[] | null {
  const absolute = pattern.startsWith('/');
  const parts = pattern.split('/');
  const folderOnly = pattern.endsWith('/');
  let found: string[] = [absolute ? '/' : ''];
  for (const [index, part] of parts.entries()) {
    if (part === '') continue;
    const last = index === parts.length - 1 || (folderOnly && index === parts.length - 2);
    found = found.flatMap((base) => step(reach, cwd, base, part, !last || folderOnly));
    if (found.length > MAX_NAMES) return null;
  }
  if (found.length === 0) return [unescaped(pattern)];
  const names = folderOnly ? found.map((name) => `${name}/`) : found;
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** One component further. What the check refuses is not entered, as if it were empty. */
function step(reach: Reach, cwd: string, base: string, part: string, folder: boolean): string[] {
  const place = base === '' ? '.' : base;
  // Not normalised: after a link, `..` is its target's parent.
  const full = (name: string) => (name.startsWith('/') ? name : `${cwd}/${name}`);
  const at = (name: string) => (base === '' ? name : base.endsWith('/') ? base + name : `${base}/${name}`);
  // Relative ones are held against the root before they are entered.
  const shown = (name: string) => !name.startsWith('/') || mayShow(reach, realPath(name));
  if (!/[*?[]/.test(part)) {
    const name = at(unescaped(part));
    return exists(full(name), folder) && shown(name) ? [name] : [];
  }
  if (refusePath(reach, cwd, place) !== null) return [];
  const test = globTest(part);
  return namesIn(full(place))
    .filter(test)
    .map(at)
    .filter((name) => exists(full(name), folder) && shown(name));
}

/** What a command may be shown, and the folders above it. */
function mayShow(reach: Reach, real: string | null): boolean {
  if (real === null || !isHidden(reach, real)) return true;
  return [reach.root, ...(reach.seen ?? [])].some((folder) => isInside(real, folder));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function exists(path: string, folder: boolean): boolean {
  try {
    return folder ? statSync(path).isDirectory() : lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}

/** A name that starts with a dash would be read as an option by whoever does not only print it. */
export function guarded(name: string): string {
  return name.startsWith('-') ? `./${name}` : name;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

/** Whether a name matches one component of a pattern; a leading dot must be written. */
export function globTest(part: string): (name: string) => boolean {
  const tokens = tokensOf(part);
  const dotted = tokens[0]?.k === 'one' && tokens[0].text === '.';
  return (name) => (dotted || !name.startsWith('.')) && matches(tokens, [...name]);
}

type Token =
  | { readonly k: 'star' }
  | { readonly k: 'any' }
  | { readonly k: 'one'; readonly text: string }
  | { readonly k: 'set'; readonly has: (c: string) => boolean };

function tokensOf(part: string): Token[] {
  const tokens: Token[] = [];
  const chars = [...part];
  for (let i = 0; i < chars.length; i += 1) {
    const c = chars[i] ?? '';
    if (c === '*') {
      if (tokens[tokens.length - 1]?.k !== 'star') tokens.push({ k: 'star' });
    } else if (c === '?') tokens.push({ k: 'any' });
    else if (c === '\\' && i + 1 < chars.length) {
      i += 1;
      tokens.push({ k: 'one', text: chars[i] ?? '' });
    } else if (c === '[') {
      const set = setAt(chars, i);
      if (set === null) tokens.push({ k: 'one', text: c });
      else {
        tokens.push({ k: 'set', has: set.has });
        i = set.end;
      }
    } else tokens.push({ k: 'one', text: c });
  }
  return tokens;
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[\p{L}\p{Nd}]/u,
  alpha: /\p{L}/u,
  digit: /[0-9]/,
  lower: /\p{Ll}/u,
  upper: /\p{Lu}/u,
  space: /\s/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  xdigit: /[0-9A-Fa-f]/,
  word: /\w/,
};

/** A bracket expression from its `[`; null where it has no end and so is an ordinary character. */
function setAt(chars: readonly string[], start: number): { has: (c: string) => boolean; end: number } | null {
  let i = start + 1;
  const negated = chars[i] === '!' || chars[i] === '^';
  if (negated) i += 1;
  const tests: ((c: string) => boolean)[] = [];
  for (let first = true; ; first = false) {
    const c = chars[i];
    if (c === undefined) return null;
    if (c === ']' && !first) break;
    const named = c === '[' ? /^\[:(\w+):\]/.exec(chars.slice(i, i + 12).join('')) : null;
    if (named?.[1] !== undefined) {
      const known = Object.hasOwn(CLASSES, named[1]) ? CLASSES[named[1]] : undefined;
      tests.push((one) => known?.test(one) ?? false);
      i += named[0].length;
      continue;
    }
    const escaped = c === '\\' && chars[i + 1] !== undefined;
    const from = escaped ? (chars[i + 1] ?? '') : c;
    i += escaped ? 2 : 1;
    const to = chars[i + 1];
    if (chars[i] === '-' && to !== undefined && to !== ']') {
      const [low, high] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
      tests.push((one) => low <= (one.codePointAt(0) ?? 0) && (one.codePointAt(0) ?? 0) <= high);
      i += 2;
    } else tests.push((one) => one === from);
  }
  return { has: (c) => tests.some((test) => test(c)) !== negated, end: i };
}

/** Greedy with one point to return to: linear in practice, quadratic at worst, never exponential. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let [t, n, starToken, starName] = [0, 0, -1, 0];
  while (n < name.length) {
    const token = tokens[t];
    const c = name[n] ?? '';
    if (token?.k === 'star') {
      starToken = t;
      starName = n;
      t += 1;
    } else if (
      token !== undefined &&
      (token.k === 'any' || (token.k === 'one' ? token.text === c : token.has(c)))
    ) {
      t += 1;
      n += 1;
    } else if (starToken >= 0) {
      t = starToken + 1;
      starName += 1;
      n = starName;
    } else return false;
  }
  while (tokens[t]?.k === 'star') t += 1;
  return t === tokens.length;
}
