/** A Kubernetes object as plain data, and looking into it without trusting its shape. */

export type Fields = Readonly<Record<string, unknown>>;

/** One object of a manifest. Names and namespaces are checked; everything else is as it was written. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As the document says; null where it says nothing. */
  readonly namespace: string | null;
  readonly fields: Fields;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a dotted path through maps, or undefined. Own members only. */
export function at(value: unknown, path: string): unknown {
  let held = value;
  for (const key of path.split('.')) {
    if (!isFields(held) || !Object.hasOwn(held, key)) return undefined;
    held = held[key];
  }
  return held;
}

export function textAt(value: unknown, path: string): string | null {
  const found = at(value, path);
  return typeof found === 'string' ? found : null;
}

/** A number, also one that some YAML reader makes of text: `0e0`, `0_0`, `"3"`. */
export function numberAt(value: unknown, path: string): number | null {
  const found = at(value, path);
  if (typeof found === 'number') return found;
  if (typeof found !== 'string' || found.trim() === '') return null;
  const read = Number(found.replaceAll('_', ''));
  return Number.isFinite(read) ? read : null;
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

/** The strings of a list. */
export function textsAt(value: unknown, path: string): readonly string[] {
  return listAt(value, path).filter((item): item is string => typeof item === 'string');
}

/** True in any spelling that some YAML reader takes for true. */
export function isTrueAt(value: unknown, path: string): boolean {
  const found = at(value, path);
  return found === true || (typeof found === 'string' && /^(?:true|yes|on|y)$/i.test(found));
}
