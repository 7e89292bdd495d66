/** What judging a command by its text cannot see: where links lead. */
import { realpathSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { holdsSecrets, isInSettings, isSecretName, isSecretPath } from '../../core/shell/secrets.ts';
import { isInside } from './inside.ts';

/** What of the machine a command may be led to. */
export interface Reach {
  /** Real path of the folder that agents may address. */
  readonly root: string;
  /** Real paths of folders that no command sees, but for what of the root lies in them. */
  readonly hidden: readonly string[];
  /** Real paths of the only folders outside the root that the sandbox shows; null where there is no sandbox. */
  readonly seen: readonly string[] | null;
}

/** Whether a real path outside the root is one that commands never see. */
export function isHidden({ root, hidden, seen }: Reach, real: string): boolean {
  if (isInside(root, real)) return false;
  const unseen = seen !== null && !seen.some((folder) => isInside(folder, real));
  return unseen || hidden.some((folder) => isInside(folder, real));
}

/**
 * Why the path may not be opened, as one sentence; null where it may, or where there is nothing. A path that
 * says itself that it is secret was judged so already: such a command only names it.
 */
export function refusePath(reach: Reach, cwd: string, path: string): string | null {
  if (/[\uE000-\uF8FF]/.test(path)) return `${path} is not a plain path.`;
  const absolute = path.startsWith('/');
  // These name the program's own process and descriptors, not the gateway's.
  if (absolute && /^\/(?:proc|dev)(?:\/|$)/.test(path)) return null;
  const { root } = reach;
  const real = realPath(absolute ? path : `${cwd}/${path}`);
  if (real === null) {
    // Nothing is there yet; what may come there lies where the way to it leads.
    const way = absolute ? null : nearestReal(`${cwd}/${path}`);
    return way === null || isInside(root, way) ? null : `${path} leads out of the root.`;
  }
  if (isInside(root, real)) {
    const inner = relative(root, real);
    const named = isSecretName(path) || isInSettings(path);
    return (isSecretPath(inner) || holdsSecrets(inner)) && !named
      ? `${path} leads to ${inner}, which holds secrets.`
      : null;
  }
  if (!absolute) return `${path} leads out of the root.`;
  // The sandbox shows none of these; without one, nothing else stands in the way.
  if (reach.seen === null && isHidden(reach, real))
    return `${path} lies in a folder that is not for commands.`;
  return isSecretPath(real) && !isSecretPath(path) ? `${path} leads to a file that holds secrets.` : null;
}

/** Real path of the deepest folder on the way that is there. */
function nearestReal(path: string): string | null {
  for (let way = dirname(path); ; way = dirname(way)) {
    const real = realPath(way);
    if (real !== null || way === dirname(way)) return real;
  }
}

/** Null where there is nothing at the path, or a link there leads nowhere. */
export function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
