import type { OwnMatcher } from './own.ts';

/** Where a tree of attributes names what belongs to the gateway. */
export interface Mention {
  /** Attribute path without list indexes. */
  readonly path: string;
  /** The pattern or tag that fits; never the text itself, which may be secret. */
  readonly own: string;
  /** The object is this or is set on this; else it is a word within a block or a document. */
  readonly isDirect: boolean;
  /** Differs where the mention changes: its text with the policy statement around it. */
  readonly essence: string;
}

/** Texts that tell something and reach nothing. */
const TELLS = /^(description|comments?|notes?|user_data(_base64)?|env|environment(_variables)?)$/i;
/** Words put on an object: its tags say whose it is, and only an ARN among them reaches anything. */
const MARKS = /^(tags?|tags_all|(effective_|terraform_|freeform_)?labels|default_tags|annotations)$/i;
/** Blocks that say what the object itself is called. */
const NAMING = /^(metadata|manifest)$/i;
const DEEPEST = 300;

interface Place {
  readonly path: string;
  readonly isDirect: boolean;
  readonly isMark: boolean;
  readonly statement: string;
  readonly depth: number;
}

/** Every mention in a tree of attributes, in the JSON and the policies that its texts hold, too. */
export function ownMentions(tree: unknown, own: OwnMatcher): readonly Mention[] {
  const found: Mention[] = [];
  if (!own.isEmpty) {
    walk(tree, { path: '', isDirect: true, isMark: false, statement: '', depth: 0 }, own, found);
  }
  return found;
}

function walk(value: unknown, place: Place, own: OwnMatcher, found: Mention[]): void {
  if (typeof value === 'string') walkText(value, place, own, found);
  if (typeof value !== 'object' || value === null || place.depth > DEEPEST) return;
  const below = { ...place, depth: place.depth + 1 };
  if (Array.isArray(value)) {
    for (const item of value) walk(item, below, own, found);
    return;
  }
  const entries: [string, unknown][] = Object.entries(value);
  if (place.isMark)
    for (const [key, text] of marksIn(entries)) note(own.tagged(key, text), place, true, key, found);
  const statement = 'Effect' in value || 'effect' in value ? JSON.stringify(value) : place.statement;
  for (const [key, item] of entries) {
    if (TELLS.test(key)) continue;
    const isDirect = place.isDirect && (!holdsBlocks(item) || NAMING.test(key));
    const isMark = place.isMark || MARKS.test(key);
    const path = place.path === '' ? key : `${place.path}.${key}`;
    walk(item, { ...below, path, isDirect, isMark, statement }, own, found);
  }
}

function walkText(text: string, place: Place, own: OwnMatcher, found: Mention[]): void {
  const document = documentIn(text);
  if (document !== null && place.depth < DEEPEST) {
    walk(document, { ...place, isDirect: false, depth: place.depth + 1 }, own, found);
    return;
  }
  const pattern = place.isMark ? own.namedByArn(text) : own.named(text);
  note(pattern, place, place.isDirect && !place.isMark, `${text} ${place.statement}`, found);
}

function note(own: string | null, place: Place, isDirect: boolean, essence: string, found: Mention[]): void {
  if (own !== null) found.push({ path: place.path, own, isDirect, essence: `${place.path} ${essence}` });
}

/** Tags as a map, and as blocks of key and value. */
function marksIn(entries: readonly [string, unknown][]): [string, string][] {
  const block = new Map(entries.map(([key, value]) => [key.toLowerCase(), value]));
  const pair: [unknown, unknown] = [block.get('key') ?? block.get('name'), block.get('value')];
  return [...entries, pair].filter(
    (each): each is [string, string] => typeof each[0] === 'string' && typeof each[1] === 'string',
  );
}

function holdsBlocks(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object' && item !== null);
  return typeof value === 'object' && value !== null;
}

function documentIn(text: string): object | null {
  const start = text.trimStart()[0];
  if (start !== '{' && start !== '[') return null;
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' ? read : null;
  } catch {
    return null;
  }
}
