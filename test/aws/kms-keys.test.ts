import { generateKeyPairSync, sign } from 'node:crypto';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { p1363 } from '../../lib/aws/der-signature.ts';
import { overKmsClient } from '../../lib/aws/keys-api.ts';
import {
  deriveSecret,
  fetchPublicKey,
  hasherWith,
  sealSigner,
  sealVerifier,
  voteSigner,
  voteVerifier,
} from '../../lib/aws/kms-keys.ts';
import { voteBytes } from '../../lib/core/approval.ts';
import { describeKeys, type Keys } from '../contracts/keys.contract.ts';
import { ACCOUNT, type FakeAws, REGION, startFakeAws } from '../support/cloud/fake-aws.ts';
import { kmsFor } from '../support/cloud/fake-clients.ts';
import { type FakeKms, fakeKms } from '../support/cloud/fake-kms.ts';
import { sampleVote } from '../support/sample-records.ts';

let aws: FakeAws;
let kms: FakeKms;
beforeAll(async () => {
  kms = fakeKms(ACCOUNT, REGION);
  aws = await startFakeAws(() => [kms.service]);
});
afterAll(() => aws.stop());

describeKeys('KMS', async () => {
  const client = kmsFor(aws);
  const api = overKmsClient(client);
  const open = async (votes: string, seals: string, mac: string): Promise<Keys> => ({
    ...voteSigner(api, votes),
    ...voteVerifier(await fetchPublicKey(api, votes)),
    ...sealSigner(api, seals),
    verifySeal: sealVerifier(await fetchPublicKey(api, seals)),
    ...hasherWith(await deriveSecret(api, mac, 'recourse.digest.v1')),
  });
  const make = () =>
    [kms.makeKey('ECC_NIST_P256'), kms.makeKey('ECC_NIST_P256'), kms.makeKey('HMAC_256')] as const;
  const [ours, theirs] = [make(), make()];
  return {
    open: () => open(...ours),
    openOther: () => open(...theirs),
    remove: async () => client.destroy(),
  };
});

describe('keys in KMS', () => {
  const vote = sampleVote(1, 'alice', '2026-01-01T00:00:00.000Z');
  const as = (name: string, ...actions: string[]) => {
    const Statement = actions.map((Action) => ({
      Effect: 'Allow',
      Action,
      Resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/*`,
    }));
    return overKmsClient(kmsFor(aws, aws.addRole({ name, policies: [{ Statement }] }).credentials));
  };

  it('sign for the role that may, and for no other', async () => {
    const key = kms.makeKey('ECC_NIST_P256');
    const [control, reader] = [as('control', 'kms:Sign'), as('authorize-run', 'kms:GetPublicKey')];
    const signature = await voteSigner(control, key).signVote(vote);
    expect(voteVerifier(await fetchPublicKey(reader, key)).verifyVote({ ...vote, signature })).toBe(true);
    const denied = { name: 'AccessDeniedException' };
    await expect(voteSigner(reader, key).signVote(vote)).rejects.toMatchObject(denied);
    await expect(fetchPublicKey(control, key)).rejects.toMatchObject(denied);
    await expect(deriveSecret(reader, kms.makeKey('HMAC_256'), 'recourse.links.v1')).rejects.toMatchObject(
      denied,
    );
  });

  it('sign for nobody whom the key itself denies', async () => {
    const root = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
    const onlyControl = { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/control-2` } };
    const key = kms.makeKey('ECC_NIST_P256', {
      policy: {
        Statement: [
          { Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' },
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 'kms:Sign',
            Resource: '*',
            Condition: onlyControl,
          },
        ],
      },
    });
    await expect(voteSigner(as('mcp', 'kms:*'), key).signVote(vote)).rejects.toThrow('not authorized');
    expect(await voteSigner(as('control-2', 'kms:Sign'), key).signVote(vote)).toHaveLength(88);
  });

  it('give a secret of its own for each label', async () => {
    const key = kms.makeKey('HMAC_256');
    const api = overKmsClient(kmsFor(aws));
    const digest = await deriveSecret(api, key, 'recourse.digest.v1');
    const links = await deriveSecret(api, key, 'recourse.links.v1');
    expect(digest).toHaveLength(32);
    expect(Buffer.compare(digest, links)).not.toBe(0);
    expect(Buffer.compare(digest, await deriveSecret(api, key, 'recourse.digest.v1'))).toBe(0);
  });

  it('are refused where they are of another kind', async () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({
      type: 'spki',
      format: 'der',
    });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({
      type: 'spki',
      format: 'der',
    });
    for (const der of [p384, rsa, Buffer.from('no key'), Buffer.alloc(0)]) {
      await expect(fetchPublicKey({ getPublicKey: async () => der }, 'key')).rejects.toThrow(
        'no ECDSA P-256 key',
      );
    }
    const short = { generateMac: async () => Buffer.alloc(16) };
    await expect(deriveSecret(short, 'key', 'recourse.links.v1')).rejects.toThrow('16 bytes');
  });
});

describe('a signature in DER', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  it('is the same in P1363, whatever the lengths of its numbers', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(publicKey.type).toBe('public');
    const small = Buffer.concat([Buffer.alloc(31), Buffer.from([7])]);
    expect(Buffer.from(p1363(Buffer.from('3006020107020107', 'hex')))).toEqual(Buffer.concat([small, small]));
    for (let count = 0; count < 300; count += 1) {
      const der = sign('sha256', voteBytes(sampleVote(count, 'a', 'b')), privateKey);
      expect(p1363(der)).toHaveLength(64);
    }
  });

  it.each([
    ['nothing', ''],
    ['no sequence', '3106020107020107'],
    ['a wrong length', '3007020107020107'],
    ['more after it', '300602010702010700'],
    ['one number', '3003020107'],
    ['three numbers', '3009020107020107020107'],
    ['no integer', '3006030107020107'],
    ['an empty integer', '300502000201 07'.replace(' ', '')],
    ['a negative integer', '3006020187020107'],
    ['a zero in front', '300702020007020107'],
    ['a number of 33 bytes', `3026022101${'00'.repeat(32)}020107`],
    ['a length beyond the end', '3006020107027f07'],
  ])('is refused with %s', (_, hex) => {
    expect(() => p1363(Buffer.from(hex, 'hex'))).toThrow('not an ECDSA P-256 signature');
  });
});

describe('what KMS refuses', () => {
  const client = new KMSClient({ region: 'eu-west-1' });
  const mock = mockClient(client);
  const api = overKmsClient(client);
  beforeEach(() => mock.reset());

  it.each([
    'ThrottlingException',
    'KMSInternalException',
    'TimeoutError',
    'AccessDeniedException',
    'DisabledException',
    'KMSInvalidStateException',
  ])('%s rejects', async (name) => {
    mock.onAnyCommand().rejects(Object.assign(new Error('message'), { name }));
    await expect(voteSigner(api, 'key').signVote(sampleVote(1, 'a', 'b'))).rejects.toMatchObject({ name });
    await expect(fetchPublicKey(api, 'key')).rejects.toMatchObject({ name });
    await expect(deriveSecret(api, 'key', 'recourse.links.v1')).rejects.toMatchObject({ name });
  });

  it('an answer without what was asked for rejects', async () => {
    mock.onAnyCommand().resolves({});
    await expect(voteSigner(api, 'key').signVote(sampleVote(1, 'a', 'b'))).rejects.toThrow('no signature');
    await expect(fetchPublicKey(api, 'key')).rejects.toThrow('no public key');
    await expect(deriveSecret(api, 'key', 'recourse.links.v1')).rejects.toThrow('no MAC');
  });

  it('only digests are sent to be signed', async () => {
    mock.on(SignCommand).resolves({
      Signature: sign(
        'sha256',
        Buffer.from('x'),
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      ),
    });
    await voteSigner(api, 'key').signVote(sampleVote(1, 'a', 'b'));
    const input = mock.commandCalls(SignCommand)[0]?.args[0].input;
    expect(input).toMatchObject({ MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' });
    expect(input?.Message).toHaveLength(32);
  });
});
