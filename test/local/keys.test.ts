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
import { checkpointHash } from '../../lib/core/audit.ts';
import { openLocalKeys } from '../../lib/local/keys.ts';
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

  it.each([
    ['another approval', { approval_id: sampleVote(2, 'x', 'y').approval_id }],
    ['another digest', { digest: `sha256:${'1'.repeat(64)}` }],
    ['another environment', { environment: 'prod' }],
    ['another approver', { approver: 'mallory@example.com' }],
    ['another verdict', { verdict: 'reject' }],
    ['another reason', { reason: 'fine!' }],
    ['another time', { voted_at: '2026-01-01T00:00:00.001Z' }],
    ['a later expiry', { expires_at: '2028-01-01T00:00:00.000Z' }],
    ['no signature', { signature: '' }],
    ['a signature of another length', { signature: 'AAAA' }],
    ['a signature of zeros', { signature: Buffer.alloc(64).toString('base64') }],
  ] as const)('do not vouch for a vote with %s', async (_, change) => {
    const vote = await signedVote();
    expect(openLocalKeys(folder).verifyVote(vote)).toBe(true);
    expect(openLocalKeys(folder).verifyVote({ ...vote, ...change })).toBe(false);
  });

  it('answer false, whatever is given as a signature or vote', async () => {
    const vote = await signedVote();
    const keys = openLocalKeys(folder);
    const padded = [
      `${vote.signature}\n`,
      ` ${vote.signature}`,
      vote.signature.replace(/==$/, ''),
      `${vote.signature}AAAA`,
    ];
    for (const signature of [...padded, null, 7, {}, [vote.signature]]) {
      expect(keys.verifyVote(JSON.parse(JSON.stringify({ ...vote, signature })))).toBe(false);
    }
    expect(keys.verifyVote({ ...vote, reason: Number.NaN as unknown as string })).toBe(false);
  });

  it('keep votes and seals apart', async () => {
    const keys = openLocalKeys(folder);
    const unsigned = { number: 1, at: 'now', heads: [], prev: null };
    const hash = checkpointHash(unsigned);
    const signature = await keys.signSeal(hash);
    expect(keys.verifySeal({ ...unsigned, hash, signature })).toBe(true);
    expect(openLocalKeys(folder).verifySeal({ ...unsigned, hash, signature })).toBe(true);
    expect(
      keys.verifySeal({ ...unsigned, hash: checkpointHash({ ...unsigned, number: 2 }), signature }),
    ).toBe(false);
    const vote = await signedVote();
    expect(keys.verifySeal({ ...unsigned, hash, signature: vote.signature })).toBe(false);
    expect(keys.verifyVote({ ...vote, signature })).toBe(false);
    rmSync(join(folder, 'vote.pem'));
    copyKey('seal.pem', 'vote.pem');
    expect(openLocalKeys(folder).verifyVote(vote)).toBe(false);
  });

  it('hash the same text to the same value, in this environment only', () => {
    const keys = openLocalKeys(folder);
    expect(keys.hmac('password')).toMatch(/^hmac:[0-9a-f]{64}$/);
    expect(openLocalKeys(folder).hmac('password')).toBe(keys.hmac('password'));
    expect(keys.hmac('Password')).not.toBe(keys.hmac('password'));
    expect(openLocalKeys(join(parent, 'other')).hmac('password')).not.toBe(keys.hmac('password'));
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
