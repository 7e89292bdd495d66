/**
 * Bearer tokens: of named approvers for the control API, of agents for MCP over HTTP. The two never stand
 * in for each other. Stored hashed; a token is shown once.
 */
import { sha256 } from '../core/canonical.ts';
import { isEmail } from '../core/email.ts';
import { AGENT_NAME } from '../core/known-agent.ts';
import type { TokenHolder } from '../lifecycle/token-holder.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Clock, Random } from '../ports/process.ts';
import type { TokenRecord } from '../ports/records.ts';
import type { Page, Store, Versioned } from '../ports/store.ts';
import { secretToken } from './links.ts';

export interface TokenDeps {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: string;
}

export interface TokenView {
  /** Twelve hex digits of the hash: enough to name a token, useless for using it. */
  readonly id: string;
  readonly holder: TokenHolder;
  readonly created_at: string;
  readonly revoked_at: string | null;
}

/** What is wrong with a holder's name, in one sentence; null where nothing is. */
export function holderProblem(holder: TokenHolder): string | null {
  if (holder.kind === 'approver') {
    return isEmail(holder.email)
      ? null
      : 'An approver is named by an e-mail address, such as alice@example.com.';
  }
  if (!AGENT_NAME.test(holder.name)) {
    return 'An agent is named by 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first.';
  }
  return holder.human === null || isEmail(holder.human)
    ? null
    : 'The human an agent works for is named by an e-mail address.';
}

/** Mints a token; `by` is the human who asked. Rejects on a bad holder (see `holderProblem`) or broken I/O. */
export async function createToken(
  deps: TokenDeps,
  holder: TokenHolder,
  by: string,
): Promise<{ readonly token: string; readonly view: TokenView }> {
  const problem = holderProblem(holder);
  if (problem !== null) throw new TypeError(problem);
  const token = `rgw_${secretToken(deps.random)}`;
  const record: TokenRecord = {
    token_hash: sha256(token),
    holder,
    created_at: deps.clock.now().toISOString(),
    revoked_at: null,
  };
  await note(deps, 'token.created', record, by);
  if ((await deps.store.create('token', record.token_hash, record)) === 'exists') {
    throw new Error('a new token has the hash of an old one: the source of randomness is broken');
  }
  return { token, view: viewOf(record) };
}

export async function listTokens(store: Store): Promise<TokenView[]> {
  return (await allTokens(store)).map(viewOf);
}

/** Revokes the token of this id (or a longer piece of its hash). `unknown`: no token, or more than one. */
export async function revokeToken(
  deps: TokenDeps,
  id: string,
  by: string,
): Promise<'revoked' | 'was_revoked' | 'unknown'> {
  const named = (await allTokens(deps.store)).filter((record) => isNamed(record, id));
  const [only, ...others] = named;
  if (!only || others.length > 0) return 'unknown';
  for (;;) {
    const now: Versioned<TokenRecord> | null = await deps.store.get('token', only.token_hash);
    if (now === null) return 'unknown';
    if (now.value.revoked_at !== null) return 'was_revoked';
    await note(deps, 'token.revoked', now.value, by);
    const revoked = { ...now.value, revoked_at: deps.clock.now().toISOString() };
    const written = await deps.store.replace('token', only.token_hash, now.version, revoked);
    if (written === 'replaced') return 'revoked';
  }
}

function isNamed(record: TokenRecord, id: string): boolean {
  const hex = id.toLowerCase().replace(/^sha256:/, '');
  return /^[0-9a-f]{12,64}$/.test(hex) && record.token_hash.slice('sha256:'.length).startsWith(hex);
}

async function allTokens(store: Store): Promise<TokenRecord[]> {
  const all: TokenRecord[] = [];
  let after: string | null = null;
  do {
    const page: Page<TokenRecord> = await store.list('token', {
      under: 'tokens',
      order: 'oldest_first',
      limit: 1000,
      after,
    });
    all.push(...page.items);
    after = page.next;
  } while (after !== null);
  return all;
}

function viewOf(record: TokenRecord): TokenView {
  const { token_hash, holder, created_at, revoked_at } = record;
  return { id: token_hash.slice('sha256:'.length).slice(0, 12), holder, created_at, revoked_at };
}

async function note(deps: TokenDeps, type: string, record: TokenRecord, by: string): Promise<void> {
  await deps.audit.append({
    at: deps.clock.now().toISOString(),
    actor: `human:${by}`,
    environment: deps.environment,
    type,
    data: { id: viewOf(record).id, holder: record.holder },
  });
}
