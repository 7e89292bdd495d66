/**
 * HTTP as API Gateway's HTTP APIs hand it to a function (payload format 2.0): event → Request, and Response →
 * result. What the client could have made up about where its request came from is left out on the way in.
 */
import type { AwsSigner } from '../core/aws-principal.ts';

/** The part of an event that counts; `APIGatewayProxyEventV2` and its kin fit. */
export interface HttpEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[] | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly domainName: string;
    readonly stage: string;
    readonly http: { readonly method: string; readonly sourceIp: string };
    readonly authorizer?:
      | { readonly iam?: { readonly userArn: string; readonly accountId: string } | undefined }
      | undefined;
  };
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
}

export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly cookies: string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export interface Arrived {
  readonly request: Request;
  /** Whose signature AWS IAM checked, on routes that it authorizes; null elsewhere, whatever headers say. */
  readonly signer: AwsSigner | null;
  readonly sourceIp: string;
}

export interface ArrivalOptions {
  /**
   * What counts as Host: the domain name under which API Gateway took the request (a client cannot choose that),
   * or the Host header, for an API behind something that sets it.
   */
  readonly host: 'domain_name' | 'header';
}

/** Throws a TypeError for what no HTTP request can be. */
export function requestOf(event: HttpEvent, { host: from }: ArrivalOptions): Arrived {
  const { requestContext: context } = event;
  const headers = headersOf(event);
  const named = from === 'header' ? (headers.get('host') ?? '') : context.domainName;
  const host = HOST.test(named) && URL.canParse(`https://${named}`) ? named.toLowerCase() : '';
  headers.set('host', host);
  const url = new URL(`https://${host === '' ? NOWHERE : host}${pathOf(event)}`);
  url.search = event.rawQueryString;
  const { method } = context.http;
  const body = bodyOf(event);
  const bodiless = method === 'GET' || method === 'HEAD' || body === null;
  const request = new Request(url, { method, headers, ...(!bodiless && { body }) });
  const iam = context.authorizer?.iam;
  const signer = iam === undefined ? null : { arn: iam.userArn, account: iam.accountId };
  return { request, signer, sourceIp: context.http.sourceIp };
}

export async function resultOf(response: Response): Promise<HttpResult> {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) if (name !== 'set-cookie') headers[name] = value;
  const cookies = response.headers.getSetCookie();
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = isText(response) ? decoded(bytes) : null;
  const isBase64Encoded = text === null;
  const body = text ?? Buffer.from(bytes).toString('base64');
  return { statusCode: response.status, headers, cookies, body, isBase64Encoded };
}

/** A function's handler around something that answers requests. */
export function httpHandler(
  answer: (arrived: Arrived) => Response | Promise<Response>,
  options: ArrivalOptions,
): (event: HttpEvent) => Promise<HttpResult> {
  return async (event) => {
    let arrived: Arrived;
    try {
      arrived = requestOf(event, options);
    } catch {
      return resultOf(Response.json({ error: { code: 'malformed' } }, { status: 400 }));
    }
    return resultOf(await answer(arrived));
  };
}

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(?::\d{1,5})?$/;
/** Never one of ours (RFC 6761). */
const NOWHERE = 'host.invalid';

/** Claims about the way a request took, which a client can write as well as a proxy. */
const HEARSAY = /^(?:forwarded|x-forwarded-.*|x-real-ip|via|x-original-.*|x-rewrite-.*|x-http-method.*)$/;

function headersOf({ headers: given, cookies }: HttpEvent): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || HEARSAY.test(name.toLowerCase())) continue;
    try {
      headers.append(name, value);
    } catch {
      // No header that a browser or a client may send; nothing here would read it.
    }
  }
  if (cookies !== undefined && cookies.length > 0) headers.set('cookie', cookies.join('; '));
  return headers;
}

/** API Gateway puts the stage before the path, and decodes: what would end the path or the URL is put back. */
function pathOf({ rawPath, requestContext: { stage } }: HttpEvent): string {
  const prefix = `/${stage}`;
  const isUnder = stage !== '$default' && (rawPath === prefix || rawPath.startsWith(`${prefix}/`));
  const path = isUnder ? rawPath.slice(prefix.length) : rawPath;
  const whole = path.startsWith('/') ? path : `/${path}`;
  return whole.replace(/[?#\\\s]/g, encodeURIComponent);
}

function bodyOf({ body, isBase64Encoded }: HttpEvent): Uint8Array<ArrayBuffer> | null {
  if (body === undefined || body === '') return null;
  return new Uint8Array(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
}

function isText(response: Response): boolean {
  if (response.headers.has('content-encoding')) return false;
  const type =
    (response.headers.get('content-type') ?? 'text/plain').split(';')[0]?.trim().toLowerCase() ?? '';
  return /^text\/|^application\/(?:json|javascript|xml|x-www-form-urlencoded)$|\+(?:json|xml)$/.test(type);
}

/** Null where the bytes are no text after all. */
function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
