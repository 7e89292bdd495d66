/** Reading a request's body, never more of it than is allowed. */
import type { Context } from 'hono';
import type { Problem } from './answer.ts';

export const MAX_BODY_BYTES = 64 * 1024;

export const TOO_LARGE: Problem = {
  status: 413,
  code: 'too_large',
  why: `A request has at most ${MAX_BODY_BYTES} bytes.`,
};

/** Whether the body is declared as this media type; parameters such as a charset do not matter. */
export function hasMediaType(c: Context, wanted: string): boolean {
  return (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() === wanted;
}

/** The body as text; null where it is larger than allowed, whatever Content-Length says. */
export async function bodyText(c: Context): Promise<string | null> {
  const bytes = await bodyBytes(c);
  return bytes && Buffer.from(bytes).toString('utf8');
}

/** The body as it came; null where it is larger than allowed. */
export async function bodyBytes(c: Context): Promise<Uint8Array | null> {
  const body = c.req.raw.body;
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    size += value.length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(value);
  }
}
