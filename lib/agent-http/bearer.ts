/** Which agent is asking. Only a live token of an agent names one. */
import type { Caller } from '../core/plan.ts';
import { tokenHolder } from '../lifecycle/token-holder.ts';
import type { Store } from '../ports.ts';

/** Null for no token, a malformed, unknown or revoked one, and one of a human. Rejects where the store does. */
export async function callerOf(store: Store, authorization: string | null): Promise<Caller | null> {
  const token = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return null;
  const holder = await tokenHolder(store, token);
  return holder?.kind === 'agent' ? { agent: holder.name, human: holder.human } : null;
}
