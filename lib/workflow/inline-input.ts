/** Text that an agent gives with a call (a manifest), frozen before anything looks at it. */
import type { Digest } from '../core/canonical.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { RecordsContext } from '../lifecycle/context.ts';
import type { Blobs } from '../ports/store.ts';
import { MAX_INLINE_BYTES, openInlineBlobs } from './inline-blobs.ts';

export async function putInline(ctx: RecordsContext, text: string): Promise<Digest | Refusal> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_INLINE_BYTES) return inlineBlobs(ctx).put(bytes);
  return refuse(
    'invalid_arguments',
    `The text is ${bytes.length} bytes; the limit is ${MAX_INLINE_BYTES}. Put it into a file of a source and give file, or apply a part of it.`,
  );
}

/** Null where it is gone. Rejects with BlobTampered. */
export function readInline(ctx: RecordsContext, address: Digest): Promise<Uint8Array | null> {
  return inlineBlobs(ctx).get(address);
}

function inlineBlobs({ store, clock, policy }: RecordsContext): Blobs {
  return openInlineBlobs({ store, clock, keepSeconds: policy.planTtlSeconds });
}
