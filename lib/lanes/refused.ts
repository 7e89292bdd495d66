/** How a lane says no. */
import type { Refusal } from '../core/refusal.ts';
import type { JobResult } from '../workflow/job.ts';
import type { ParcelBlobs } from '../workflow/parcel-blobs.ts';

/** `text`: what the tool printed, unredacted. */
export async function refusedWith(
  blobs: ParcelBlobs,
  { code, why }: Refusal,
  text: string,
): Promise<JobResult> {
  const printed = text === '' ? null : await blobs.put(new TextEncoder().encode(text));
  return { kind: 'refused', code, why: why.slice(0, 8_000), text: printed };
}

export function unavailable(why: string): JobResult {
  return { kind: 'refused', code: 'tool_unavailable', why, text: null };
}
