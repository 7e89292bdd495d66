/** `cd`, which changes nothing but the interpreter's own idea of where it stands. */
import { closeSync, constants, openSync } from 'node:fs';
import { join, relative } from 'node:path';
import { holdsSecrets, isSecretPath } from '../../core/shell/secrets.ts';
import { isInside } from './inside.ts';
import { type Machine, refuse } from './machine.ts';
import { realPath } from './paths.ts';

export type Entered =
  | { readonly ok: true; readonly cwd: string }
  | { readonly ok: false; readonly why: string };

/** Bash goes by the path as written: after a link, `..` leads back to where the link lies. Throws PathRefused. */
export function enterFolder(machine: Machine, cwd: string, path: string): Entered {
  const wanted = join(cwd, path).replace(/(?<=.)\/+$/, '');
  const real = realPath(wanted);
  if (real !== null && !isInside(machine.root, real)) refuse(machine, `cd: ${path} leads out of the root.`);
  const inner = relative(machine.root, real ?? wanted);
  if (isSecretPath(inner) || holdsSecrets(inner)) refuse(machine, `cd: ${path} holds secrets.`);
  try {
    closeSync(openSync(wanted, constants.O_RDONLY | constants.O_DIRECTORY));
  } catch {
    return { ok: false, why: real === null ? 'No such file or directory' : 'Not a directory' };
  }
  return { ok: true, cwd: wanted };
}
