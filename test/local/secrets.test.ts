import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { localSecrets } from '../../lib/local/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'recourse-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const secrets = localSecrets({ SLACK_TOKEN: 'from the environment', EMPTY: '' });

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

test('a secret is read from a variable or from a file that is its owner’s alone', async () => {
  expect(await secrets.read('SLACK_TOKEN')).toBe('from the environment');
  expect(await secrets.read(file('good', 'from a file\n'))).toBe('from a file');
});

test.each([
  ['ABSENT', 'the environment variable ABSENT is not set'],
  ['EMPTY', 'EMPTY is empty'],
  ['arn:aws:secretsmanager:eu-west-1:1:secret:x', 'is a secret of the cloud'],
  ['/nonexistent/secret', '/nonexistent/secret cannot be read (ENOENT)'],
])('%s: %s', async (name, why) => {
  await expect(secrets.read(name)).rejects.toThrow(why);
});

test('a file that others can read, a link, a folder and a large file are refused, and never shown', async () => {
  const open = file('open', 'hunter2', 0o640);
  await expect(secrets.read(open)).rejects.toThrow(`${open} is open to other users: run chmod 600 ${open}`);
  symlinkSync(file('target', 'hunter2'), join(folder, 'link'));
  await expect(secrets.read(join(folder, 'link'))).rejects.toThrow('cannot be read (ELOOP)');
  mkdirSync(join(folder, 'sub'));
  await expect(secrets.read(join(folder, 'sub'))).rejects.toThrow('not a plain file');
  await expect(secrets.read(file('large', 'hunter2'.repeat(5000)))).rejects.toThrow('too large');
});
