/** An empty SQLite file for one test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../lib/local/sqlite-store.ts';
import type { StorePlace } from '../contracts/store.contract.ts';

export function sqlitePlace(): StorePlace {
  const folder = mkdtempSync(join(tmpdir(), 'recourse-records-'));
  return {
    open: () => openSqliteStore(join(folder, 'records.db')),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
