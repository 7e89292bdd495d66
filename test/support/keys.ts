/** Keys for one test: real signatures, made in a millisecond. */
import { createHmac, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { type VoteRecord, voteBytes } from '../../lib/core/approval.ts';
import { type SignedStatement, statementBytes } from '../../lib/core/statement.ts';

export type Keys = ReturnType<typeof makeKeys>;

export function makeKeys() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = randomBytes(32);
  return {
    signVote: async (statement: Parameters<typeof voteBytes>[0]) =>
      sign('sha256', voteBytes(statement), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64'),
    verifyVote: (vote: VoteRecord) =>
      verify(
        'sha256',
        voteBytes(vote),
        { key: publicKey, dsaEncoding: 'ieee-p1363' },
        Buffer.from(vote.signature, 'base64'),
      ),
    signStatement: async (statement: SignedStatement) =>
      sign('sha256', statementBytes(statement), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString(
        'base64',
      ),
    verifyStatement: (statement: SignedStatement, signature: string) =>
      verify(
        'sha256',
        statementBytes(statement),
        { key: publicKey, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64'),
      ),
    hmac: (text: string) => `hmac:${createHmac('sha256', secret).update(text).digest('hex')}`,
  };
}
