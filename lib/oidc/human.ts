/**
 * The human behind an access token. Who approves is compared with this name, so it must be one that the issuer
 * vouches for: an e-mail address, in lower case, and verified where it is the claim `email`.
 */
import type { JWTPayload } from 'jose';
import { type Digest, sha256 } from '../core/canonical.ts';
import { claimedHuman, isVerified } from '../core/human.ts';
import type { Clock } from '../ports/process.ts';
import type { Issuer } from './issuer.ts';

export interface HumanNames {
  /** Null where the issuer vouches for no name. Rejects with IssuerDown where it cannot be asked. */
  of(payload: JWTPayload, token: string): Promise<string | null | 'token_refused'>;
}

interface Asked {
  readonly name: Promise<string | null | 'token_refused'>;
  readonly until: number;
}

/** Tokens whose holders are remembered; more than there are agents and humans of one gateway. */
const MAX_ASKED = 500;
/** Somebody without a name is asked for again soon: an administrator may be mending that just now. */
const UNNAMED_MS = 30_000;

export function humanNames(options: {
  readonly issuer: Issuer;
  readonly claim: string;
  readonly clock: Clock;
}): HumanNames {
  const { issuer, claim, clock } = options;
  /** By the token's hash, oldest first. */
  const asked = new Map<Digest, Asked>();

  const ask = async ({ sub }: JWTPayload, token: string) => {
    const info = await issuer.userinfo(token);
    if (info === null) return 'token_refused' as const;
    // Another subject's answer says nothing of this token's.
    return typeof sub === 'string' && info.sub === sub ? claimedHuman(info, claim) : null;
  };

  const remembered = async (payload: JWTPayload, token: string) => {
    const key = sha256(token);
    const now = clock.now().getTime();
    const before = asked.get(key);
    if (before !== undefined && before.until > now) return before.name;
    asked.delete(key);
    const name = ask(payload, token);
    asked.set(key, { name, until: (payload.exp ?? 0) * 1000 });
    for (const oldest of asked.keys()) {
      if (asked.size <= MAX_ASKED) break;
      asked.delete(oldest);
    }
    try {
      const found = await name;
      if (found === null)
        asked.set(key, { name, until: Math.min(now + UNNAMED_MS, (payload.exp ?? 0) * 1000) });
      if (found === 'token_refused') asked.delete(key);
      return found;
    } catch (failure) {
      asked.delete(key);
      throw failure;
    }
  };

  return {
    of: async (payload, token) => {
      // What the token itself denies is not asked for elsewhere.
      if (claim === 'email' && payload.email_verified !== undefined && !isVerified(payload)) return null;
      return claimedHuman(payload, claim) ?? (await remembered(payload, token));
    },
  };
}
