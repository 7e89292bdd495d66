/** What API Gateway makes of a request: an event of payload format 2.0, as its documentation shows it. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpEvent, HttpResult } from '../../../lib/aws/http-event.ts';

export interface EventOptions {
  /** Of a route with IAM authorization: who signed. */
  readonly userArn?: string;
  readonly stage?: string;
  readonly sourceIp?: string;
}

export async function eventOf(request: Request, options: EventOptions = {}): Promise<HttpEvent> {
  const { userArn, stage = '$default', sourceIp = '203.0.113.7' } = options;
  const url = new URL(request.url);
  const headers: Record<string, string> = { 'x-forwarded-for': sourceIp, 'x-forwarded-proto': 'https' };
  for (const [name, value] of request.headers) if (name !== 'cookie') headers[name] = value;
  headers.host = url.host;
  const cookies = request.headers.get('cookie')?.split('; ');
  const bytes = Buffer.from(await request.arrayBuffer());
  const path = `${stage === '$default' ? '' : `/${stage}`}${url.pathname}`;
  const event: APIGatewayProxyEventV2 = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: url.search.slice(1),
    ...(cookies && { cookies }),
    headers,
    requestContext: {
      accountId: '111122223333',
      apiId: 'api-id',
      domainName: url.hostname,
      domainPrefix: url.hostname.split('.')[0] ?? '',
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp,
        userAgent: request.headers.get('user-agent') ?? '',
      },
      requestId: 'id',
      routeKey: '$default',
      stage,
      time: '01/Mar/2026:12:00:00 +0000',
      timeEpoch: 1772366400000,
    },
    ...(bytes.length > 0 && { body: bytes.toString('base64') }),
    isBase64Encoded: bytes.length > 0,
  };
  const authorizer = userArn === undefined ? undefined : { iam: signedBy(userArn) };
  return { ...event, requestContext: { ...event.requestContext, authorizer } };
}

/** What the client gets of a result. */
export function responseOf(result: HttpResult): Response {
  const headers = new Headers(result.headers);
  for (const cookie of result.cookies) headers.append('set-cookie', cookie);
  const body = Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8');
  const bodiless = [204, 304].includes(result.statusCode);
  return new Response(bodiless ? null : body, { status: result.statusCode, headers });
}

function signedBy(userArn: string) {
  return {
    accessKey: 'ASIAEXAMPLE',
    accountId: userArn.split(':')[4] ?? '',
    callerId: 'AROAEXAMPLE:session',
    cognitoIdentity: null,
    principalOrgId: 'o-example',
    userArn,
    userId: 'AROAEXAMPLE:session',
  };
}
