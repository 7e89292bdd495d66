/**
 * What an agent gives as text (a manifest) and must be frozen. Whoever serves agents has no place for files, so it is
 * a record: as large as one record may be, addressed by its hash, verified when it is read.
 */
import { type Digest, sha256 } from '../core/canonical.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { RecordsContext } from '../lifecycle/context.ts';
import { BlobTampered } from '../ports.ts';

/** Of one input, in bytes; in base64 it must fit into a record. */
export const MAX_INLINE_BYTES = 256 * 1024;

export async function putInline(ctx: RecordsContext, text: string): Promise<Digest | Refusal> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_INLINE_BYTES) {
    return refuse(
      'invalid_arguments',
      `The text is ${bytes.length} bytes; the limit is ${MAX_INLINE_BYTES}. Put it into a file of a source and give file, or apply a part of it.`,
    );
  }
  const address = sha256(bytes);
  const lifetime = ctx.policy.planTtlSeconds * 1000;
  await ctx.store.create('inline_blob', address, {
    address,
    base64: Buffer.from(bytes).toString('base64'),
    expires_at: new Date(ctx.clock.now().getTime() + lifetime).toISOString(),
  });
  return address;
}

/** Null where it is gone. Rejects with BlobTampered. */
export async function readInline(ctx: RecordsContext, address: Digest): Promise<Uint8Array | null> {
  const found = await ctx.store.get('inline_blob', address);
  if (found === null) return null;
  const bytes = Buffer.from(found.value.base64, 'base64');
  if (sha256(bytes) !== address) throw new BlobTampered(address);
  return bytes;
}
