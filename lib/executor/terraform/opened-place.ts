/**
 * Folders whose every name somebody else can change at any moment. A path that was looked at says nothing of
 * what is opened next; what a descriptor holds does. Where the system does not tell a descriptor's place
 * (no /proc), the path is compared with it instead, twice.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, realpathSync } from 'node:fs';

/** A descriptor of the folder at a real path, which the caller closes; null where it is a link, elsewhere or no folder. */
export function openFolder(place: string): number | null {
  let fd: number;
  try {
    fd = openSync(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch {
    return null;
  }
  if (isOpenedAt(fd, place)) return fd;
  closeSync(fd);
  return null;
}

/** Whether what was opened lies at exactly this path, reached through no link. */
export function isOpenedAt(fd: number, place: string): boolean {
  const opened = openedPlace(fd);
  if (opened !== null) return opened === place;
  return realPlace(place) === place && isSame(fd, place) && realPlace(place) === place;
}

/** A path to an entry of an opened folder that does not depend on where the folder is by now. */
export function entryOf(fd: number, place: string, name: string): string {
  return openedPlace(fd) === null ? `${place}/${name}` : `/proc/self/fd/${fd}/${name}`;
}

function openedPlace(fd: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return null;
  }
}

function isSame(fd: number, place: string): boolean {
  const opened = fstatSync(fd, { bigint: true });
  const found = lstatSync(place, { bigint: true, throwIfNoEntry: false });
  return found !== undefined && found.ino === opened.ino && found.dev === opened.dev;
}

function realPlace(place: string): string | null {
  try {
    return realpathSync.native(place);
  } catch {
    return null;
  }
}
