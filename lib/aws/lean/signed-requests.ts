/**
 * Requests to AWS over fetch, signed by @smithy/signature-v4: all that the agent-facing function needs of an SDK,
 * in a twentieth of its size, for its bundle is limited. Everything else uses the SDK's clients.
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { SignatureV4 } from '@smithy/signature-v4';

export interface LeanOptions {
  readonly region: string;
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>);
  readonly fetch: typeof fetch;
  /** From 0 to 1: spreads retries, so that what failed together does not come back together. */
  readonly chance: () => number;
  /** Instead of AWS; buckets are then part of the path. */
  readonly endpoint?: string | undefined;
  /** For one attempt; default 5,000. */
  readonly timeoutMs?: number;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface LeanRequest {
  readonly service: string;
  readonly method: 'GET' | 'POST';
  /** `BUCKET` where it is part of the host's name. */
  readonly bucket?: string;
  /** Nothing in it needs escaping. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of the answer; more rejects unread. */
  readonly most: number;
}

export interface LeanAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export type LeanSend = (request: LeanRequest) => Promise<LeanAnswer>;

/** What AWS answered instead of doing it, as the SDK's clients tell it. */
export class LeanError extends Error {
  readonly $metadata: { readonly attempts: number; readonly httpStatusCode: number | undefined };
  constructor(name: string, message: string, attempts: number, httpStatusCode?: number) {
    super(message);
    this.name = name;
    this.$metadata = { attempts, httpStatusCode };
  }
}

export class AnswerTooLarge extends Error {
  constructor(bytes: number, most: number) {
    super(`an answer of ${bytes} bytes; ${most} are the most that is read`);
    this.name = 'AnswerTooLarge';
  }
}

/** Told `begin` and `end` of each request, attempts and pauses included: for whoever measures a function. */
export const REQUESTS = 'recourse.aws.requests';
const requests = channel(REQUESTS);

/** Three attempts; only what may succeed later is tried again. */
export function leanSender(options: LeanOptions): LeanSend {
  return async (request) => {
    requests.publish('begin');
    try {
      return await send(options, request);
    } finally {
      requests.publish('end');
    }
  };
}

async function send(options: LeanOptions, request: LeanRequest): Promise<LeanAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const failure = await attemptOnce(options, request, attempt);
    if (!(failure instanceof LeanError)) return failure;
    if (attempt === ATTEMPTS || !isTransient(failure)) throw failure;
    await pause(options.chance() * 50 * 2 ** attempt);
  }
}

const ATTEMPTS = 3;

function isTransient({ name, $metadata }: LeanError): boolean {
  return ($metadata.httpStatusCode ?? 500) >= 500 || TRANSIENT.has(name);
}

const TRANSIENT: ReadonlySet<string> = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestTimeout',
  'RequestTimeoutException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

async function attemptOnce(
  options: LeanOptions,
  request: LeanRequest,
  attempt: number,
): Promise<LeanAnswer | LeanError> {
  const { url, init } = await signed(options, request);
  let answer: LeanAnswer;
  try {
    const signal = AbortSignal.timeout(options.timeoutMs ?? 5_000);
    const response = await options.fetch(url, { ...init, signal, redirect: 'manual' });
    answer = { status: response.status, headers: response.headers, body: await read(response, request.most) };
  } catch (error) {
    if (error instanceof AnswerTooLarge) throw error;
    const name = error instanceof Error && error.name === 'TimeoutError' ? 'TimeoutError' : 'NetworkingError';
    return new LeanError(name, `${request.service} did not answer: ${reasonOf(error)}`, attempt);
  }
  if (answer.status === 200) return answer;
  const { name, message } = wordsOf(answer);
  return new LeanError(name, message, attempt, answer.status);
}

async function read(response: Response, most: number): Promise<Uint8Array> {
  const limit = response.status === 200 ? most : 65_536;
  const said = Number(response.headers.get('content-length') ?? Number.POSITIVE_INFINITY);
  if (response.body === null) return new Uint8Array();
  if (Number.isFinite(said) && said > limit) {
    await response.body.cancel();
    throw new AnswerTooLarge(said, limit);
  }
  // Of a known length, and read at once: an iterator over chunks takes longer than all else here.
  if (Number.isFinite(said) && !response.headers.has('content-encoding'))
    return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > limit) throw new AnswerTooLarge(bytes, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** JSON services say `__type`, with or without a namespace; S3 says `<Code>`. */
function wordsOf({ body, headers, status }: LeanAnswer): { readonly name: string; readonly message: string } {
  const text = Buffer.from(body).toString();
  const said =
    headers.get('x-amzn-errortype') ??
    /"__type"\s*:\s*"([^"]+)"/.exec(text)?.[1] ??
    /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ??
    `HTTP ${status}`;
  const name = said.split(':')[0]?.split('#').at(-1) ?? said;
  const message = /"[mM]essage"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  return { name, message: textIn(message) ?? `${name} (${status})` };
}

function textIn(literal: string | undefined): string | null {
  try {
    return literal === undefined ? null : String(JSON.parse(literal));
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

async function signed(options: LeanOptions, request: LeanRequest) {
  const { region, credentials } = options;
  const { service, method, headers, body } = request;
  const place = placeOf(options, request);
  const signer = new SignatureV4({
    service,
    region,
    credentials,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const ready = await signer.sign({
    method,
    protocol: place.protocol,
    hostname: place.hostname,
    path: place.pathname,
    headers: { ...headers, host: place.host },
    body,
  });
  const { host: _, ...sent } = ready.headers;
  return { url: place.href, init: { method, headers: sent, ...(method === 'POST' ? { body } : {}) } };
}

function placeOf({ region, endpoint }: LeanOptions, { service, bucket, path }: LeanRequest): URL {
  if (endpoint !== undefined) return new URL(bucket === undefined ? path : `/${bucket}${path}`, endpoint);
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const host = [...(bucket === undefined ? [] : [bucket]), service, region, suffix].join('.');
  return new URL(`https://${host}${path}`);
}

/** The hash that the signer asks for, from node:crypto. */
class Sha256 {
  readonly #secret: Uint8Array | string | null;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? null : typeof secret === 'string' ? secret : bytesOf(secret);
    this.#hash = this.#fresh();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): Hash | Hmac {
    return this.#secret === null ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
