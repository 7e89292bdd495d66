/** Requests signed with AWS Signature Version 4, for APIs that IAM authorizes. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Signing {
  /** As signatures name it: `execute-api`, `dynamodb`, … */
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly now: () => Date;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

export interface SignedRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Follows no redirect: a signature is for one address. */
export function signedFetch(signing: Signing): (url: string, request: SignedRequest) => Promise<Response> {
  const { service, region, credentials } = signing;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  return async (url, { method, headers = {}, body, signal }) => {
    const { protocol, hostname, port, host, pathname, searchParams } = new URL(url);
    const unsigned = {
      method,
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path: pathname,
      query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
      headers: { ...headers, host },
      ...(body !== undefined && { body }),
    };
    const signed = await signer.sign(unsigned, { signingDate: signing.now() });
    // The HTTP client sets Host itself, from the same URL.
    const { host: _, ...sent } = signed.headers;
    return signing.fetch(url, {
      method,
      headers: sent,
      redirect: 'error',
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    });
  };
}
