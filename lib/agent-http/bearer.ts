/** Callers of one machine: only a live token of an agent, made by the operator, names one. */
import { tokenHolder } from '../lifecycle/token-holder.ts';
import type { Callers, Identified } from '../ports/people.ts';
import type { Store } from '../ports/store.ts';

/** A token that is malformed, unknown or revoked names nobody, and neither does one of a human. */
export function tokenCallers(store: Store): Callers {
  return {
    identify: async (authorization) => {
      if (authorization === null) return NO_TOKEN;
      const token = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
      const holder = token === undefined ? null : await tokenHolder(store, token);
      if (holder?.kind !== 'agent') return INVALID;
      return { because: null, caller: { agent: holder.name, human: holder.human } };
    },
  };
}

const NO_TOKEN: Identified = { because: 'no_credentials', why: 'no token' };
const INVALID: Identified = { because: 'invalid_token', why: 'no live token of an agent' };
