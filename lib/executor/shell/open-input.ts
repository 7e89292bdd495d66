/** Files that a script reads as standard input. They are opened by the gateway, not in the sandbox. */
import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { isSecretPath } from '../../core/shell/secrets.ts';
import { isInside } from './inside.ts';
import { isHidden, type Reach, realPath } from './paths.ts';

/** A descriptor that the caller closes; `missing` where there is no such file; `refused` where it may not be read. */
export function openInput(reach: Reach, cwd: string, path: string): number | 'missing' | 'refused' {
  if (path === '/dev/null') return openSync(path, 'r');
  // Here these would be the gateway's own.
  if (/^\/(?:dev|proc\/(?:self|thread-self|\d+))(?:\/|$)/.test(path)) return 'refused';
  const place = path.startsWith('/') ? path : `${cwd}/${path}`;
  let fd: number;
  try {
    fd = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return 'missing';
  }
  // What was opened counts: a link may have been changed since it was looked at.
  const real = openedPath(fd) ?? realPath(place);
  const readable =
    real !== null &&
    fstatSync(fd).isFile() &&
    (isInside(reach.root, real)
      ? !isSecretPath(relative(reach.root, real))
      : path.startsWith('/') && !isSecretPath(real) && !isHidden(reach, real));
  if (readable) return fd;
  closeSync(fd);
  return 'refused';
}

/** Null where the system does not tell. */
function openedPath(fd: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return null;
  }
}
