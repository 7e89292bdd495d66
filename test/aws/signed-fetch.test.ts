import { describe, expect, it } from 'vitest';
import { type AwsCredentials, type SignedRequest, signedFetch } from '../../lib/aws/signed-fetch.ts';
import { signatureProblem } from '../support/aws/signature.ts';

const KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

async function sent(url: string, request: SignedRequest, credentials: AwsCredentials = KEY) {
  const seen: { url: string; init: RequestInit }[] = [];
  const send = signedFetch({
    service: 'execute-api',
    region: 'eu-west-1',
    credentials,
    now: () => new Date('2026-03-01T12:00:00Z'),
    fetch: async (to, init) => {
      seen.push({ url: to, init });
      return new Response();
    },
  });
  await send(url, request);
  const [only] = seen;
  const headers = new Headers(only?.init.headers);
  headers.set('host', new URL(url).host);
  return { init: only?.init, headers, url: new URL(only?.url ?? '') };
}

const secretOf = (id: string) => (id === KEY.accessKeyId ? KEY.secretAccessKey : null);

describe('a signed request', () => {
  it.each([
    ['GET', 'https://api.example.com/iam/api/approvals?status=pending&cursor=a%2Fb.c~', undefined],
    ['GET', 'https://api.example.com/iam/api/audit?limit=2&limit=1', undefined],
    ['POST', 'https://api.example.com/iam/api/approvals/apr_1/decision', '{"verdict":"approve","é":1}'],
    ['GET', 'http://127.0.0.1:8080/iam/api/approvals', undefined],
  ])('%s %s holds', async (method, url, body) => {
    const found = await sent(url, { method, ...(body !== undefined && { body }) });
    expect(signatureProblem(secretOf, { method, ...found, body: body ?? '' })).toBeNull();
    expect(found.init?.redirect).toBe('error');
    expect(found.headers.get('x-amz-date')).toBe('20260301T120000Z');
  });

  it('is worth nothing for another body, address, method or time', async () => {
    const url = 'https://api.example.com/iam/api/approvals/apr_1/decision';
    const found = await sent(url, { method: 'POST', body: '{"verdict":"reject"}' });
    const good = { method: 'POST', ...found, body: '{"verdict":"reject"}' };
    expect(signatureProblem(secretOf, good)).toBeNull();
    expect(signatureProblem(secretOf, { ...good, body: '{"verdict":"approve"}' })).not.toBeNull();
    expect(signatureProblem(secretOf, { ...good, method: 'PUT' })).not.toBeNull();
    expect(
      signatureProblem(secretOf, { ...good, url: new URL(url.replace('apr_1', 'apr_2')) }),
    ).not.toBeNull();
    expect(signatureProblem(() => 'another', good)).not.toBeNull();
    found.headers.set('x-amz-date', '20260301T120001Z');
    expect(signatureProblem(secretOf, good)).not.toBeNull();
  });

  it('carries the session token of temporary credentials, signed', async () => {
    const found = await sent(
      'https://api.example.com/x',
      { method: 'GET' },
      { ...KEY, sessionToken: 'token' },
    );
    expect(found.headers.get('x-amz-security-token')).toBe('token');
    expect(signatureProblem(secretOf, { method: 'GET', ...found, body: '' })).toBeNull();
  });
});
