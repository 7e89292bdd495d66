import type { ChangeAction } from '../finding.ts';
import { type Fields, isFields } from './fields.ts';

const ACTIONS: Readonly<Record<string, ChangeAction>> = {
  'no-op': 'no-op',
  create: 'create',
  read: 'read',
  update: 'update',
  delete: 'delete',
  'delete,create': 'delete+create',
  'create,delete': 'create+delete',
  forget: 'forget',
  'create,forget': 'forget',
  'forget,create': 'forget',
};

/** An action of a later terraform is read from what is there before and after, and marked as not understood. */
export function readAction(
  actions: readonly string[],
  change: Fields,
): { action: ChangeAction; understood: boolean } {
  const known = ACTIONS[actions.join(',')];
  if (known !== undefined) return { action: known, understood: true };
  const before = isFields(change.before);
  const after = isFields(change.after);
  const same = isAlike(change.before, change.after, 0) && !hasUnknown(change.after_unknown, 0);
  if (actions.length === 0 && same) return { action: 'no-op', understood: true };
  return { action: before ? (after ? 'update' : 'delete') : 'create', understood: false };
}

/** Trees nested deeper than this are taken as different: no real resource comes near it. */
const DEEPEST = 100;

function hasUnknown(marks: unknown, depth: number): boolean {
  if (marks === true || depth > DEEPEST) return true;
  return isTree(marks) && Object.values(marks).some((mark) => hasUnknown(mark, depth + 1));
}

function isAlike(left: unknown, right: unknown, depth: number): boolean {
  if (!isTree(left) || !isTree(right)) return (left ?? null) === (right ?? null);
  if (depth > DEEPEST || Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  const [one, other]: [Fields, Fields] = [{ ...left }, { ...right }];
  return keys.every((key) => isAlike(one[key], other[key], depth + 1));
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
