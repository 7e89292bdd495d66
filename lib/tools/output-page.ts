/** Outputs are blobs of redacted text, given page by page. A cursor is a position in one blob. */
import { type Digest, isDigest } from '../core/canonical.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { ToolResult } from './result.ts';
import type { ToolContext } from './tool.ts';

type OutputPage = Pick<ToolResult, 'output' | 'truncated' | 'next_cursor'>;

export async function firstPage(ctx: ToolContext, blob: Digest | null): Promise<OutputPage> {
  return blob === null ? {} : page(ctx, blob, 0);
}

/**
 * The page at a cursor. Only blobs in `allowed` can be read: a cursor is the caller's text, and the same
 * store holds plan files and state.
 */
export async function pageAt(
  ctx: ToolContext,
  cursor: string,
  allowed: readonly (Digest | null)[],
): Promise<OutputPage | Refusal> {
  const [blob, offset] = decode(cursor);
  if (blob === null || !allowed.includes(blob)) {
    return refuse('invalid_arguments', 'cursor: use the next_cursor of an answer about this very plan.');
  }
  return page(ctx, blob, offset);
}

async function page(ctx: ToolContext, blob: Digest, offset: number): Promise<OutputPage> {
  const bytes = await ctx.blobs.get(blob);
  if (bytes === null) return { output: '', truncated: true, next_cursor: null };
  const start = characterStart(bytes, offset);
  const end = characterStart(bytes, start + ctx.policy.limits.outputBytes);
  const more = end < bytes.length;
  return {
    output: new TextDecoder().decode(bytes.subarray(start, end)),
    truncated: more,
    next_cursor: more ? `${blob}@${end}` : null,
  };
}

/** The nearest offset at or before this one at which a UTF-8 character begins. */
function characterStart(bytes: Uint8Array, offset: number): number {
  let at = Math.min(offset, bytes.length);
  while (at > 0 && at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}

function decode(cursor: string): [Digest | null, number] {
  const [blob = '', offset = ''] = cursor.split('@');
  return isDigest(blob) && /^\d{1,12}$/.test(offset) ? [blob, Number(offset)] : [null, 0];
}
