/** What is wrong with the audit, and where. */
export interface Problem {
  readonly kind:
    | 'edited'
    | 'removed'
    | 'reordered'
    | 'truncated'
    | 'chain_missing'
    | 'checkpoint_forged'
    | 'reference_missing';
  /** `checkpoints` where the trouble is with a checkpoint. */
  readonly chain: string;
  /** The first bad event's place in its chain, or the checkpoint's number. */
  readonly seq: number;
  readonly message: string;
}

export function problem(kind: Problem['kind'], chain: string, seq: number, message: string): Problem {
  return { kind, chain, seq, message };
}

/** What an event has. */
export const EVENT_MEMBERS = [
  'chain',
  'seq',
  'at',
  'actor',
  'environment',
  'type',
  'data',
  'prev',
  'hash',
] as const;

/** Whether a stored value has exactly these members: no less, and nothing that a hash over them leaves out. */
export function hasMembers(value: unknown, members: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const found = Object.keys(value);
  return found.length === members.length && members.every((member) => Object.hasOwn(value, member));
}
