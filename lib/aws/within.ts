/** How long a call to AWS may take, all attempts together; then it rejects, and whether it was done is open. */
export function within(timeoutMs: number): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(timeoutMs) };
}

/** For calls that carry little. The SDK's clients would wait for ever for an answer that does not come. */
export const CALL_MS = 8_000;
/** For calls that carry a parcel. */
export const OBJECT_MS = 60_000;
