/** Parcels that lanes leave, opened and packed again with something else in them: a lane that lies. */

import { packParcel, unpackParcel } from '../../../../lib/aws/parcel.ts';
import type { Digest } from '../../../../lib/core/canonical.ts';
import { sha256 } from '../../../../lib/core/canonical.ts';
import { type JobResult, parseResult } from '../../../../lib/workflow/job.ts';

export interface Opened {
  readonly result: JobResult;
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

export function jobResult(parcel: Uint8Array | null): Opened {
  const { content, blobs } = unpackParcel(parcel ?? new Uint8Array());
  const result = parseResult(content);
  if (result === null) throw new Error('the lane left no result');
  return { result, blobs };
}

/** The same result, but that `name` names other text. */
export function packResult(
  result: JobResult,
  blobs: ReadonlyMap<Digest, Uint8Array>,
  name: string,
  text: string,
): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const address = sha256(bytes);
  return packParcel({
    content: { ...result, [name]: address },
    blobs: new Map([...blobs, [address, bytes]]),
  });
}
