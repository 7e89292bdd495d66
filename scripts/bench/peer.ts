/** The package that we compare with, installed when the benchmark runs into a cache of its own. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const PEER = 'recourse-cli@0.1.40';

export interface Peer {
  /** Path of its command line, to be run by node. */
  readonly bin: string;
}

/** A problem (no network, no npm) is said, not thrown: our own numbers do not need it. */
export async function findPeer(): Promise<Peer | { readonly problem: string }> {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  const folder = path.join(cache, 'recourse-gateway', 'bench', PEER);
  if (installedIn(folder) === null) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', PEER];
      await promisify(execFile)('npm', args, { timeout: INSTALL_WITHIN_MS });
    } catch (failure) {
      const why = failure instanceof Error ? failure.message.trim().split('\n').at(-1) : String(failure);
      return { problem: `${PEER} could not be installed (${why}); these are our numbers alone` };
    }
  }
  return installedIn(folder) ?? { problem: `${PEER} did not come with that version; our numbers alone` };
}

const INSTALL_WITHIN_MS = 60_000;

function installedIn(folder: string): Peer | null {
  const [name = '', version] = PEER.split('@');
  const home = path.join(folder, 'node_modules', name);
  try {
    const manifest: { version?: string } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
    return manifest.version === version ? { bin: path.join(home, 'bin', 'recourse') } : null;
  } catch {
    return null;
  }
}
