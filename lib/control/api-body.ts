/** Reading what the JSON side is asked: strictly, and with one clear sentence where it cannot be read. */
import type { Context } from 'hono';
import { z } from 'zod';
import type { Problem } from './answer.ts';
import { bodyText, hasMediaType, TOO_LARGE } from './body.ts';
import { openCursor } from './cursor.ts';
import type { ControlDeps } from './deps.ts';

export async function jsonBody<T>(
  c: Context,
  shape: z.ZodType<T>,
): Promise<{ value: T } | { problem: Problem }> {
  if (!hasMediaType(c, 'application/json')) return { problem: NOT_JSON };
  const text = await bodyText(c);
  if (text === null) return { problem: TOO_LARGE };
  const read = parsedJson(text);
  if (read === null) return { problem: bad('The body is not JSON.') };
  const parsed = shape.safeParse(read.value);
  return parsed.success ? { value: parsed.data } : { problem: invalid(parsed.error) };
}

/** A query with `limit` and `cursor` and whatever `shape` adds; `after` is the store's own cursor. */
export function pageQuery<S extends z.ZodRawShape>(
  deps: ControlDeps,
  c: Context,
  shape: S,
): { query: z.output<z.ZodObject<S>>; limit: number; after: string | null } | { problem: Problem } {
  const paging = Paging.safeParse({ limit: c.req.query('limit'), cursor: c.req.query('cursor') });
  if (!paging.success) return { problem: invalid(paging.error) };
  const { limit: _limit, cursor: _cursor, ...rest } = c.req.query();
  const query = z.strictObject(shape).safeParse(rest);
  if (!query.success) return { problem: invalid(query.error) };
  const { limit, cursor } = paging.data;
  const after = cursor === null ? null : openCursor(deps.hasher, cursor);
  if (cursor !== null && after === null) return { problem: bad('cursor: not one that this API gave') };
  return { query: query.data, limit, after };
}

function parsedJson(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

function invalid(error: z.ZodError): Problem {
  const [first] = error.issues;
  const where = first?.path.join('.') ?? '';
  return bad(where === '' ? (first?.message ?? 'bad input') : `${where}: ${first?.message ?? 'bad input'}`);
}

export function bad(why: string): Problem {
  return { status: 400, code: 'invalid_arguments', why };
}

const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(2000).nullable().default(null),
});

const NOT_JSON: Problem = { status: 415, code: 'not_json', why: 'Content-Type must be application/json.' };
