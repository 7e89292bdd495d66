import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { proofOf } from '../lib/control/proof.ts';
import type { Hasher } from '../lib/ports/signing.ts';

export interface ControlFile {
  readonly url: string;
  readonly token: string;
}

/** What `control.json` says of the running console, or null where none runs. */
export async function readControlFile(path: string, hasher: Hasher): Promise<ControlFile | null> {
  const found = await parse(path);
  return found !== null && (await isOurs(found.url, hasher)) ? found : null;
}

async function parse(path: string): Promise<ControlFile | null> {
  try {
    const { url, token } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return typeof url === 'string' && typeof token === 'string' ? { url, token } : null;
  } catch {
    return null;
  }
}

/**
 * A file that a killed gateway left behind names a port on which anybody may listen by now, an agent too. Only
 * a console of this very state folder has the key that proves it.
 */
async function isOurs(url: string, hasher: Hasher): Promise<boolean> {
  const nonce = randomBytes(32).toString('hex');
  try {
    const response = await fetch(`${url}/proof?nonce=${nonce}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(1000),
    });
    const { proof } = JSON.parse(await response.text()) as Record<string, unknown>;
    return proof === proofOf(hasher, new URL(url).origin, nonce);
  } catch {
    return false;
  }
}
