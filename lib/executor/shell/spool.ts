/** Bytes as a file without a name. */
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A descriptor to read them by, which the caller closes; nothing is left behind then. */
export function spool(bytes: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), 'recourse-spool-'));
  try {
    const file = join(folder, 'bytes');
    writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' });
    return openSync(file, 'r');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
