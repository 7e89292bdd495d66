/** The audit chain of one instance of a function: nobody else writes to it. */
import { newChainName, openAuditLog } from '../audit/log.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Clock, Random } from '../ports/process.ts';
import type { Store } from '../ports/store.ts';
import { type Watch, watchedAudit } from './watch.ts';

export interface FunctionAudit {
  readonly name: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly watch: Pick<Watch, 'measure'>;
}

export function functionAudit({ name, store, clock, random, watch }: FunctionAudit): AuditLog {
  const writer = { host: name, pid: process.pid, started: clock.now().toISOString() };
  return watchedAudit(openAuditLog({ store, chain: newChainName(writer, random), clock }), watch);
}
