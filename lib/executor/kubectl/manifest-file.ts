/** The bytes of one manifest file inside the root, as one open file held them. Links are refused, never followed. */
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { RootPath } from '../../core/action.ts';
import { MAX_MANIFEST_BYTES } from '../../core/kubernetes/manifest.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';

export function readManifestFile(root: string, file: RootPath): Uint8Array | Refusal {
  const place = join(realpathSync.native(root), file);
  let handle: number;
  try {
    handle = openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return unreadable(file, error);
  }
  try {
    const opened = fstatSync(handle);
    if (opened.isDirectory()) {
      return refuse(
        'invalid_arguments',
        `${file} is a folder. Give one manifest file; folders and kustomizations are not applied.`,
      );
    }
    if (!opened.isFile()) return refuse('invalid_arguments', `${file} is not a regular file.`);
    // A folder on the way may be a link, or have become one.
    if (realpathSync.native(place) !== place) return outside(file);
    if (opened.size > MAX_MANIFEST_BYTES) return tooLarge(file, opened.size);
    const bytes = Buffer.alloc(MAX_MANIFEST_BYTES + 1);
    let size = 0;
    for (let count = -1; count !== 0 && size < bytes.length; size += count) {
      count = readSync(handle, bytes, size, bytes.length - size, size);
    }
    return size > MAX_MANIFEST_BYTES ? tooLarge(file, size) : Uint8Array.from(bytes.subarray(0, size));
  } catch (error) {
    return unreadable(file, error);
  } finally {
    closeSync(handle);
  }
}

function tooLarge(file: string, size: number): Refusal {
  return refuse(
    'invalid_arguments',
    `${file} has ${Math.ceil(size / 1024)} KB; the limit for a manifest is ${MAX_MANIFEST_BYTES / 1024} KB. Split it.`,
  );
}

function outside(file: string): Refusal {
  return refuse(
    'path_outside_root',
    `${file} is reached through a symbolic link. The gateway follows no links: put the file itself there.`,
  );
}

function unreadable(file: string, error: unknown): Refusal {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ELOOP') return outside(file);
  return refuse('invalid_arguments', `${file} cannot be read by the gateway (${code}).`);
}
