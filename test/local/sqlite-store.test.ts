import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../lib/local/sqlite-store.ts';
import { CorruptRecord } from '../../lib/stored-record.ts';
import { describeAudit } from '../contracts/audit.contract.ts';
import { describeStore } from '../contracts/store.contract.ts';
import { bundleChild, outputOf, startChild } from '../support/child.ts';
import { sqlitePlace } from '../support/sqlite-place.ts';

describeStore('SQLite', sqlitePlace);
describeAudit('SQLite', sqlitePlace);

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recourse-sqlite-'));
  file = join(folder, 'records.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quota = (count: number) => ({ subject: 's', count, expires_at: 'x' });

describe('the SQLite file', () => {
  it('is for its owner alone, its logs too', async () => {
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    const store = await openSqliteStore(file);
    await store.create('quota', 'k', quota(1));
    const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
    expect(modes).toEqual([
      ['records.db', 0o600],
      ['records.db-shm', 0o600],
      ['records.db-wal', 0o600],
    ]);
    await store.close();
  });

  it('is refused where it is a link, is no database, or cannot be made', async () => {
    writeFileSync(join(folder, 'elsewhere'), '');
    symlinkSync(join(folder, 'elsewhere'), file);
    await expect(openSqliteStore(file)).rejects.toThrow('not a plain file');
    const other = join(folder, 'other.db');
    writeFileSync(other, 'this is no database at all; '.repeat(100));
    await expect(openSqliteStore(other)).rejects.toThrow('not a database');
    await expect(openSqliteStore(join(folder, 'absent', 'records.db'))).rejects.toThrow('ENOENT');
  });

  it('is refused where a newer version wrote it, and left as it is', async () => {
    await (await openSqliteStore(file)).close();
    const database = new Database(file);
    database.exec('PRAGMA user_version = 2');
    database.close();
    await expect(openSqliteStore(file)).rejects.toThrow(/newer recourse \(schema 2; this one knows 1\)/);
  });

  it('can be opened by many at once while it is new', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => openSqliteStore(file)));
    const outcomes = await Promise.all(
      stores.map((store, count) => store.create('quota', 'k', quota(count))),
    );
    expect(outcomes.filter((each) => each === 'created')).toHaveLength(1);
    await Promise.all(stores.map((store) => store.close()));
  });

  it.each([
    ['no JSON', `UPDATE records SET json = '{"count":'`],
    ['no object', `UPDATE records SET json = '7'`],
    ['null', `UPDATE records SET json = 'null'`],
    ['bytes', `UPDATE records SET json = x'7b7d'`],
  ])('rejects a row that holds %s, and skips none', async (_, tampering) => {
    const store = await openSqliteStore(file);
    const holder = { kind: 'approver', email: 'a' } as const;
    const token = {
      token_hash: `sha256:${'0'.repeat(64)}`,
      holder,
      created_at: 'now',
      revoked_at: null,
    } as const;
    await store.create('token', 'k', token);
    const database = new Database(file);
    database.exec(tampering);
    await expect(store.get('token', 'k')).rejects.toThrow(CorruptRecord);
    await expect(store.get('token', 'k')).rejects.toThrow('token "k"');
    await expect(store.list('token', { under: 'tokens', order: 'oldest_first', limit: 9 })).rejects.toThrow(
      CorruptRecord,
    );
    database.close();
    await store.close();
  });

  it('rejects a write when another process holds the lock for too long, and reads meanwhile', async () => {
    const store = await openSqliteStore(file, { busyTimeout: 50 });
    await store.create('quota', 'k', quota(1));
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.create('quota', 'l', quota(1))).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    await expect(store.replace('quota', 'k', 1, quota(2))).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    expect(await store.get('quota', 'k')).toEqual({ value: quota(1), version: 1 });
    other.exec('ROLLBACK');
    expect(await store.replace('quota', 'k', 1, quota(2))).toBe('replaced');
    other.close();
    await store.close();
  });
});

describe('processes on one SQLite file', () => {
  it('open a new one at once, have one winner for each key, and lose no replacement', async () => {
    const script = await bundleChild('contend', folder);
    const children = Array.from({ length: 8 }, (_, n) => startChild(script, [file, `child ${n}`, '25']));
    const outputs = children.map(outputOf);
    await Promise.all(children.map((child) => once(child.stdout, 'data')));
    for (const child of children) child.stdin.write('go\n');
    const won = (await Promise.all(outputs)).flatMap((text): string[] =>
      JSON.parse(text.split('\n')[1] ?? ''),
    );
    expect(won.sort()).toEqual(Array.from({ length: 25 }, (_, round) => `create ${round}`).sort());
    const store = await openSqliteStore(file);
    expect(await store.get('quota', 'counter')).toMatchObject({ value: { count: 200 }, version: 201 });
    await store.close();
  }, 60_000);

  it('lose nothing that was acknowledged when one is killed', async () => {
    const script = await bundleChild('write-until-killed', folder);
    const child = startChild(script, [file]);
    let acknowledged = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      acknowledged += chunk;
      if (acknowledged.length > 5_000) child.kill('SIGKILL');
    });
    const [, signal] = await once(child, 'close');
    expect(signal).toBe('SIGKILL');
    const keys = acknowledged.split('\n').slice(0, -1);
    expect(keys.length).toBeGreaterThan(400);
    const store = await openSqliteStore(file);
    for (const [count, key] of keys.entries()) {
      expect((await store.get('quota', key))?.value).toMatchObject({ subject: 'killed', count });
    }
    expect(await store.create('quota', keys[0] ?? '', quota(1))).toBe('exists');
    await store.close();
  }, 60_000);
});
