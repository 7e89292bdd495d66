/** What the keys of an environment must do, wherever they lie. An adapter runs this unchanged. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SealSigner } from '../../lib/audit/checkpoint-log.ts';
import type { VerifySeal } from '../../lib/audit/seal.ts';
import { checkpointHash } from '../../lib/core/audit.ts';
import type { OverrideId } from '../../lib/core/ids.ts';
import type { Hasher, VoteSigner, VoteVerifier } from '../../lib/ports/signing.ts';
import { sampleVote } from '../support/sample-records.ts';

export interface Keys extends VoteSigner, VoteVerifier, Hasher, SealSigner {
  readonly verifySeal: VerifySeal;
}

export interface KeysPlace {
  /** The same keys each time. */
  open(): Promise<Keys>;
  /** Those of another environment. */
  openOther(): Promise<Keys>;
  remove(): Promise<void>;
}

export function describeKeys(name: string, makePlace: () => Promise<KeysPlace>): void {
  describe(`keys in ${name}`, () => {
    let place: KeysPlace;
    let keys: Keys;
    beforeEach(async () => {
      place = await makePlace();
      keys = await place.open();
    });
    afterEach(() => place.remove());

    async function signedVote() {
      const vote = sampleVote(1, 'alice@example.com', '2026-01-01T00:00:00.000Z');
      return { ...vote, signature: await keys.signVote(vote) };
    }

    it('vouch for what they signed, and keep vouching', async () => {
      for (let count = 0; count < 20; count += 1) {
        const vote = await signedVote();
        expect(vote.signature).toMatch(/^[A-Za-z0-9+/]{86}==$/);
        expect(keys.verifyVote(vote)).toBe(true);
        expect((await place.open()).verifyVote(vote)).toBe(true);
        expect((await place.openOther()).verifyVote(vote)).toBe(false);
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
      expect(keys.verifyVote(vote)).toBe(true);
      expect(keys.verifyVote({ ...vote, ...change })).toBe(false);
    });

    it('answer false, whatever is given as a signature or vote', async () => {
      const vote = await signedVote();
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

    it('vouch for other statements too, and never for one as another', async () => {
      const {
        signature: _,
        audit: __,
        ...statement
      } = sampleVote(1, 'alice@example.com', '2026-01-01T00:00:00.000Z');
      const closing = {
        type: 'recourse.override-revocation.v1',
        statement: {
          override_id: 'ovr_1' as OverrideId,
          environment: 'dev',
          revoked_by: 'alice@example.com',
          reason: 'over',
          revoked_at: '2026-01-01T00:00:00.000Z',
        },
      } as const;
      const signature = await keys.signStatement(closing);
      const again = await place.open();
      expect(again.verifyStatement(closing, signature)).toBe(true);
      expect((await place.openOther()).verifyStatement(closing, signature)).toBe(false);
      const changed = { ...closing, statement: { ...closing.statement, reason: 'other' } };
      expect(again.verifyStatement(changed, signature)).toBe(false);
      expect(again.verifyStatement({ type: 'recourse.vote.v1', statement }, signature)).toBe(false);
      const vote = { type: 'recourse.vote.v1', statement } as const;
      expect(again.verifyStatement(vote, await keys.signVote(statement))).toBe(true);
      for (const none of ['', 'AAAA', `${signature}\n`])
        expect(again.verifyStatement(closing, none)).toBe(false);
    });

    it('keep votes and seals apart', async () => {
      const unsigned = { number: 1, at: 'now', heads: [], prev: null };
      const hash = checkpointHash(unsigned);
      const signature = await keys.signSeal(hash);
      const again = await place.open();
      expect(keys.verifySeal({ ...unsigned, hash, signature })).toBe(true);
      expect(again.verifySeal({ ...unsigned, hash, signature })).toBe(true);
      const another = checkpointHash({ ...unsigned, number: 2 });
      expect(keys.verifySeal({ ...unsigned, hash: another, signature })).toBe(false);
      const vote = await signedVote();
      expect(keys.verifySeal({ ...unsigned, hash, signature: vote.signature })).toBe(false);
      expect(keys.verifyVote({ ...vote, signature })).toBe(false);
    });

    it('hash the same text to the same value, in this environment only', async () => {
      expect(keys.hmac('password')).toMatch(/^hmac:[0-9a-f]{64}$/);
      expect((await place.open()).hmac('password')).toBe(keys.hmac('password'));
      expect(keys.hmac('Password')).not.toBe(keys.hmac('password'));
      expect((await place.openOther()).hmac('password')).not.toBe(keys.hmac('password'));
    });
  });
}
