/**
 * Reading attribute trees of unknown shape. Terraform writes a nested block as a list with one object in it,
 * so a path walks through lists without naming an index: `settings.backup_configuration.enabled`.
 */

export type Fields = Readonly<Record<string, unknown>>;

/** A value found in a tree, with the concrete path that leads to it: `settings[0].tier`. */
export interface Hit {
  readonly path: string;
  readonly value: unknown;
}

export const NO_FIELDS: Fields = Object.freeze({});

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an attribute tree; anything else reads as an empty one. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : NO_FIELDS;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

const NO_HITS: readonly Hit[] = Object.freeze([]);
const knownSteps = new Map<string, readonly string[]>();

/** A dotted path as its steps; remembered, because rules ask for the same paths over and over. */
export function stepsOf(path: string): readonly string[] {
  const known = knownSteps.get(path);
  if (known !== undefined) return known;
  const steps = path.split('.');
  if (knownSteps.size < 10_000) knownSteps.set(path, steps);
  return steps;
}

/** Every value at a dotted path, lists walked through. Null and absent give no hit. */
export function hitsAt(root: unknown, steps: readonly string[]): readonly Hit[] {
  let node = root;
  for (let depth = 0; depth < steps.length; depth++) {
    if (Array.isArray(node)) {
      const hits: Hit[] = [];
      collect(node, steps, depth, steps.slice(0, depth).join('.'), hits);
      return hits;
    }
    const step = steps[depth];
    if (!isFields(node) || step === undefined) return NO_HITS;
    node = node[step];
    // What comes from the prototype: no attribute, whatever a key is called.
    if (node === undefined || typeof node === 'function' || node === Object.prototype) return NO_HITS;
  }
  return node === null || node === undefined ? NO_HITS : [{ path: steps.join('.'), value: node }];
}

/** The first value at a dotted path, or undefined. */
export function firstAt(root: unknown, path: string): unknown {
  return hitsAt(root, stepsOf(path))[0]?.value;
}

/** Every text at a dotted path. */
export function textsAt(root: unknown, path: string): readonly string[] {
  const hits = hitsAt(root, stepsOf(path));
  const found: string[] = [];
  for (const { value } of hits) if (typeof value === 'string' && value !== '') found.push(value);
  return found;
}

/** The numbers of a value, reading "30" as 30; null where it is none. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string' && /^-?\d+(\.\d+)?(s|d)?$/.test(value)) return Number.parseFloat(value);
  return null;
}

const ON_WORDS = new Set([
  'true',
  'enabled',
  'enable',
  'active',
  'protected',
  'on',
  'alwayson',
  'always_on',
  'prevent',
  'required',
  'yes',
  'delete_protection_enabled',
  'deletion_protection_enabled',
  'point_in_time_recovery_enabled',
]);
const OFF_WORDS = new Set([
  '',
  'false',
  'disabled',
  'disable',
  'inactive',
  'unprotected',
  'off',
  'none',
  'no',
  'suspended',
  'unspecified',
  'delete_protection_disabled',
  'deletion_protection_disabled',
  'point_in_time_recovery_disabled',
]);
const SWITCH_KEYS = ['enabled', 'status', 'state', 'mode'];

/**
 * Whether a switch is on (true), off (false) or cannot be told (null). String enums mean what they say:
 * `INACTIVE` and `DELETE_PROTECTION_DISABLED` are off although they are truthy. A block is as its switch is.
 */
export function switchState(value: unknown): boolean | null {
  if (value === null || value === undefined) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    const word = value.toLowerCase();
    return ON_WORDS.has(word) ? true : OFF_WORDS.has(word) ? false : null;
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? false : value.length === 1 ? switchState(value[0]) : null;
  }
  if (isFields(value)) {
    const key = SWITCH_KEYS.find((candidate) => candidate in value);
    return key === undefined ? null : switchState(value[key]);
  }
  return null;
}

/** Whether a value says something: not null, not empty text, not an empty list. */
export function isSet(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}

/** Lists in lists add to the path only; no real attribute path comes near this. */
const LONGEST_PATH = 2000;

function collect(node: unknown, steps: readonly string[], depth: number, path: string, hits: Hit[]): void {
  if (node === null || node === undefined || path.length > LONGEST_PATH) return;
  const step = steps[depth];
  if (Array.isArray(node) && step !== undefined) {
    node.forEach((item, index) => {
      collect(item, steps, depth, `${path}[${index}]`, hits);
    });
    return;
  }
  if (step === undefined) {
    hits.push({ path, value: node });
    return;
  }
  if (isFields(node) && Object.hasOwn(node, step)) {
    collect(node[step], steps, depth + 1, path === '' ? step : `${path}.${step}`, hits);
  }
}
