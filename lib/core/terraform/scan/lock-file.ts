/** The dependency lock file: which provider versions init may use. */

import { type Body, literalText } from './body.ts';

export interface LockFile {
  readonly present: boolean;
  /** Full source address → version. */
  readonly providers: Readonly<Record<string, string>>;
}

export const LOCK_FILE_NAME = '.terraform.lock.hcl';

/** Reads the `provider` blocks; `body` is null where there is no lock file. */
export function readLockFile(body: Body | null): LockFile {
  if (body === null) return { present: false, providers: {} };
  const providers = new Map<string, string>();
  for (const block of body.blocks) {
    const [address] = block.labels;
    const version = block.body.attributes.find((attribute) => attribute.name === 'version');
    const text = version === undefined ? null : literalText(version.tokens);
    if (block.type === 'provider' && address !== undefined && text !== null)
      providers.set(address.toLowerCase(), text);
  }
  return { present: true, providers: Object.fromEntries(providers) };
}
