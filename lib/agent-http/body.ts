/** Reading a request's body: JSON, and never more of it than is allowed, whatever Content-Length says. */
import type { HttpRefusal } from './refusal.ts';

export const MAX_BODY_BYTES = 1024 * 1024;
/** More levels than any tool's arguments have, few enough that nothing that walks them runs out of stack. */
export const MAX_DEPTH = 100;

/** How many times the allowed size is read before the client is cut off. */
const MAX_DISCARDED = 16;

export type Content = { readonly value: unknown } | { readonly refusal: HttpRefusal };

/** Whether the body is declared as plain JSON; parameters such as a charset do not matter. */
export function hasJsonType(request: Request): boolean {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  return type === 'application/json' && encoding === 'identity';
}

export async function readJson(request: Request): Promise<Content> {
  if (Number(request.headers.get('content-length') ?? '0') > MAX_BODY_BYTES) return TOO_LARGE;
  let bytes: Uint8Array | null;
  try {
    bytes = await upTo(MAX_BODY_BYTES, request.body);
  } catch {
    return BROKEN_OFF;
  }
  if (bytes === null) return TOO_LARGE;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return isDeep(text) ? TOO_DEEP : { value: JSON.parse(text) };
  } catch {
    return MALFORMED;
  }
}

/**
 * Null where there is more. What is over is still read, unkept and within reason: a client that sends it
 * hears the answer only when it has sent it.
 */
async function upTo(limit: number, body: ReadableStream<Uint8Array> | null): Promise<Uint8Array | null> {
  if (body === null) return new Uint8Array();
  let chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return size > limit ? null : Buffer.concat(chunks);
    size += value.length;
    if (size > limit) chunks = [];
    else chunks.push(value);
    if (size > MAX_DISCARDED * limit) return null;
  }
}

/** Counts brackets outside of strings, in one pass, before the text is parsed. */
function isDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') inString = !inString;
    else if (inString) at += char === '\\' ? 1 : 0;
    else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

export const NOT_JSON: Content = {
  refusal: {
    status: 415,
    code: 'not_json',
    why: 'Content-Type must be application/json, without a Content-Encoding.',
  },
};
const TOO_LARGE: Content = {
  refusal: { status: 413, code: 'too_large', why: `A request has at most ${MAX_BODY_BYTES} bytes.` },
};
const MALFORMED: Content = {
  refusal: { status: 400, code: 'malformed', why: 'The body is not JSON in UTF-8.', rpcCode: -32700 },
};
const TOO_DEEP: Content = {
  refusal: {
    status: 400,
    code: 'too_deep',
    why: `The body is nested deeper than ${MAX_DEPTH} levels.`,
    rpcCode: -32600,
  },
};
const BROKEN_OFF: Content = {
  refusal: { status: 400, code: 'broken_off', why: 'The body did not arrive whole.', rpcCode: -32700 },
};
