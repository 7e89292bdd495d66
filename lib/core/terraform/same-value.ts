import type { Fields } from './fields.ts';

/** Whether two attribute values say the same; null and absent are one. */
export function isSame(left: unknown, right: unknown, depth = 0): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return (left ?? null) === (right ?? null);
  }
  if (depth > DEEPEST || Array.isArray(left) !== Array.isArray(right)) return false;
  const [one, other]: [Fields, Fields] = [{ ...left }, { ...right }];
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key], depth + 1))
  );
}

/** Trees nested deeper than this count as different: no real resource comes near it. */
const DEEPEST = 100;
