/** `recourse audit verify|list|export`. Reading only: on one machine these append no event of their own. */
import { once } from 'node:events';
import { verifyAudit } from '../../lib/audit/verify.ts';
import { type AuditEventsPage, auditPage } from '../../lib/control/audit-events.ts';
import type { AuditState } from '../../lib/control/deps.ts';
import type { AuditEvent } from '../../lib/core/audit.ts';
import type { Records } from '../../lib/ports/records.ts';
import type { Page } from '../../lib/ports/store.ts';
import { type LocalState, located, openLocalState, type WhichState } from '../local-state.ts';
import { type ControlClient, remoteControl } from '../remote-control.ts';
import { Stop } from '../stop.ts';

type Options = WhichState & { json?: boolean };
type Anywhere = Options & { url?: string; aws?: boolean };

export async function verify(options: Anywhere): Promise<void> {
  if (options.url !== undefined)
    return verifyThere(await remoteControl({ ...options, url: options.url }), options);
  const state = await openLocalState(located(options));
  try {
    const verified = await verifyAudit({ store: state.store, verifySeal: state.keys.verifySeal });
    if (options.json) await print(JSON.stringify(verified));
    else if (verified.ok) {
      await print(
        `audit verified: ${verified.events} events in ${verified.chains} chains, ${verified.checkpoints} signed checkpoints`,
      );
    } else {
      const { kind, chain, seq, message } = verified.problem;
      await print(`audit does NOT hold: ${kind} at ${chain} ${seq ?? ''}: ${message}`);
    }
    process.exitCode = verified.ok ? 0 : 1;
  } finally {
    await state.store.close();
  }
}

/** What the gateway says that it found; who would not trust it verifies with a role and the public key of his own. */
async function verifyThere(control: ControlClient, { json }: Options): Promise<void> {
  const { holds, what, at }: AuditState = await control.get('/api/audit/verification');
  if (json) await print(JSON.stringify({ ok: holds, what, at }));
  else await print(holds ? `audit verified: ${what}` : `audit does NOT hold: ${what}`);
  process.exitCode = holds ? 0 : 1;
}

export async function list(options: Anywhere & { limit: string }): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new Stop(`--limit ${options.limit} is not a number of events; give 1 or more`);
  if (options.url !== undefined) {
    const control = await remoteControl({ ...options, url: options.url });
    return listed(newestThere(control, limit), limit, options);
  }
  const state = await openLocalState(located(options));
  try {
    await listed(newest(state, limit), limit, options);
  } finally {
    await state.store.close();
  }
}

async function listed(events: AsyncGenerator<AuditEvent>, limit: number, { json }: Options): Promise<void> {
  let left = limit;
  for await (const event of events) {
    if (left-- <= 0) break;
    await print(
      json
        ? JSON.stringify(event)
        : `${event.at}  ${event.chain} ${event.seq}  ${event.actor}  ${event.type}  ${short(JSON.stringify(event.data))}`,
    );
  }
}

export async function exportAll(options: Options): Promise<void> {
  const state = await openLocalState(located(options));
  try {
    for await (const { chain } of every(state, 'chain', 'chains')) {
      for await (const event of every(state, 'audit', chain))
        await print(JSON.stringify({ kind: 'event', ...event }));
    }
    for await (const each of every(state, 'checkpoint', 'checkpoints')) {
      await print(JSON.stringify({ kind: 'checkpoint', ...each }));
    }
  } finally {
    await state.store.close();
  }
}

/** Every record of a listing, oldest first. */
async function* every<K extends 'chain' | 'audit' | 'checkpoint'>(
  state: LocalState,
  kind: K,
  under: string,
): AsyncGenerator<Records[K]> {
  let after: string | null = null;
  do {
    const page: Page<Records[K]> = await state.store.list(kind, {
      under,
      order: 'oldest_first',
      limit: 1000,
      after,
    });
    yield* page.items;
    after = page.next;
  } while (after !== null);
}

async function* newestThere(control: ControlClient, limit: number): AsyncGenerator<AuditEvent> {
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(limit, 200)), ...(cursor && { cursor }) });
    const page: AuditEventsPage = await control.get(`/api/audit?${query}`);
    yield* page.events;
    cursor = page.next;
  } while (cursor !== null);
}

async function* newest(state: LocalState, limit: number) {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof auditPage>> = await auditPage(
      state.store,
      Math.min(limit, 1000),
      cursor,
    );
    yield* page.events;
    cursor = page.next;
  } while (cursor !== null);
}

function short(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}
