/** Addresses of resource instances, as far as their shape tells. */

export interface PlaceOfResource {
  /** Names of the module calls, outermost first, joined by dots; empty for the root module. */
  readonly path: string;
  /** `type.name` or `data.type.name`. */
  readonly name: string;
}

/** The resource that an instance address belongs to, without any keys. */
export function placeOf(address: string): PlaceOfResource {
  if (isPlain(address)) return { path: '', name: address };
  if (address.startsWith('module.') && !address.includes('[')) {
    const end = address.indexOf('.', 7);
    const rest = address.slice(end + 1);
    if (end > 0 && isPlain(rest)) return { path: address.slice(7, end), name: rest };
  }
  const parts = withoutKeys(address).split('.');
  const path: string[] = [];
  let at = 0;
  while (parts[at] === 'module' && at + 1 < parts.length) {
    path.push(parts[at + 1] ?? '');
    at += 2;
  }
  const size = parts[at] === 'data' ? 3 : 2;
  return { path: path.join('.'), name: parts.slice(at, at + size).join('.') };
}

/** `type.name` of the root module, without key: most addresses. */
function isPlain(address: string): boolean {
  const dot = address.indexOf('.');
  return dot > 0 && address.indexOf('.', dot + 1) < 0 && address.indexOf('[') < 0;
}

export function withoutKeys(address: string): string {
  return address.includes('[') ? address.replace(INSTANCE_KEY, '') : address;
}

const INSTANCE_KEY = /\[(?:"(?:[^"\\]|\\.)*"|\d+|\*)\]/g;
