/**
 * AWS Signature Version 4 as its documentation describes it, written apart from the library that signs: what
 * IAM checks of a request before API Gateway lets it through.
 */
import { createHash, createHmac } from 'node:crypto';

export interface SignedParts {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** Null where the signature is of the key; else what is wrong. */
export function signatureProblem(
  secretOf: (accessKeyId: string) => string | null,
  sent: SignedParts,
): string | null {
  const header = sent.headers.get('authorization') ?? '';
  const [, key = '', date = '', region = '', service = '', names = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(
      header,
    ) ?? [];
  const secret = secretOf(key);
  if (secret === null) return 'The security token included in the request is invalid.';
  const at = sent.headers.get('x-amz-date') ?? '';
  if (!at.startsWith(date)) return 'the dates differ';
  const signed = names.split(';');
  for (const needed of ['host', 'x-amz-date']) if (!signed.includes(needed)) return `${needed} is not signed`;
  if (sent.headers.has('x-amz-security-token') && !signed.includes('x-amz-security-token')) {
    return 'the session token is not signed';
  }
  const canonical = [
    sent.method,
    sent.url.pathname.split('/').map(encodeURIComponent).join('/'),
    [...sent.url.searchParams]
      .map(([name, value]) => `${uriEncoded(name)}=${uriEncoded(value)}`)
      .sort()
      .join('&'),
    ...signed.map((name) => `${name}:${(sent.headers.get(name) ?? '').trim()}`),
    '',
    names,
    hash(sent.body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', at, scope, hash(canonical)].join('\n');
  const signingKey = [date, region, service, 'aws4_request'].reduce<Buffer>(
    (from, part) => hmac(from, part),
    Buffer.from(`AWS4${secret}`),
  );
  return hmac(signingKey, text).toString('hex') === signature ? null : 'the signature does not match';
}

function uriEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
