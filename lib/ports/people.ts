/** Who is told, who calls, and what the operator keeps secret. */
import type { NoticeEvent } from '../core/notice.ts';
import type { Caller } from '../core/plan.ts';
import type { SecretName } from '../core/policy/providers.ts';

/**
 * Tells people what happened. Resolves once the event is queued, without waiting for any provider. What is told
 * is a courtesy: a rejection never undoes what it was about, and callers go through `lifecycle/tell.ts`, which
 * reports it and goes on. The same event may be told twice (`noticeKey`); it is sent once.
 */
export interface Notices {
  tell(event: NoticeEvent): Promise<void>;
}

/**
 * Secrets of the operator, by where they are kept: an environment variable, an absolute path, the ARN of a
 * secret. Rejects with one sentence that names the place and never the value.
 */
export interface Secrets {
  read(name: SecretName): Promise<string>;
}

/** Who is behind an Authorization header of the agent API, or why nobody is. */
export type Identified =
  | { readonly because: null; readonly caller: Caller }
  /** `why` of these is for the audit: a stranger is not told what was wrong. */
  | { readonly because: 'no_credentials' | 'invalid_token'; readonly why: string }
  /** Genuine, and not enough: more may be asked of the issuer for the same agent. */
  | { readonly because: 'insufficient_scope'; readonly why: string }
  /** Genuine, and of nobody whom the operator knows: nothing that the client could do helps. */
  | { readonly because: 'not_allowed'; readonly why: string }
  /** It cannot be found out now. */
  | { readonly because: 'unavailable'; readonly why: string; readonly retryAfterSeconds: number };

/** Rejects on bugs and broken stores only; whatever a stranger sends is an answer. */
export interface Callers {
  identify(authorization: string | null): Promise<Identified>;
}
