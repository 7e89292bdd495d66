import type { Evidence } from '../finding.ts';
import { isFields } from './fields.ts';
import { isPlain, isSecretName, MASK } from './secret-attributes.ts';

/** Removes known secrets from a text. */
export type Redactor = (text: string) => string;

const WINDOW = 6;
const MOST_KNOWN = 1000;
const LONGEST_TEXT = 300;
const MOST_ITEMS = 20;
const DEEPEST = 6;

/**
 * A redactor for these secrets (6+ characters each). Secrets are looked up by their first six characters, so a
 * text costs its length, not its length times the number of secrets. The form a secret takes inside JSON text
 * is removed too.
 */
export function redactorFor(secrets: readonly string[]): Redactor {
  const byStart = new Map<string, string[]>();
  for (const secret of secrets) {
    const escaped = JSON.stringify(secret).slice(1, -1);
    for (const form of escaped === secret ? [secret] : [secret, escaped]) {
      const start = form.slice(0, WINDOW);
      const list = byStart.get(start);
      if (list === undefined) byStart.set(start, [form]);
      else list.push(form);
    }
  }
  for (const list of byStart.values()) list.sort((a, b) => b.length - a.length);
  const firsts = new Uint8Array(256);
  for (const start of byStart.keys()) firsts[start.charCodeAt(0) & 255] = 1;
  if (byStart.size === 0) return (text) => text;
  // Rules say the same of thousands of changes.
  const known = new Map<string, string>();
  return (text) => {
    const clean = known.get(text) ?? redact(text, byStart, firsts);
    if (known.size < MOST_KNOWN) known.set(text, clean);
    return clean;
  };
}

function redact(text: string, byStart: ReadonlyMap<string, readonly string[]>, firsts: Uint8Array): string {
  let out = '';
  let kept = 0;
  for (let at = 0; at + WINDOW <= text.length; at++) {
    if (firsts[text.charCodeAt(at) & 255] === 0) continue;
    const secret = byStart.get(text.slice(at, at + WINDOW))?.find((form) => text.startsWith(form, at));
    if (secret === undefined) continue;
    out += text.slice(kept, at) + MASK;
    at += secret.length - 1;
    kept = at + 1;
  }
  return kept === 0 ? text : out + text.slice(kept);
}

/** An address with the secrets removed from its instance keys; types and names are configuration, never secret. */
export function redactAddress(address: string, redactor: Redactor): string {
  return address.includes('["')
    ? address.replace(/\["((?:[^"\\]|\\.)*)"\]/g, (_, key: string) => `["${redactor(key)}"]`)
    : address;
}

/** As `redactAddress` for a list; the list itself where no address has a text key. */
export function redactAddresses(addresses: readonly string[], redactor: Redactor): readonly string[] {
  return addresses.some((address) => address.includes('["'))
    ? addresses.map((address) => redactAddress(address, redactor))
    : addresses;
}

/**
 * Evidence as it may be shown: masked where `marks` (trees beside the attribute trees) or the attribute's name
 * say so, cleaned by value, and cut to a size a person reads.
 */
export function presentEvidence(
  evidence: readonly Evidence[],
  marks: readonly unknown[],
  redactor: Redactor,
): readonly Evidence[] {
  return evidence.map(({ path, value }) => ({
    path: redactor(path),
    value: isHidden(path, value, marks) ? MASK : present(value, marksAt(path, marks), redactor, 0),
  }));
}

/** A switch tells no secret by its name (`manage_master_user_password: true`), but a mark hides anything. */
function isHidden(path: string, value: unknown, marks: readonly unknown[]): boolean {
  const steps = stepsOf(path);
  if (value === null || value === undefined) return false;
  if (marks.some((tree) => isMarked(tree, steps))) return true;
  const name = steps.findLast((step) => typeof step === 'string');
  return typeof value !== 'boolean' && typeof name === 'string' && isSecretName(name) && isPlain(value);
}

function isMarked(tree: unknown, steps: readonly (string | number)[]): boolean {
  let node = tree;
  for (const step of steps) {
    if (node === true) return true;
    node = child(node, step);
  }
  return node === true;
}

function marksAt(path: string, marks: readonly unknown[]): readonly unknown[] {
  const steps = stepsOf(path);
  return marks.map((tree) => steps.reduce<unknown>((node, step) => child(node, step), tree));
}

function child(node: unknown, step: string | number): unknown {
  if (Array.isArray(node)) return typeof step === 'number' ? node[step] : undefined;
  return isFields(node) ? node[String(step)] : undefined;
}

const knownSteps = new Map<string, readonly (string | number)[]>();

function stepsOf(path: string): readonly (string | number)[] {
  const known = knownSteps.get(path);
  if (known !== undefined) return known;
  const steps = path
    .split(/[.[\]]/)
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  if (knownSteps.size < 10_000) knownSteps.set(path, steps);
  return steps;
}

function present(value: unknown, marks: readonly unknown[], redactor: Redactor, depth: number): unknown {
  if (marks.includes(true)) return MASK;
  if (typeof value === 'string') {
    const clean = redactor(value);
    return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT)}…` : clean;
  }
  if (typeof value === 'number') return redactor(String(value)) === String(value) ? value : MASK;
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_ITEMS).map((item: unknown, index) =>
      present(
        item,
        marks.map((mark) => child(mark, index)),
        redactor,
        depth + 1,
      ),
    );
    return value.length > MOST_ITEMS ? [...shown, `… ${value.length - MOST_ITEMS} more`] : shown;
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_ITEMS)
      .map(([key, item]: [string, unknown]) => [
        redactor(key),
        isSecretName(key) && item !== null && isPlain(item)
          ? MASK
          : present(
              item,
              marks.map((mark) => child(mark, key)),
              redactor,
              depth + 1,
            ),
      ]),
  );
}
