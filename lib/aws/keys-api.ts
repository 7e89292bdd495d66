/** What is asked of KMS. Over the SDK's client here; lean/clients.ts gives `getPublicKey` alone. */
import { GenerateMacCommand, GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { CALL_MS, within } from './within.ts';

export interface PublicKeyApi {
  /** SubjectPublicKeyInfo in DER. */
  getPublicKey(keyId: string): Promise<Uint8Array>;
}

export interface KeysApi extends PublicKeyApi {
  /** ECDSA P-256 over a SHA-256 digest; the signature in DER. */
  signDigest(keyId: string, digest: Uint8Array): Promise<Uint8Array>;
  /** HMAC-SHA-256. */
  generateMac(keyId: string, message: Uint8Array): Promise<Uint8Array>;
}

export function overKmsClient(client: KMSClient, timeoutMs = CALL_MS): KeysApi {
  return {
    async getPublicKey(KeyId) {
      const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }), within(timeoutMs));
      return given(PublicKey, 'public key');
    },
    async signDigest(KeyId, Message) {
      const { Signature } = await client.send(
        new SignCommand({ KeyId, Message, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }),
        within(timeoutMs),
      );
      return given(Signature, 'signature');
    },
    async generateMac(KeyId, Message) {
      const { Mac } = await client.send(
        new GenerateMacCommand({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' }),
        within(timeoutMs),
      );
      return given(Mac, 'MAC');
    },
  };
}

function given(bytes: Uint8Array | undefined, what: string): Uint8Array {
  if (bytes === undefined) throw new Error(`KMS gave no ${what}`);
  return bytes;
}
