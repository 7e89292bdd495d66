/**
 * Taking Secret values out of what the cluster answered, before anything of it is printed. Keys stay, so that
 * people see which values there are; values go, wherever in the answer they are repeated.
 */
import { stringify } from 'yaml';
import { REDACTED, redactAssignments, redactText } from '../redact.ts';
import { isSecretName } from '../secret-names.ts';
import { type Fields, isFields, textAt } from './object.ts';

/** JSON or YAML of an answer, without a secret in it. `value` is parsed JSON. */
export function renderMasked(value: unknown, format: 'json' | 'yaml'): string {
  const masked = maskObjects(value);
  const text = format === 'json' ? `${JSON.stringify(masked, null, 4)}\n` : stringify(masked, YAML_OPTIONS);
  return redactText(text, secretValues(value));
}

const YAML_OPTIONS = { lineWidth: 0, aliasDuplicateObjects: false } as const;

/** A copy with Secrets masked, by kind, and everything else by name. */
export function maskObjects(value: unknown): unknown {
  return maskAny(value, false, 0);
}

/** Every value that Secrets in this answer or manifest hold: as written, and decoded where it is base64. */
export function secretValues(value: unknown): string[] {
  const found = new Set<string>();
  collect(value, false, found, 0);
  return [...found];
}

const MAX_DEPTH = 100;

/** `inSecrets`: an item of a SecretList, which need not say its kind. */
function maskAny(value: unknown, inSecrets: boolean, depth: number): unknown {
  if (depth > MAX_DEPTH) return '[nested too deeply]';
  if (typeof value === 'string') return redactAssignments(value);
  if (Array.isArray(value)) return maskList(value, inSecrets, depth);
  if (!isFields(value)) return value;
  if (isSecret(value) || inSecrets) return maskSecret(value, depth);
  const listed = value.kind === 'SecretList';
  // `{ name: 'DB_PASSWORD', value: '…' }`: a pair that carries its name beside its value.
  const pair = textAt(value, 'name') ?? textAt(value, 'key');
  const pairIsSecret = pair !== null && isSecretName(pair);
  return mapFields(value, (key, held) => {
    if (isManifestCopy(key)) return maskCopy(held, depth);
    if (isSecretName(key) || (pairIsSecret && key === 'value')) return maskNamed(held, depth);
    return maskAny(held, listed && key === 'items', depth + 1);
  });
}

function maskList(value: readonly unknown[], inSecrets: boolean, depth: number): unknown[] {
  return value.map((item, index) => {
    const before: unknown = value[index - 1];
    const named = typeof before === 'string' && /^--?[A-Za-z][\w.-]*$/.test(before) && isSecretName(before);
    return named && typeof item === 'string' ? REDACTED : maskAny(item, inSecrets, depth + 1);
  });
}

/** Under a secret name: a plain value goes, a structure is looked through (`secrets: [{ name }]`). */
function maskNamed(held: unknown, depth: number): unknown {
  if (typeof held === 'string' || typeof held === 'number') return held === '' ? held : REDACTED;
  if (Array.isArray(held) && held.every((item) => typeof item === 'string')) return held.map(() => REDACTED);
  return maskAny(held, false, depth + 1);
}

function isSecret(value: Fields): boolean {
  return value.kind === 'Secret';
}

function maskSecret(secret: Fields, depth: number): Fields {
  return mapFields(secret, (key, held) => {
    if (key === 'data' || key === 'stringData')
      return isFields(held) ? mapFields(held, () => REDACTED) : mask(held);
    if (key === 'metadata' && isFields(held)) return maskSecretMetadata(held, depth);
    if (key === 'kind' || key === 'apiVersion' || key === 'type' || key === 'immutable') return held;
    return maskAny(held, false, depth + 1);
  });
}

/** Tools keep copies of what they applied in annotations of their own; a short plain one is no copy. */
function maskSecretMetadata(metadata: Fields, depth: number): Fields {
  return mapFields(metadata, (key, held) => {
    if (key !== 'annotations' || !isFields(held)) return maskAny(held, false, depth + 1);
    return mapFields(held, (name, text) => {
      if (isManifestCopy(name)) return maskCopy(text, depth);
      return typeof text === 'string' && (text.length > 100 || /[{[\n]/.test(text))
        ? REDACTED
        : maskAnnotation(name, text);
    });
  });
}

function maskAnnotation(name: string, text: unknown): unknown {
  return isSecretName(name) ? REDACTED : typeof text === 'string' ? redactAssignments(text) : text;
}

function mask(held: unknown): unknown {
  return held === null || held === undefined ? held : REDACTED;
}

/** Annotations that hold a whole object again. */
function isManifestCopy(key: string): boolean {
  return /last-applied|\/original$|applied-manifest/.test(key);
}

function maskCopy(held: unknown, depth: number): unknown {
  if (typeof held !== 'string') return maskAny(held, false, depth + 1);
  const copy = parsed(held);
  return isFields(copy) ? JSON.stringify(maskAny(copy, false, depth + 1)) : REDACTED;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function mapFields(fields: Fields, change: (key: string, value: unknown) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(key, value)]));
}

function collect(value: unknown, inSecrets: boolean, found: Set<string>, depth: number): void {
  if (depth > MAX_DEPTH) return;
  if (Array.isArray(value)) for (const item of value) collect(item, inSecrets, found, depth + 1);
  if (!isFields(value)) return;
  if (isSecret(value) || inSecrets) {
    for (const [key, decode] of [
      ['data', true],
      ['stringData', false],
    ] as const) {
      const held = value[key];
      if (isFields(held)) for (const item of Object.values(held)) addForms(item, decode, found);
    }
  }
  for (const [key, held] of Object.entries(value)) {
    if (isManifestCopy(key) && typeof held === 'string') collect(parsed(held), false, found, depth + 1);
    else collect(held, value.kind === 'SecretList' && key === 'items', found, depth + 1);
  }
}

function addForms(item: unknown, decode: boolean, found: Set<string>): void {
  if (typeof item !== 'string' || isOrdinary(item)) return;
  found.add(item);
  if (!decode) return;
  const text = Buffer.from(item, 'base64').toString('utf8');
  if (!text.includes('\ufffd') && !isOrdinary(text)) found.add(text);
}

/** Taking these out wherever they stand would make an answer unreadable and hide nothing. */
function isOrdinary(text: string): boolean {
  return (
    text.length < 6 || /^(?:true|false|default|enabled|disabled|localhost|postgres|production)$/i.test(text)
  );
}
