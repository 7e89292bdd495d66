/**
 * Readers from a tree to typed values. A reader that meets a problem reports it and answers `undefined`;
 * its neighbours go on, so that one reading finds every problem of a file.
 */
import { nearestName } from './nearest.ts';
import type { PolicyProblem } from './policy.ts';
import type { Position, Tree } from './tree.ts';

export type Reader<T> = (tree: Tree, path: string, report: Report) => T | undefined;

/** What a reading found wrong, and where each value that it took stands. */
export class Report {
  readonly problems: PolicyProblem[] = [];
  readonly places = new Map<string, Position>();

  problem(at: Position, path: string, message: string, nearest: string | null = null): undefined {
    const { line, column } = at;
    const hint = nearest === null ? '' : `; did you mean ${nearest}?`;
    this.problems.push({
      line,
      column,
      path,
      message: `${message}${hint}`,
      ...(nearest === null ? {} : { nearest }),
    });
    return undefined;
  }
}

type Fields<S extends Readonly<Record<string, Reader<unknown>>>> = {
  readonly [K in keyof S]?: S[K] extends Reader<infer T> ? T : never;
};

/**
 * A map with known keys, each optional. `homes`: where a known name belongs that stands in the wrong place.
 * `others`: names that are valid here too, and are read elsewhere.
 */
export function fields<S extends Readonly<Record<string, Reader<unknown>>>>(
  spec: S,
  homes: ReadonlyMap<string, string> = new Map(),
  others: readonly string[] = [],
): Reader<Fields<S>> {
  const names = [...Object.keys(spec), ...others];
  return (tree, path, report) => {
    if (tree.kind !== 'map') return report.problem(tree.at, path, `must be a map of ${names.join(', ')}`);
    const read: [string, unknown][] = [];
    for (const { key, at, value } of tree.entries) {
      const here = path === '' ? key : `${path}.${key}`;
      const reader = Object.hasOwn(spec, key) ? spec[key] : undefined;
      if (reader === undefined) {
        const near = homes.get(key) ?? nearestName(key, names);
        report.problem(at, here, `unknown key ${quoted(key)}; valid here: ${names.join(', ')}`, near);
        continue;
      }
      report.places.set(here, at);
      const taken = reader(value, here, report);
      if (taken !== undefined) read.push([key, taken]);
    }
    // `read` holds what each key's own reader gave, under that key.
    return Object.fromEntries(read) as Fields<S>;
  };
}

/** A map with names of the file's choosing. `wrong` says what is amiss with a name, or null. */
export function named<T>(
  wrong: (name: string) => { readonly message: string; readonly nearest: string | null } | null,
  value: Reader<T>,
): Reader<Readonly<Record<string, T>>> {
  return (tree, path, report) => {
    if (tree.kind !== 'map') return report.problem(tree.at, path, 'must be a map');
    const read: [string, T][] = [];
    for (const entry of tree.entries) {
      const here = `${path}.${entry.key}`;
      const amiss = wrong(entry.key);
      if (amiss !== null) report.problem(entry.at, here, amiss.message, amiss.nearest);
      report.places.set(here, entry.at);
      const taken = value(entry.value, here, report);
      if (taken !== undefined) read.push([entry.key, taken]);
    }
    return Object.fromEntries(read);
  };
}

export function listOf<T>(item: Reader<T>): Reader<readonly T[]> {
  return (tree, path, report) => {
    if (tree.kind !== 'list') return report.problem(tree.at, path, 'must be a list, such as [a, b]');
    const read: T[] = [];
    tree.items.forEach((entry, index) => {
      const here = `${path}[${index}]`;
      report.places.set(here, entry.at);
      const taken = item(entry, here, report);
      if (taken !== undefined) read.push(taken);
    });
    return read;
  };
}

export function oneOf<const T extends string>(valid: readonly T[], what: string): Reader<T> {
  return (tree, path, report) => {
    const found = valid.find((name) => tree.kind === 'scalar' && tree.value === name);
    if (found !== undefined) return found;
    const near = tree.kind === 'scalar' ? nearestName(tree.source, valid) : null;
    return report.problem(tree.at, path, `${shown(tree)} is not ${what}; valid: ${valid.join(', ')}`, near);
  };
}

/** `parse` gives the value, or what is amiss with the text. */
export function text<T>(
  what: string,
  parse: (
    text: string,
  ) => { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string },
): Reader<T> {
  return (tree, path, report) => {
    if (tree.kind !== 'scalar' || typeof tree.value !== 'string') {
      const quotes = tree.kind === 'scalar' && tree.value !== null ? '; put it in quotes' : '';
      return report.problem(tree.at, path, `must be ${what}, found ${shown(tree)}${quotes}`);
    }
    const parsed = parse(tree.value);
    return parsed.ok ? parsed.value : report.problem(tree.at, path, `${shown(tree)}: ${parsed.problem}`);
  };
}

export function textLike(what: string, pattern: RegExp): Reader<string> {
  return text(what, (value) =>
    pattern.test(value) ? { ok: true, value } : { ok: false, problem: `must be ${what}` },
  );
}

export function wholeNumber(least: number, most: number): Reader<number> {
  return (tree, path, report) => {
    if (tree.kind !== 'scalar' || typeof tree.value !== 'number' || !Number.isInteger(tree.value)) {
      return report.problem(
        tree.at,
        path,
        `must be a whole number from ${least} to ${most}, found ${shown(tree)}`,
      );
    }
    if (tree.value >= least && tree.value <= most) return tree.value;
    return report.problem(tree.at, path, `must be from ${least} to ${most}, found ${shown(tree)}`);
  };
}

export const yesOrNo: Reader<boolean> = (tree, path, report) =>
  tree.kind === 'scalar' && typeof tree.value === 'boolean'
    ? tree.value
    : report.problem(tree.at, path, `must be true or false, found ${shown(tree)}`);

function shown(tree: Tree): string {
  if (tree.kind !== 'scalar') return `a ${tree.kind}`;
  if (tree.value === null) return 'nothing';
  return typeof tree.value === 'string' ? quoted(tree.value) : tree.source;
}

/** JSON quotes, so that no control character of the file reaches a terminal. */
function quoted(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}
