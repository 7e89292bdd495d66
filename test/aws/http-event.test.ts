import { describe, expect, it } from 'vitest';
import { type HttpEvent, httpHandler, requestOf, resultOf } from '../../lib/aws/http-event.ts';
import { eventOf, responseOf } from '../support/aws/http-event.ts';

const OWN = { host: 'domain_name' } as const;
const HEADER = { host: 'header' } as const;

async function event(changes: Partial<HttpEvent> = {}): Promise<HttpEvent> {
  return { ...(await eventOf(new Request('https://agent.example.com/mcp'))), ...changes };
}

describe('a request', () => {
  it('arrives as it was sent: method, path, query, headers, cookies, body', async () => {
    const sent = new Request('https://agent.example.com/a/apr_1?t=x%2By&t=z', {
      method: 'POST',
      headers: { 'content-type': 'text/plain', accept: 'a, b', cookie: 'one=1; two=2' },
      body: 'héllo',
    });
    const { request, signer, sourceIp } = requestOf(await eventOf(sent), OWN);
    expect([request.method, request.url]).toEqual(['POST', 'https://agent.example.com/a/apr_1?t=x%2By&t=z']);
    expect(request.headers.get('accept')).toBe('a, b');
    expect(request.headers.get('cookie')).toBe('one=1; two=2');
    expect(request.headers.get('host')).toBe('agent.example.com');
    expect(await request.text()).toBe('héllo');
    expect([signer, sourceIp]).toEqual([null, '203.0.113.7']);
  });

  it('may have bytes in its body, or text, or nothing', async () => {
    const bytes = Buffer.from([0, 255, 128]);
    const binary = await event({ body: bytes.toString('base64'), isBase64Encoded: true });
    const post = (given: HttpEvent): HttpEvent => ({
      ...given,
      requestContext: { ...given.requestContext, http: { method: 'POST', sourceIp: '::1' } },
    });
    const read = async (given: HttpEvent) =>
      Buffer.from(await requestOf(post(given), OWN).request.arrayBuffer());
    expect(await read(binary)).toEqual(bytes);
    expect(await read(await event({ body: '{"é":1}', isBase64Encoded: false }))).toEqual(
      Buffer.from('{"é":1}'),
    );
    expect(await read(await event())).toEqual(Buffer.alloc(0));
    expect(requestOf(binary, OWN).request.body).toBeNull();
  });

  it('has the signer that API Gateway found, and never one from a header', async () => {
    const arn = 'arn:aws:sts::111122223333:assumed-role/ci/run-7';
    const signed = await eventOf(new Request('https://x.example.com/iam/mcp'), { userArn: arn });
    expect(requestOf(signed, OWN).signer).toEqual({ arn, account: '111122223333' });
    const claimed = new Request('https://x.example.com/iam/mcp', {
      headers: { 'x-amzn-iam-user-arn': arn, 'x-amz-user-arn': arn, authorization: 'AWS4-HMAC-SHA256 x' },
    });
    expect(requestOf(await eventOf(claimed), OWN).signer).toBeNull();
    const other = await event();
    const jwt = { ...other, requestContext: { ...other.requestContext, authorizer: {} } };
    expect(requestOf(jwt, OWN).signer).toBeNull();
  });

  it('carries no hearsay of the way that it took', async () => {
    const claims = {
      forwarded: 'for=1.2.3.4;host=evil.example',
      'x-forwarded-host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-prefix': '/x',
      'x-real-ip': '1.2.3.4',
      'x-original-url': '/iam/mcp',
      'x-rewrite-url': '/iam/mcp',
      'x-http-method-override': 'POST',
    };
    const { request } = requestOf(await event({ headers: { ...claims, accept: '*/*' } }), OWN);
    expect([...request.headers.keys()].sort()).toEqual(['accept', 'host']);
    expect(request.url).toBe('https://agent.example.com/mcp');
  });

  it('is addressed to the domain name of the API, or to its Host header where that is said to count', async () => {
    const given = await event({ headers: { host: 'Gateway.Example.com:8443' } });
    expect(requestOf(given, OWN).request.headers.get('host')).toBe('agent.example.com');
    expect(requestOf(given, HEADER).request.headers.get('host')).toBe('gateway.example.com:8443');
    expect(requestOf(given, HEADER).request.url).toBe('https://gateway.example.com:8443/mcp');
  });

  it.each([
    'evil.example@agent.example.com',
    'agent.example.com/x',
    'agent.example.com#',
    'a b',
    '',
    '.',
    '1.2.3.999',
    'x'.repeat(300),
    'é.example',
  ])('with the Host “%s” is for nobody', async (host) => {
    const { request } = requestOf(await event({ headers: { host } }), HEADER);
    expect(request.headers.get('host')).toBe('');
    expect(new URL(request.url).host).toBe('host.invalid');
  });

  it('keeps its path, whatever is in it', async () => {
    const at = async (rawPath: string, stage = '$default') => {
      const given = await event({ rawPath });
      return requestOf({ ...given, requestContext: { ...given.requestContext, stage } }, OWN).request.url;
    };
    const base = 'https://agent.example.com';
    expect(await at('/a?t=stolen#x')).toBe(`${base}/a%3Ft=stolen%23x`);
    expect(await at('//evil.example/a')).toBe(`${base}//evil.example/a`);
    expect(await at('/\\evil.example')).toBe(`${base}/%5Cevil.example`);
    expect(await at('evil')).toBe(`${base}/evil`);
    expect(await at('')).toBe(`${base}/`);
    expect(await at('/a b')).toBe(`${base}/a%20b`);
    expect(await at('/prod/mcp', 'prod')).toBe(`${base}/mcp`);
    expect(await at('/prod', 'prod')).toBe(`${base}/`);
    expect(await at('/production/mcp', 'prod')).toBe(`${base}/production/mcp`);
  });

  it('that none can be is 400 and goes no further', async () => {
    let asked = 0;
    const handler = httpHandler(() => {
      asked += 1;
      return new Response();
    }, OWN);
    const given = await event();
    for (const method of ['TRACE', 'CONNECT', 'A B', '']) {
      const http = { method, sourceIp: '' };
      const result = await handler({ ...given, requestContext: { ...given.requestContext, http } });
      expect(result.statusCode).toBe(400);
    }
    expect(asked).toBe(0);
    expect((await handler({ ...given, headers: { 'bad name': 'x', accept: 'a\nb' } })).statusCode).toBe(200);
  });
});

describe('a response', () => {
  it('gives its status, headers and text', async () => {
    const result = await resultOf(Response.json({ é: 1 }, { status: 403, headers: { 'x-one': 'a' } }));
    expect(result).toEqual({
      statusCode: 403,
      headers: { 'content-type': 'application/json', 'x-one': 'a' },
      cookies: [],
      body: '{"é":1}',
      isBase64Encoded: false,
    });
  });

  it('gives each cookie by itself, and none among the headers', async () => {
    const headers = new Headers();
    const cookies = ['a=1; Expires=Wed, 01 Apr 2026 00:00:00 GMT', 'b=2; HttpOnly'];
    for (const cookie of cookies) headers.append('set-cookie', cookie);
    const result = await resultOf(new Response('x', { headers }));
    expect(result.cookies).toEqual(cookies);
    expect(Object.keys(result.headers)).not.toContain('set-cookie');
    expect(responseOf(result).headers.getSetCookie()).toEqual(cookies);
  });

  it.each([
    ['text/html; charset=utf-8', 'é', false],
    ['text/css', 'é', false],
    ['application/problem+json', 'é', false],
    ['image/svg+xml', 'é', false],
    ['application/octet-stream', 'é', true],
    ['image/png', 'é', true],
    ['application/json', Buffer.from([0xff, 0xfe]), true],
    ['text/plain', '\ufeffx', false],
  ])('of %s keeps its bytes', async (type, body, base64) => {
    const result = await resultOf(new Response(body, { headers: { 'content-type': type } }));
    expect(result.isBase64Encoded).toBe(base64);
    expect(Buffer.from(await responseOf(result).arrayBuffer())).toEqual(Buffer.from(body));
  });

  it('that is compressed is bytes', async () => {
    const headers = { 'content-type': 'text/plain', 'content-encoding': 'gzip' };
    expect((await resultOf(new Response('abc', { headers }))).isBase64Encoded).toBe(true);
  });

  it('without a body has an empty one', async () => {
    expect(await resultOf(new Response(null, { status: 204 }))).toMatchObject({
      statusCode: 204,
      body: '',
      isBase64Encoded: false,
    });
  });
});
