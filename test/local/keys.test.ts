import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocalKeys } from '../../lib/local/keys.ts';
import { describeKeys } from '../contracts/keys.contract.ts';
import { bundleChild, outputOf, startChild } from '../support/child.ts';
import { sampleVote } from '../support/sample-records.ts';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'recourse-keys-'));
  folder = join(parent, 'keys');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const FILES = ['hmac.key', 'seal.pem', 'vote.pem'];

async function signedVote() {
  const vote = sampleVote(1, 'alice@example.com', '2026-01-01T00:00:00.000Z');
  return { ...vote, signature: await openLocalKeys(folder).signVote(vote) };
}

describeKeys('files', async () => {
  const place = mkdtempSync(join(tmpdir(), 'recourse-keys-'));
  return {
    open: async () => openLocalKeys(join(place, 'keys')),
    openOther: async () => openLocalKeys(join(place, 'other')),
    remove: async () => rmSync(place, { recursive: true, force: true }),
  };
});

describe('keys', () => {
  it('are made once, for their owner alone', async () => {
    const before = process.umask(0);
    try {
      const vote = await signedVote();
      expect(readdirSync(folder).sort()).toEqual(FILES);
      expect(FILES.map((file) => statSync(join(folder, file)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      const made = FILES.map((file) => readFileSync(join(folder, file), 'utf8'));
      expect(openLocalKeys(folder).verifyVote(vote)).toBe(true);
      expect(FILES.map((file) => readFileSync(join(folder, file), 'utf8'))).toEqual(made);
      expect(made[1]).not.toBe(made[2]);
    } finally {
      process.umask(before);
    }
  });

  it('verify nothing that another key signed', async () => {
    const vote = await signedVote();
    rmSync(join(folder, 'vote.pem'));
    copyKey('seal.pem', 'vote.pem');
    expect(openLocalKeys(folder).verifyVote(vote)).toBe(false);
  });

  it('are the same for all processes that make them at once', async () => {
    const script = await bundleChild('open-state', parent);
    const state = join(parent, 'state');
    const root = mkdtempSync(join(parent, 'root-'));
    const outputs = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((day) => outputOf(startChild(script, [state, root, `2026-01-0${day}`]))),
    );
    const seen = outputs.map((text) => JSON.parse(text));
    expect(new Set(seen.map((each) => each.hmac)).size).toBe(1);
    expect(new Set(seen.map((each) => each.created)).size).toBe(1);
    const keys = openLocalKeys(join(state, 'keys'));
    const hash = `sha256:${'0'.repeat(64)}` as const;
    for (const { signature } of seen) {
      expect(keys.verifySeal({ number: 1, at: '', heads: [], prev: null, hash, signature })).toBe(true);
    }
    expect(readdirSync(join(state, 'keys')).sort()).toEqual(FILES);
  }, 30_000);
});

describe('a key that is not sound', () => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
  const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    type: 'spki',
    format: 'pem',
  });

  it.each([
    ['vote.pem', '', 'is no private key'],
    ['vote.pem', 'not a key', 'is no private key'],
    ['seal.pem', p256.toString(), 'is no private key'],
    ['seal.pem', p384.toString(), 'is no ECDSA P-256 key'],
    ['vote.pem', ed25519.toString(), 'is no ECDSA P-256 key'],
    ['hmac.key', '', 'is not 32 bytes'],
    ['hmac.key', `${'0'.repeat(63)}\n`, 'is not 32 bytes'],
    ['hmac.key', `${'g'.repeat(64)}\n`, 'is not 32 bytes'],
  ])('is an error and stays as it is: %s with %j', (file, text, message) => {
    openLocalKeys(folder);
    writeFileSync(join(folder, file), text);
    expect(() => openLocalKeys(folder)).toThrow(message);
    expect(() => openLocalKeys(folder)).toThrow(file);
    expect(readFileSync(join(folder, file), 'utf8')).toBe(text);
  });

  it.each(FILES)('is refused where others may read it: %s', (file) => {
    openLocalKeys(folder);
    chmodSync(join(folder, file), 0o640);
    expect(() => openLocalKeys(folder)).toThrow(`run chmod 600 ${join(folder, file)}`);
  });

  it.each(FILES)('is refused where it is a link: %s', (file) => {
    openLocalKeys(folder);
    writeFileSync(join(parent, 'moved'), readFileSync(join(folder, file)), { mode: 0o600 });
    rmSync(join(folder, file));
    symlinkSync(join(parent, 'moved'), join(folder, file));
    expect(() => openLocalKeys(folder)).toThrow('cannot be read (ELOOP)');
  });
});

function copyKey(from: string, to: string): void {
  writeFileSync(join(folder, to), readFileSync(join(folder, from)), { mode: 0o600 });
}
