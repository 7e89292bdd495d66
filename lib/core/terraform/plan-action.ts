import type { ChangeAction } from '../finding.ts';
import { type Fields, isFields } from './fields.ts';

const ACTIONS: ReadonlyMap<string, ChangeAction> = new Map([
  ['no-op', 'no-op'],
  ['create', 'create'],
  ['read', 'read'],
  ['update', 'update'],
  ['delete', 'delete'],
  ['delete,create', 'delete+create'],
  ['create,delete', 'create+delete'],
  ['forget', 'forget'],
  ['create,forget', 'forget'],
  ['forget,create', 'forget'],
]);

/**
 * An action of a later terraform is read from what is there before and after, and marked as not understood; so is
 * one that its own change belies, such as a no-op with nothing after it.
 */
export function readAction(
  actions: readonly string[],
  change: Fields,
  mode: 'managed' | 'data',
): { action: ChangeAction; understood: boolean } {
  const known = ACTIONS.get(actions.join(','));
  if (known !== undefined && !isBelied(known, change, mode)) return { action: known, understood: true };
  const before = isFields(change.before);
  const after = isFields(change.after);
  if (actions.length === 0 && isSame(change)) return { action: 'no-op', understood: true };
  return { action: before ? (after ? 'update' : 'delete') : 'create', understood: false };
}

function isBelied(action: ChangeAction, change: Fields, mode: 'managed' | 'data'): boolean {
  const { before, after } = change;
  switch (action) {
    case 'no-op':
      return !isSame(change) && !saysNothing(before);
    case 'create':
      return isFields(before);
    case 'update':
      return isFields(before) && !isFields(after);
    case 'read':
      return mode === 'managed';
    default:
      return false;
  }
}

/** Plans that were made anonymous leave the attributes of an unchanged object out on one side. */
function saysNothing(before: unknown): boolean {
  return isFields(before) && Object.keys(before).length === 0;
}

function isSame(change: Fields): boolean {
  return isAlike(change.before, change.after, 0) && !hasUnknown(change.after_unknown, 0);
}

/** Trees nested deeper than this are taken as different: no real resource comes near it. */
const DEEPEST = 100;

function hasUnknown(marks: unknown, depth: number): boolean {
  if (marks === true || depth > DEEPEST) return true;
  return isTree(marks) && Object.values(marks).some((mark) => hasUnknown(mark, depth + 1));
}

function isAlike(left: unknown, right: unknown, depth: number): boolean {
  if (!isTree(left) || !isTree(right)) return (left ?? null) === (right ?? null);
  if (depth > DEEPEST) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => isAlike(item, right[index], depth + 1));
  }
  return isFields(left) && isFields(right) && areFieldsAlike(left, right, depth);
}

/** Terraform writes the attributes of both sides in the same order. */
function areFieldsAlike(left: Fields, right: Fields, depth: number): boolean {
  const [names, values, others] = [Object.keys(left), Object.values(left), Object.values(right)];
  if (values.length !== others.length) return false;
  const inOrder = Object.keys(right).every((name, index) => name === names[index]);
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? '';
    const other = inOrder ? others[index] : Object.hasOwn(right, name) ? right[name] : undefined;
    if (!isAlike(values[index], other, depth + 1)) return false;
  }
  return true;
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
