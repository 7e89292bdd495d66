/**
 * How much configuration is read at all. Reading holds up everything else that the gateway does, so what one
 * file and one request may cost is bounded before a parser sees any of it.
 */

import { decode } from './lexer.ts';
import { Unreadable } from './token.ts';

/** Bytes of one file. */
export const MAX_FILE_BYTES = 1_000_000;
const MAX_TOTAL_BYTES = 16_000_000;
const MAX_FILES = 2_000;

/** What is left to read for one request. */
export class ReadingAllowance {
  private bytes = 0;
  private files = 0;

  /** Takes one file; throws `Unreadable` where it, or all of them together, are too much. */
  take(bytes: number): void {
    if (bytes > MAX_FILE_BYTES) throw new Unreadable(`larger than ${MAX_FILE_BYTES} bytes`);
    this.bytes += bytes;
    this.files++;
    if (this.bytes > MAX_TOTAL_BYTES || this.files > MAX_FILES)
      throw new Unreadable(
        `more configuration than is read at once (${MAX_FILES} files, ${MAX_TOTAL_BYTES} bytes)`,
      );
  }
}

/** A file's text, once the allowance has room for it. Throws `Unreadable`. */
export function readableText(bytes: Uint8Array, allowance: ReadingAllowance): string {
  allowance.take(bytes.length);
  return decode(bytes);
}
