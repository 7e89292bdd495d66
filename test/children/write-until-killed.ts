/** Writes records and prints the key of each one that was acknowledged, until it is killed. */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../lib/local/sqlite-store.ts';

const store = await openSqliteStore(process.argv[2] ?? '');
for (let count = 0; ; count += 1) {
  const key = `key ${count}`;
  await store.create('quota', key, { subject: 'killed', count, expires_at: 'x'.repeat(count % 3_000) });
  writeSync(1, `${key}\n`);
}
