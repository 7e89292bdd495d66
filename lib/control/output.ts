/** Redacted output of a plan or a run, page by page. Bytes that do not match their hash are not shown. */
import type { Digest } from '../core/canonical.ts';
import type { Blobs } from '../ports/store.ts';

export type OutputPage =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Where this page begins, in bytes. */
      readonly from: number;
      /** Where the next one begins; null at the end. */
      readonly next: number | null;
      readonly total: number;
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' };

export async function outputPage(
  blobs: Blobs,
  address: Digest | null,
  from: number,
  limit: number,
): Promise<OutputPage> {
  if (address === null) return { kind: 'none' };
  const bytes = await blobs.get(address).catch(() => null);
  if (bytes === null) return { kind: 'unreadable' };
  const start = characterStart(bytes, from);
  const end = characterStart(bytes, start + limit);
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  return { kind: 'text', text, from: start, next: end < bytes.length ? end : null, total: bytes.length };
}

/** Where a page of output begins, from a query; whatever is no place is the start. */
export function byteOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : 0;
}

/** The nearest place at or before this one at which a UTF-8 character begins. */
function characterStart(bytes: Uint8Array, offset: number): number {
  let at = Math.min(offset, bytes.length);
  while (at > 0 && at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}
