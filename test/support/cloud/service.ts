/** What the fake AWS is made of: services that say what a request needs, answer it, and word refusals. */
import type { IncomingMessage } from 'node:http';
import type { Policies, PolicyDocument } from './iam.ts';

export interface AwsRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** One permission that a request needs. */
export interface Need {
  /** `s3:GetObject` */
  readonly action: string;
  readonly resource: string;
  /** Condition keys of this request, beside those that every request has. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  /** Policy of the resource, if it has one, and how it counts. */
  readonly policy?: PolicyDocument | undefined;
  readonly decidedBy?: Policies['decidedBy'];
}

/** Who calls. */
export interface Caller {
  readonly role: string;
  readonly account: string;
  readonly accessKeyId: string;
  /** What a service asks beyond the needs of the request; not recorded as a call. */
  may(need: Need): boolean;
}

export interface AwsService {
  /** As credential scopes name it: `s3`, `dynamodb`, `states`. */
  readonly name: string;
  /** Null: there is no such operation. */
  needs(request: AwsRequest): readonly Need[] | null;
  answer(request: AwsRequest, caller: Caller): Promise<AwsResponse>;
  /** An error as this service words it. */
  error(status: number, code: string, message: string): AwsResponse;
  /** Its code for a request that policies do not allow. */
  readonly accessDenied: string;
}

/** Ends a request with an error of the service's own. */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export type Json = Readonly<Record<string, unknown>>;

export interface Operation {
  needs(input: Json): readonly Need[];
  answer(input: Json, caller: Caller): Promise<Json> | Json;
}

/** A service that takes `X-Amz-Target: PREFIX.Operation` and JSON. */
export function jsonService(
  name: string,
  prefix: string,
  version: '1.0' | '1.1',
  operations: Readonly<Record<string, Operation>>,
): AwsService {
  const type = { 'content-type': `application/x-amz-json-${version}` };
  const operationOf = ({ headers }: AwsRequest): Operation | undefined => {
    const [given, operation = ''] = (headers.get('x-amz-target') ?? '').split('.');
    return given === prefix && Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  };
  return {
    name,
    accessDenied: 'AccessDeniedException',
    needs: (request) => operationOf(request)?.needs(parseJson(request.body)) ?? null,
    async answer(request, caller) {
      const answer = await operationOf(request)?.answer(parseJson(request.body), caller);
      return { status: 200, headers: type, body: JSON.stringify(answer ?? {}) };
    },
    error: (status, code, message) => ({
      status: status === 403 ? 400 : status,
      headers: type,
      body: JSON.stringify({ __type: code, message }),
    }),
  };
}

export function parseJson(body: Buffer): Json {
  const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString());
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ServiceError('SerializationException', 'not a JSON object');
  }
  return { ...value };
}

export function text(input: Json, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw new ServiceError('ValidationException', `${name} is no text`);
  return value;
}

/** Of whatever is an object; none of anything else. */
export function members(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

export async function readRequest(message: IncomingMessage): Promise<AwsRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  const url = new URL(message.url ?? '/', 'http://fake');
  const headers = new Map(
    Object.entries(message.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value] as const],
    ),
  );
  const raw = (message.url ?? '/').split('?')[0] ?? '/';
  const body = unchunked(headers, Buffer.concat(chunks));
  return {
    method: message.method ?? 'GET',
    path: decodeURIComponent(raw),
    query: url.searchParams,
    headers,
    body,
  };
}

/** `aws-chunked`: lengths in hex (with signatures or without), bytes, and trailing checksums. */
function unchunked(headers: ReadonlyMap<string, string>, body: Buffer): Buffer {
  if (!headers.get('x-amz-content-sha256')?.startsWith('STREAMING-')) return body;
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.subarray(at, end).toString(), 16);
    if (end === -1 || Number.isNaN(size)) throw new ServiceError('IncompleteBody', 'not aws-chunked');
    if (size === 0) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
