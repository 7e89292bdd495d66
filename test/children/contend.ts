/**
 * Waits for a line on stdin, then opens a file that others open too, creates and replaces records that they
 * want too, and prints what it won.
 */
import { once } from 'node:events';
import { openSqliteStore } from '../../lib/local/sqlite-store.ts';

const [, , path = '', name = '', rounds = '0'] = process.argv;
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const store = await openSqliteStore(path);
await store.create('quota', 'counter', { subject: 'all', count: 0, expires_at: 'x' });
const won: string[] = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const count = { subject: name, count: 0, expires_at: 'x' };
  if ((await store.create('quota', `create ${round}`, count)) === 'created') won.push(`create ${round}`);
  for (;;) {
    const found = await store.get('quota', 'counter');
    if (found === null) throw new Error('no counter');
    const next = { ...found.value, count: found.value.count + 1 };
    if ((await store.replace('quota', 'counter', found.version, next)) === 'replaced') break;
  }
}
process.stdout.write(`${JSON.stringify(won)}\n`);
await store.close();
process.stdin.destroy();
