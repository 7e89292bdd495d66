/** The key with which the agent-facing side hashes arguments in the audit: its own, made on first use. */
import type { Clock, Random } from '../ports/process.ts';
import type { Hasher } from '../ports/signing.ts';
import type { Store } from '../ports/store.ts';
import { keyedHasher } from './keyed-hasher.ts';

const ARGUMENTS = 'arguments';

/** One winner: every instance uses the key that is stored. */
export async function agentHasher(store: Store, clock: Clock, random: Random): Promise<Hasher> {
  const fresh = { key: Buffer.from(random(32)).toString('hex'), created_at: clock.now().toISOString() };
  const found = await store.get('mac_key', ARGUMENTS);
  if (found !== null) return checked(found.value.key);
  await store.create('mac_key', ARGUMENTS, fresh);
  const standing = await store.get('mac_key', ARGUMENTS);
  if (standing === null) throw new Error('the key that was just written cannot be read');
  return checked(standing.value.key);
}

function checked(key: string): Hasher {
  if (!/^[0-9a-f]{64}$/.test(key)) throw new Error('the key that hashes arguments is no key');
  return keyedHasher(key);
}
