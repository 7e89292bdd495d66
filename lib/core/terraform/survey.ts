import { type Fields, fieldsOf, isFields, isSet } from './fields.ts';
import { namesPrimary } from './primary-names.ts';
import { isPlain, isSecretName, secretFields } from './secret-attributes.ts';
import { shapeOf } from './shapes.ts';

/** What walks over trees of a plan find. */
export interface Gathered {
  readonly secrets: Set<string>;
  /** Some object names the primary that it replicates. Whoever asks about one object sets this back first. */
  namesPrimary: boolean;
}

/**
 * The one walk over every tree of a plan as it is read: gathers the secrets (what is marked, and what an attribute's
 * name or type says is one) and tells whether the tree nests deeper than any provider writes, which the recursion
 * of the rules relies on. False: too deep.
 */
export function survey(type: string, values: Fields | null, marks: unknown, found: Gathered): boolean {
  if (values === null) return true;
  for (const field of secretFields(type, values)) gatherAll(values[field], found);
  if (marks === true) gatherAll(values, found);
  const shape = shapeOf(type, values);
  const held = Object.values(values);
  for (const place of shape.places(isSecretName)) if (isPlain(held[place])) gatherAll(held[place], found);
  for (const place of shape.places(namesPrimary)) found.namesPrimary ||= isSet(held[place]);
  const inner = fieldsOf(marks);
  for (const key in inner) if (inner[key] === true) gatherAll(values[key], found);
  for (let place = 0; place < held.length; place++) {
    const value = held[place];
    if (typeof value !== 'object' || value === null) continue;
    if (!surveyTree(value, inner[shape.names[place] ?? ''], found, 1)) return false;
  }
  return true;
}

/** As `survey`, for a value that belongs to no resource. */
export function surveyTree(node: unknown, marks: unknown, found: Gathered, depth: number): boolean {
  if (marks === true) gatherAll(node, found);
  if (typeof node !== 'object' || node === null) return true;
  if (depth > DEEPEST) return false;
  if (Array.isArray(node)) return surveyList(node, Array.isArray(marks) ? marks : NO_MARKS, found, depth + 1);
  return !isFields(node) || surveyFields(node, isFields(marks) ? marks : null, found, depth + 1);
}

const DEEPEST = 200;
const NO_MARKS: readonly unknown[] = [];

function surveyList(
  items: readonly unknown[],
  marks: readonly unknown[],
  found: Gathered,
  depth: number,
): boolean {
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (typeof item !== 'object' && marks[index] !== true) continue;
    if (!surveyTree(item, marks[index], found, depth)) return false;
  }
  return true;
}

/** Every attribute of a plan comes by here: what cannot hold a secret is passed over first. */
function surveyFields(fields: Fields, marks: Fields | null, found: Gathered, depth: number): boolean {
  for (const key in fields) {
    const value = fields[key];
    if (value !== '' && value !== null && namesPrimary(key)) found.namesPrimary = true;
    if (typeof value === 'string') {
      if (value.length >= SHORTEST && (isSecretName(key) || marks?.[key] === true)) addSecret(value, found);
    } else if (typeof value === 'object' && value !== null) {
      if (isSecretName(key) && isPlain(value)) gatherAll(value, found);
      if (!surveyTree(value, marks?.[key], found, depth)) return false;
    }
  }
  return true;
}

/** Only what is marked: for a tree that is surveyed elsewhere. False: too deep. */
export function surveyMarks(node: unknown, marks: unknown, found: Gathered, depth = 0): boolean {
  if (marks === true) gatherAll(node, found);
  if (typeof marks !== 'object' || marks === null || typeof node !== 'object' || node === null) return true;
  if (depth > DEEPEST) return false;
  if (Array.isArray(marks)) {
    return (
      !Array.isArray(node) || marks.every((mark, index) => surveyMarks(node[index], mark, found, depth + 1))
    );
  }
  const [inner, values] = [fieldsOf(marks), fieldsOf(node)];
  for (const key in inner) if (!surveyMarks(values[key], inner[key], found, depth + 1)) return false;
  return true;
}

/** Whether a tree of marks nests too deep. */
export function isTooDeep(node: unknown, depth = 0): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if (depth > DEEPEST) return true;
  for (const child of Object.values(node)) {
    if (typeof child === 'object' && isTooDeep(child, depth + 1)) return true;
  }
  return false;
}

/** Shorter values are too common to be removed by value: they would tear holes into every other text. */
const SHORTEST = 6;

/** Every text in a value, whatever its depth. */
export function gatherAll(value: unknown, found: Gathered): void {
  const work: unknown[] = [value];
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    if (typeof node === 'string') {
      if (node.length >= SHORTEST) addSecret(node, found);
    } else if (typeof node === 'object' && node !== null) {
      for (const child of Object.values(node)) if (child !== undefined) work.push(child);
    }
  }
}

function addSecret(text: string, found: Gathered): void {
  if (!ORDINARY.has(text.toLowerCase())) found.secrets.add(text);
}

/** Words that are never a secret, however marked: removing them would only blind the reader. */
const ORDINARY = new Set([
  'enabled',
  'disabled',
  'default',
  'required',
  'optional',
  'standard',
  'active',
  'inactive',
]);
