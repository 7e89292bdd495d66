/** Wildcards, variables and ARNs in policies. */
import type { RequestContext } from './iam.ts';

/** A pattern whose variables are filled in; where they were, wildcards mean nothing. */
export type Filled = readonly Part[];
type Part = { readonly literal: string } | { readonly pattern: string };

/** Null where a variable has no value, or several. */
export function fill(text: string, context: RequestContext): Filled | null {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(/\$\{([^}]*)\}/g)) {
    parts.push({ pattern: text.slice(from, found.index) });
    from = found.index + found[0].length;
    const name = found[1] ?? '';
    const value = ['*', '?', '$'].includes(name) ? [name] : context.get(name.toLowerCase());
    if (value?.length !== 1 || value[0] === undefined) return null;
    parts.push({ literal: value[0] });
  }
  return [...parts, { pattern: text.slice(from) }];
}

/**
 * Each of the first five segments for itself, the rest as one: so `arn:aws:s3:::a*` reaches into keys, and
 * `arn:aws:*:b` does not stand for `arn:aws:s3:::b`. `*` alone is everything.
 */
export function matchesArn(pattern: Filled, resource: string): boolean {
  const [only] = pattern;
  if (pattern.length === 1 && only !== undefined && 'pattern' in only && only.pattern === '*') return true;
  const wanted = segments([{ literal: resource }]);
  const given = segments(pattern);
  if (given.length !== 6 || wanted.length !== 6) return false;
  return given.every((each, index) => matchesFilled(each, textOf(wanted[index] ?? [])));
}

export function matchesFilled(pattern: Filled, text: string): boolean {
  const source = pattern.map((part) =>
    'literal' in part
      ? literally(part.literal)
      : [...part.pattern]
          .map((each) => (each === '*' ? '.*' : each === '?' ? '.' : literally(each)))
          .join(''),
  );
  return new RegExp(`^${source.join('')}$`, 's').test(text);
}

export function like(pattern: string, text: string): boolean {
  return matchesFilled([{ pattern }], text);
}

/** At most six: the last holds whatever colons follow. */
function segments(parts: Filled): Filled[] {
  const found: Part[][] = [[]];
  for (const part of parts) {
    const [text, wrap] =
      'literal' in part
        ? [part.literal, (literal: string): Part => ({ literal })]
        : [part.pattern, (pattern: string): Part => ({ pattern })];
    let rest = text;
    for (;;) {
      const colon = found.length < 6 ? rest.indexOf(':') : -1;
      found.at(-1)?.push(wrap(colon === -1 ? rest : rest.slice(0, colon)));
      if (colon === -1) break;
      found.push([]);
      rest = rest.slice(colon + 1);
    }
  }
  return found;
}

function textOf(parts: Filled): string {
  return parts.map((part) => ('literal' in part ? part.literal : part.pattern)).join('');
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
