/**
 * Checks a request's signature from what arrived, by the published rules and without the code that signs.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac } from 'node:crypto';

export interface Arrived {
  readonly method: string;
  /** As sent: with its query, escaped. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What is wrong with it; null: nothing. */
export function signatureProblem(arrived: Arrived, secretAccessKey: string): string | null {
  const { method, url, headers, body } = arrived;
  const header = (name: string) =>
    String(headers[name] ?? '')
      .trim()
      .replace(/\s+/g, ' ');
  const [, scope, signed, signature] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      header('authorization'),
    ) ?? [];
  if (scope === undefined || signed === undefined) return 'no signature';
  const names = signed.split(';');
  for (const needed of ['host', 'x-amz-date', 'x-amz-content-sha256']) {
    if (!names.includes(needed)) return `${needed} is not signed`;
  }
  const bodyHash = sha256(body);
  if (header('x-amz-content-sha256') !== bodyHash) return 'the hash of the body is another';
  const [date = '', region = '', service = ''] = scope.split('/');
  const [path = '', query = ''] = url.split('?');
  const canonicalPath = service === 's3' ? path : path.split('/').map(encodeURIComponent).join('/');
  const canonical = [
    method,
    canonicalPath,
    query.split('&').sort().join('&'),
    ...names.map((name) => `${name}:${header(name)}`),
    '',
    signed,
    bodyHash,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', header('x-amz-date'), scope, sha256(Buffer.from(canonical))].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return hmac(key, toSign).toString('hex') === signature ? null : 'the signature is another';
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
