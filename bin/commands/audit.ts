/** `recourse audit verify|list|export`. Reading only: these append no event of their own. */
import { once } from 'node:events';
import { verifyAudit } from '../../lib/audit/verify.ts';
import { auditPage } from '../../lib/control/audit-events.ts';
import type { Page, Records } from '../../lib/ports.ts';
import { type LocalState, located, openLocalState, type WhichState } from '../local-state.ts';
import { Stop } from '../stop.ts';

type Options = WhichState & { json?: boolean };

export async function verify(options: Options): Promise<void> {
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

export async function list(options: Options & { limit: string }): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw new Stop(`--limit ${options.limit} is not a number of events; give 1 or more`);
  const state = await openLocalState(located(options));
  try {
    let left = limit;
    for await (const event of newest(state, limit)) {
      if (left-- <= 0) break;
      await print(
        options.json
          ? JSON.stringify(event)
          : `${event.at}  ${event.chain} ${event.seq}  ${event.actor}  ${event.type}  ${short(JSON.stringify(event.data))}`,
      );
    }
  } finally {
    await state.store.close();
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
