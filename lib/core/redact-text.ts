/** Taking known secret values out of text, however they are written there. */
export const REDACTED = '[redacted]';

/** A secret shorter than this would take ordinary words with it. */
export const MIN_SECRET_LENGTH = 6;
/** A line of a secret of several lines counts as a secret of its own from this length on. */
const MIN_SECRET_LINE = 20;

/**
 * Replaces every occurrence of every secret, also JSON-escaped (once or twice), URL-encoded and in base64,
 * on its own or inside a longer encoded text. Occurrences that overlap or touch become one mark. One pass
 * over `text`, however many secrets there are.
 */
export function redactText(text: string, secrets: readonly string[]): string {
  const needles = needlesFor(secrets);
  if (needles.byHead.size === 0) return text;
  const kept: string[] = [];
  let keptFrom = 0;
  let hidden: { from: number; to: number } | null = null;
  let slot = 0;
  for (let end = 0; end < text.length; end += 1) {
    slot = (Math.imul(slot, BASE) + text.charCodeAt(end)) | 0;
    const at = end + 1 - MIN_SECRET_LENGTH;
    if (at < 0) continue;
    if (at > 0) slot = (slot - Math.imul(text.charCodeAt(at - 1), OUTGOING)) | 0;
    if (needles.maybe[slotOf(slot)] !== 1) continue;
    const to = at + lengthAt(text, at, needles);
    if (to === at) continue;
    if (hidden !== null && at <= hidden.to) {
      hidden.to = Math.max(hidden.to, to);
      continue;
    }
    if (hidden !== null) {
      kept.push(text.slice(keptFrom, hidden.from), REDACTED);
      keptFrom = hidden.to;
    }
    hidden = { from: at, to };
  }
  if (hidden === null) return text;
  kept.push(text.slice(keptFrom, hidden.from), REDACTED, text.slice(hidden.to));
  return kept.join('');
}

/** What to look for, by its first characters. */
interface Needles {
  readonly byHead: ReadonlyMap<string, Bucket>;
  /** 1 where some head has that rolling hash: passes over nearly all text without a lookup. */
  readonly maybe: Uint8Array;
}

/** Needles with one head: a few, longest first, or a tree of what follows the head. */
type Bucket = { readonly few: readonly string[] } | { readonly tree: Tree };

interface Tree {
  readonly next: Map<number, Tree>;
  end: boolean;
}

const FEW = 8;
/** A longer form is looked for in pieces, so that no text can make the search slow. */
const PIECE = 128;
const SLOTS = 1 << 20;
const BASE = 0x01000193;
const OUTGOING = Array.from({ length: MIN_SECRET_LENGTH }).reduce<number>(
  (power) => Math.imul(power, BASE),
  1,
);

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

function needlesFor(secrets: readonly string[]): Needles {
  const heads = new Map<string, Set<string>>();
  const maybe = new Uint8Array(SLOTS);
  for (const needle of [...new Set(secrets)].flatMap(formsOf)) {
    const head = needle.slice(0, MIN_SECRET_LENGTH);
    const same = heads.get(head);
    if (same !== undefined) {
      same.add(needle);
      continue;
    }
    heads.set(head, new Set([needle]));
    let hash = 0;
    for (let i = 0; i < MIN_SECRET_LENGTH; i += 1) hash = (Math.imul(hash, BASE) + head.charCodeAt(i)) | 0;
    maybe[slotOf(hash)] = 1;
  }
  return { byHead: new Map([...heads].map(([head, same]) => [head, bucketOf(same)])), maybe };
}

function bucketOf(needles: ReadonlySet<string>): Bucket {
  if (needles.size <= FEW) return { few: [...needles].sort((a, b) => b.length - a.length) };
  const tree: Tree = { next: new Map(), end: false };
  for (const needle of needles) {
    let node = tree;
    for (let i = MIN_SECRET_LENGTH; i < needle.length; i += 1) {
      const unit = needle.charCodeAt(i);
      const known: Tree = node.next.get(unit) ?? { next: new Map(), end: false };
      node.next.set(unit, known);
      node = known;
    }
    node.end = true;
  }
  return { tree };
}

/** Length of the longest needle at `at`; 0 for none. */
function lengthAt(text: string, at: number, { byHead }: Needles): number {
  const bucket = byHead.get(text.slice(at, at + MIN_SECRET_LENGTH));
  if (bucket === undefined) return 0;
  if ('few' in bucket) return bucket.few.find((needle) => text.startsWith(needle, at))?.length ?? 0;
  let longest = 0;
  let node: Tree | undefined = bucket.tree;
  for (let end = at + MIN_SECRET_LENGTH; node !== undefined; end += 1) {
    if (node.end) longest = end - at;
    node = end < text.length ? node.next.get(text.charCodeAt(end)) : undefined;
  }
  return longest;
}

/** How a secret may be written in text. */
function formsOf(secret: string): string[] {
  const whole = [secret, secret.trim()];
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const parts =
    lines.length > 1 ? lines.filter((line) => line.length >= MIN_SECRET_LINE && !isFrame(line)) : [];
  const forms = new Set<string>();
  for (const plain of [...whole, ...parts]) {
    if (plain.length < MIN_SECRET_LENGTH) continue;
    const json = JSON.stringify(plain).slice(1, -1);
    const url = encodeURIComponent(plain.replace(LONE_SURROGATE, '\ufffd'));
    for (const form of [plain, json, JSON.stringify(json).slice(1, -1), unicodeEscaped(json)])
      forms.add(form);
    for (const form of [url, url.replaceAll('%20', '+'), lowerHex(url), formEncoded(url)]) forms.add(form);
    for (const form of base64Forms(plain)) forms.add(form);
  }
  return [...forms].filter((form) => form.length >= MIN_SECRET_LENGTH).flatMap(piecesOf);
}

/** The pieces cover the form from end to end; the last one overlaps the one before it. */
function piecesOf(form: string): string[] {
  if (form.length <= PIECE) return [form];
  const starts = Array.from({ length: Math.ceil(form.length / PIECE) }, (_, i) => i * PIECE);
  return starts.map((start) => form.slice(Math.min(start, form.length - PIECE), start + PIECE));
}

/** `encodeURIComponent` refuses these. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The BEGIN and END lines of a PEM block are no secret. */
function isFrame(line: string): boolean {
  return line.startsWith('-----');
}

/** Go and terraform escape these in JSON. */
function unicodeEscaped(json: string): string {
  return json.replace(/[<>&]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function lowerHex(url: string): string {
  return url.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase());
}

/** `encodeURIComponent` leaves `!'()*~` alone; form encoders do not. */
function formEncoded(url: string): string {
  return url
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/**
 * Base64 of the secret alone, and what is sure of it inside the base64 of a longer text: it may start at any
 * of three places in a group of three bytes, and its neighbours decide the characters at either end.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const sure = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : shift + 1, Math.floor(((shift + bytes.length) * 8) / 6)),
  );
  const whole = bytes.toString('base64').replace(/=+$/, '');
  return [whole, ...sure].flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}
