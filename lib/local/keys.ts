/**
 * The keys of one environment on one machine: one to sign votes, one to seal the audit, one to hash
 * sensitive values. Made on first use, 0600; a key that is there and not sound is an error, never replaced:
 * a new one would silently disown every vote and seal made with the old.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SealSigner } from '../audit/checkpoint-log.ts';
import { sealBytes, type VerifySeal } from '../audit/seal.ts';
import { voteBytes } from '../core/approval.ts';
import { statementBytes } from '../core/statement.ts';
import type { Hasher, VoteSigner, VoteVerifier } from '../ports/signing.ts';
import { hmacText, isP256, verifiesP256 } from '../signatures.ts';

export interface LocalKeys extends VoteSigner, VoteVerifier, Hasher, SealSigner {
  readonly verifySeal: VerifySeal;
}

/** Throws one clear sentence where a key cannot be read, is malformed, or is open to other users. */
export function openLocalKeys(folder: string): LocalKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const vote = openKeyPair(join(folder, 'vote.pem'));
  const seal = openKeyPair(join(folder, 'seal.pem'));
  const secret = openSecret(join(folder, 'hmac.key'));
  return {
    signVote: async (statement) => signed(vote, voteBytes(statement)),
    verifyVote: (record) => verifiesP256(vote.publicKey, () => voteBytes(record), record.signature),
    signStatement: async (statement) => signed(vote, statementBytes(statement)),
    verifyStatement: (statement, signature) =>
      verifiesP256(vote.publicKey, () => statementBytes(statement), signature),
    signSeal: async (hash) => signed(seal, sealBytes(hash)),
    verifySeal: (checkpoint) =>
      verifiesP256(seal.publicKey, () => sealBytes(checkpoint.hash), checkpoint.signature),
    hmac: (text) => hmacText(secret, text),
  };
}

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function signed(pair: KeyPair, bytes: Uint8Array): string {
  return sign('sha256', bytes, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64');
}

function openKeyPair(file: string): KeyPair {
  const pem = readOrMake(file, () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  });
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    throw new Error(`${file} is no private key: put the original back from a backup`);
  }
  if (!isP256(privateKey)) {
    throw new Error(`${file} is no ECDSA P-256 key: put the original back from a backup`);
  }
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function openSecret(file: string): Buffer {
  const text = readOrMake(file, () => `${randomBytes(32).toString('hex')}\n`);
  if (!/^[0-9a-f]{64}\n$/.test(text)) {
    throw new Error(`${file} is not 32 bytes in hex: put the original back from a backup`);
  }
  return Buffer.from(text.trim(), 'hex');
}

/** Of two processes that make a key at once, one wins, and both read what the winner wrote. */
function readOrMake(file: string, make: () => string): string {
  const found = read(file);
  if (found !== null) return found;
  const unfinished = `${file}.unfinished-${process.pid}-${randomBytes(8).toString('hex')}`;
  try {
    const descriptor = openSync(unfinished, 'wx', 0o600);
    try {
      writeFileSync(descriptor, make());
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(unfinished, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw new Error(`${file} cannot be made (${String(codeOf(error))})`);
  } finally {
    rmSync(unfinished, { force: true });
  }
  const made = read(file);
  if (made === null) throw new Error(`${file} vanished while it was being made`);
  return made;
}

/** Null where there is none. */
function read(file: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new Error(`${file} cannot be read (${String(codeOf(error))})`);
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error(`${file} is not a plain file`);
    if (stats.uid !== process.getuid?.() && process.getuid !== undefined) {
      throw new Error(`${file} belongs to another user`);
    }
    if (process.getuid !== undefined && (stats.mode & 0o077) !== 0) {
      throw new Error(`${file} is open to other users: run chmod 600 ${file}`);
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}
