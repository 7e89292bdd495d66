/** KMS in memory: P-256 keys that sign, HMAC keys, and symmetric keys that other services use for their callers. */
import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { PolicyDocument } from './iam.ts';
import { signDigest } from './p256.ts';
import {
  type AwsService,
  type Json,
  jsonService,
  type Need,
  type Operation,
  ServiceError,
  text,
} from './service.ts';

export interface FakeKms {
  readonly service: AwsService;
  /** Gives its ARN. */
  makeKey(kind: FakeKey['kind'], settings?: KeySettings): string;
  policyOf(arn: string): PolicyDocument;
}

export interface KeySettings {
  /** Without one it is left to the account's identity policies, as KMS does for new keys. */
  readonly policy?: PolicyDocument;
  readonly arn?: string;
  /** `alias/name` */
  readonly aliases?: readonly string[];
}

interface FakeKey {
  readonly aliases: readonly string[];
  readonly kind: 'ECC_NIST_P256' | 'HMAC_256' | 'SYMMETRIC_DEFAULT';
  readonly policy: PolicyDocument;
  readonly pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } | null;
  readonly secret: Buffer;
}

export function fakeKms(account: string, region: string): FakeKms {
  const keys = new Map<string, FakeKey>();
  const open: PolicyDocument = {
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  };

  const arnOf = (input: Json): string => {
    const id = text(input, 'KeyId');
    return id.startsWith('arn:') ? id : `arn:aws:kms:${region}:${account}:key/${id}`;
  };
  const keyOf = (input: Json): FakeKey => {
    const key = keys.get(arnOf(input));
    if (key === undefined)
      throw new ServiceError('NotFoundException', `Key '${arnOf(input)}' does not exist`);
    return key;
  };

  function operation(
    action: string,
    contextOf: (input: Json) => Record<string, string>,
    answer: (key: FakeKey, input: Json) => Json,
  ): Operation {
    return {
      needs: (input): Need[] => {
        const { policy, aliases } = keyOf(input);
        const context = {
          ...contextOf(input),
          ...(aliases.length === 0 ? {} : { 'kms:ResourceAliases': aliases }),
        };
        return [{ action, resource: arnOf(input), policy, decidedBy: 'resource', context }];
      },
      answer: (input) => ({ KeyId: arnOf(input), ...answer(keyOf(input), input) }),
    };
  }

  const service = jsonService('kms', 'TrentService', '1.1', {
    GetPublicKey: operation(
      'kms:GetPublicKey',
      () => ({}),
      (key) => {
        if (key.pair === null)
          throw new ServiceError('UnsupportedOperationException', 'not an asymmetric key');
        const der = key.pair.publicKey.export({ type: 'spki', format: 'der' });
        return {
          PublicKey: der.toString('base64'),
          KeySpec: key.kind,
          KeyUsage: 'SIGN_VERIFY',
          SigningAlgorithms: ['ECDSA_SHA_256'],
        };
      },
    ),
    Sign: operation(
      'kms:Sign',
      (input) => ({
        'kms:SigningAlgorithm': text(input, 'SigningAlgorithm'),
        'kms:MessageType': typeof input.MessageType === 'string' ? input.MessageType : 'RAW',
      }),
      (key, input) => {
        if (key.kind !== 'ECC_NIST_P256')
          throw new ServiceError('InvalidKeyUsageException', 'not a signing key');
        if (input.SigningAlgorithm !== 'ECDSA_SHA_256') {
          throw new ServiceError('ValidationException', 'not an algorithm of this key');
        }
        const message = Buffer.from(text(input, 'Message'), 'base64');
        const asDigest = input.MessageType === 'DIGEST';
        if (asDigest && message.length !== 32)
          throw new ServiceError('ValidationException', 'Digest is invalid length');
        if (message.length > 4_096) throw new ServiceError('ValidationException', 'Message is too long');
        const digest = asDigest ? message : createHash('sha256').update(message).digest();
        return {
          Signature: signDigest(key.secret, digest).toString('base64'),
          SigningAlgorithm: 'ECDSA_SHA_256',
        };
      },
    ),
    GenerateMac: operation('kms:GenerateMac', macContext, (key, input) => ({
      Mac: macOf(key, input).toString('base64'),
      MacAlgorithm: 'HMAC_SHA_256',
    })),
    VerifyMac: operation('kms:VerifyMac', macContext, (key, input) => {
      const valid = Buffer.from(text(input, 'Mac'), 'base64').equals(macOf(key, input));
      if (!valid) throw new ServiceError('KMSInvalidMacException', 'the MAC does not match');
      return { MacValid: true, MacAlgorithm: 'HMAC_SHA_256' };
    }),
  });

  return {
    service,
    makeKey(kind, settings = {}) {
      const { policy = open, aliases = [] } = settings;
      const arn = settings.arn ?? `arn:aws:kms:${region}:${account}:key/${randomBytes(8).toString('hex')}`;
      const pair = kind === 'ECC_NIST_P256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : null;
      const scalar = pair?.privateKey.export({ format: 'jwk' }).d;
      const secret = scalar === undefined ? randomBytes(32) : Buffer.from(scalar, 'base64url');
      keys.set(arn, { kind, policy, aliases, pair, secret });
      return arn;
    },
    policyOf(arn) {
      const key = keys.get(arn);
      if (key === undefined) throw new Error(`no such key: ${arn}`);
      return key.policy;
    },
  };
}

function macContext(input: Json): Record<string, string> {
  return { 'kms:MacAlgorithm': text(input, 'MacAlgorithm') };
}

function macOf(key: FakeKey, input: Json): Buffer {
  if (key.kind !== 'HMAC_256') throw new ServiceError('InvalidKeyUsageException', 'not an HMAC key');
  if (input.MacAlgorithm !== 'HMAC_SHA_256')
    throw new ServiceError('ValidationException', 'not an algorithm of this key');
  return createHmac('sha256', key.secret)
    .update(Buffer.from(text(input, 'Message'), 'base64'))
    .digest();
}
