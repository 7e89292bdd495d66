/** A sealing key for one test. */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import type { SealSigner } from '../../lib/audit/checkpoint-log.ts';
import { sealBytes, type VerifySeal } from '../../lib/audit/seal.ts';

export function sealKey(): { readonly signer: SealSigner; readonly verifySeal: VerifySeal } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const dsaEncoding = 'ieee-p1363';
  return {
    signer: {
      signSeal: async (hash) =>
        sign('sha256', sealBytes(hash), { key: privateKey, dsaEncoding }).toString('base64'),
    },
    verifySeal: ({ hash, signature }) =>
      verify('sha256', sealBytes(hash), { key: publicKey, dsaEncoding }, Buffer.from(signature, 'base64')),
  };
}
