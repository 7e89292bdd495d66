/** What decided, as a person reads it: each fact once, a change as `path: before → after`. */
import type { Evidence } from '../../core/finding.ts';
import { shownValue, visible } from './text.ts';

export function evidenceLines(evidence: readonly Evidence[], limit?: number): readonly string[] {
  const facts = new Map<string, Set<string>>();
  for (const { path, value } of evidence) {
    const shown = value === null ? NOT_SET : shownValue(value, limit);
    const known = facts.get(path);
    if (known === undefined) facts.set(path, new Set([shown]));
    else known.add(shown);
  }
  return [...facts].flatMap(([path, values]) => {
    const shown = [...values].join(', ');
    if (path.startsWith(AFTER)) {
      const name = path.slice(AFTER.length);
      return facts.has(name) ? [] : [`${visible(name)} becomes ${shown}`];
    }
    const later = facts.get(`${AFTER}${path}`);
    return [
      later === undefined
        ? `${visible(path)} ${shown === NOT_SET ? 'is' : '='} ${shown}`
        : `${visible(path)}: ${shown} → ${[...later].join(', ')}`,
    ];
  });
}

/** Nothing there is a fact too. */
const NOT_SET = 'not set';

/** Rules name what an attribute will be so, beside what it is. */
const AFTER = 'after.';
