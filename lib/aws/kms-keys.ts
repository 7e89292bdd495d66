/**
 * Keys that never leave KMS: one signs votes, one seals the audit, one gives secrets for hashing. Only the role
 * that signs may; all others verify with the public key, which is fetched once.
 */
import { createHash, type KeyObject } from 'node:crypto';
import type { SealSigner } from '../audit/checkpoint-log.ts';
import { sealBytes, type VerifySeal } from '../audit/seal.ts';
import { voteBytes } from '../core/approval.ts';
import { statementBytes } from '../core/statement.ts';
import type { Hasher, VoteSigner, VoteVerifier } from '../ports/signing.ts';
import { hmacText, publicP256, verifiesP256 } from '../signatures.ts';
import { p1363 } from './der-signature.ts';
import type { KeysApi, PublicKeyApi } from './keys-api.ts';

/** For a cold start: verifying asks KMS nothing more. Rejects for a key of another kind. */
export async function fetchPublicKey(api: PublicKeyApi, keyId: string): Promise<KeyObject> {
  const key = publicP256(await api.getPublicKey(keyId));
  if (key === null) throw new Error(`the key ${keyId} is no ECDSA P-256 key`);
  return key;
}

export function voteSigner(api: Pick<KeysApi, 'signDigest'>, keyId: string): VoteSigner {
  return {
    signVote: async (statement) => signed(api, keyId, voteBytes(statement)),
    signStatement: async (statement) => signed(api, keyId, statementBytes(statement)),
  };
}

export function voteVerifier(publicKey: KeyObject): VoteVerifier {
  return {
    verifyVote: (vote) => verifiesP256(publicKey, () => voteBytes(vote), vote.signature),
    verifyStatement: (statement, signature) =>
      verifiesP256(publicKey, () => statementBytes(statement), signature),
  };
}

export function sealSigner(api: Pick<KeysApi, 'signDigest'>, keyId: string): SealSigner {
  return { signSeal: async (hash) => signed(api, keyId, sealBytes(hash)) };
}

export function sealVerifier(publicKey: KeyObject): VerifySeal {
  return ({ hash, signature }) => verifiesP256(publicKey, () => sealBytes(hash), signature);
}

/** What secrets are for. Each gives a key of its own; a role may be allowed the one and not the other. */
export const MAC_LABELS = ['recourse.digest.v1', 'recourse.links.v1'] as const;
export type MacLabel = (typeof MAC_LABELS)[number];

/** 32 bytes that follow from the key in KMS and the label; fetched once, and used here. */
export async function deriveSecret(
  api: Pick<KeysApi, 'generateMac'>,
  keyId: string,
  label: MacLabel,
): Promise<Uint8Array> {
  const secret = await api.generateMac(keyId, new TextEncoder().encode(label));
  if (secret.length !== 32) throw new Error(`KMS gave a MAC of ${secret.length} bytes for ${label}`);
  return secret;
}

export function hasherWith(secret: Uint8Array): Hasher {
  return { hmac: (text) => hmacText(secret, text) };
}

async function signed(api: Pick<KeysApi, 'signDigest'>, keyId: string, bytes: Uint8Array): Promise<string> {
  const digest = createHash('sha256').update(bytes).digest();
  return Buffer.from(p1363(await api.signDigest(keyId, digest))).toString('base64');
}
