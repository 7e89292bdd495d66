import type { Field } from '../fields.ts';
import { accept, type Outcome, refuse } from './rule.ts';

/** `HEAD:file`, whose path was judged; in a range, both ends. */
export function isObject(text: string): boolean {
  return text.split(/\.{2,3}/).every((end) => /^(?:[\w./~^-]|@(?:\{[\w-]*\})?)*:[^(!/]/.test(end));
}

/** The id of an object, or what stands for one by its id: it may be a file without a path that could be judged. */
export function couldBeBlob(text: string): boolean {
  if (text.startsWith('-')) return false;
  if (/\^\{(?:|blob|object)\}/.test(text) && !text.includes(':')) return true;
  return text.split(/\.{2,3}/).some((end) => /^\^?(?:.*-g)?[0-9a-f]{4,64}$/i.test(end));
}

/**
 * `git stash show` as what it stands for: the difference between the stash and the commit it was made on. Only so
 * can files be left out of it.
 * @param words those after `stash`
 */
export function ofStash(words: readonly Field[], guards: readonly string[]): Outcome {
  const [, ...rest] = words.map((word) => word.text);
  const options = rest.filter((text) => text.startsWith('-'));
  const [ref = '0', ...more] = rest.filter((text) => !text.startsWith('-'));
  const known = /^(?:(?:refs\/)?stash@\{)?(\d{1,4})\}?$|^(?:refs\/)?stash$/.exec(ref);
  if (known === null || more.length > 0 || words.some((word) => word.kind !== 'literal'))
    return refuse(
      'git.stash',
      `git stash show: ${more[0] ?? ref} is not the name of a stash`,
      'Write: git stash show [-p] stash@{0}.',
    );
  const name = `stash@{${known[1] ?? '0'}}`;
  const how = options.length === 0 ? ['--stat'] : options;
  return accept([], [], false, null, ['diff', ...how, `${name}^1`, name, '--', ...guards]);
}
