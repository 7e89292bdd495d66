/**
 * A control API somewhere else: with the bearer token of RECOURSE_TOKEN, or with requests that AWS credentials
 * sign, for which the API has its routes under `/iam`.
 */
import { regionOf } from './region.ts';
import { Stop } from './stop.ts';

export interface Remote {
  readonly url: string;
  /** Sign, though the URL does not end in `/iam`. */
  readonly aws?: boolean | undefined;
  /** Instead of the one in RECOURSE_TOKEN. */
  readonly token?: string;
}

type Send = (url: string, init: Sent) => Promise<Response>;

interface Sent {
  readonly method: string;
  readonly body?: string;
}

export interface ControlClient {
  get(at: string): Promise<ReturnType<typeof JSON.parse>>;
  post(at: string, body: unknown): Promise<ReturnType<typeof JSON.parse>>;
  remove(at: string, body: unknown): Promise<ReturnType<typeof JSON.parse>>;
}

export async function remoteControl({ url, aws = false, token }: Remote): Promise<ControlClient> {
  const { origin, pathname } = parsed(url);
  const path = pathname.replace(/\/+$/, '');
  const isSigned = aws || path.endsWith('/iam');
  if (path !== '' && !isSigned) {
    throw new Stop(
      `--url ${url}: give the address without a path, or with /iam to sign with AWS credentials`,
    );
  }
  const base = isSigned ? `${origin}${path.endsWith('/iam') ? path : `${path}/iam`}` : origin;
  const send = isSigned ? await signing(origin) : bearing(token);
  const ask = async (at: string, init: Sent) => {
    return answerOf(base, await reach(send, `${base}${at}`, init));
  };
  return {
    get: (at: string) => ask(at, { method: 'GET' }),
    post: (at: string, body: unknown) => ask(at, { method: 'POST', body: JSON.stringify(body) }),
    remove: (at: string, body: unknown) => ask(at, { method: 'DELETE', body: JSON.stringify(body) }),
  };
}

/** What the API said, or a stop with its words: 2 for bad input and what is not there, 1 for what is not so. */
export async function answerOf(from: string, response: Response): Promise<ReturnType<typeof JSON.parse>> {
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  const exitCode = response.status === 400 || response.status === 404 ? 2 : 1;
  throw new Stop(`${from} answered ${response.status}: ${problemIn(text)}`, exitCode);
}

const TIMEOUT_MS = 30_000;
const JSON_TYPE = { 'Content-Type': 'application/json' } as const;

function bearing(token = process.env.RECOURSE_TOKEN): Send {
  if (token === undefined || token === '') {
    throw new Stop('--url needs an approver token in RECOURSE_TOKEN, or --aws to sign with AWS credentials');
  }
  const headers = { Authorization: `Bearer ${token}`, ...JSON_TYPE };
  return (url, init) => fetch(url, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
}

async function signing(origin: string): Promise<Send> {
  const region = regionOf('--url', origin);
  const { awsCredentials, signedFetch } = await import('./aws-side.ts');
  const credentials = await awsCredentials().catch((failure: unknown) => {
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new Stop(
      `no AWS credentials to sign with (set AWS_PROFILE, or log in with: aws sso login): ${why}`,
    );
  });
  const sign = signedFetch({ service: 'execute-api', region, credentials, now: () => new Date(), fetch });
  return (url, init) => sign(url, { ...init, headers: JSON_TYPE, signal: AbortSignal.timeout(TIMEOUT_MS) });
}

/** A token goes out only over TLS, or to this very machine. */
function parsed(url: string): URL {
  if (!URL.canParse(url))
    throw new Stop(`--url ${url} is not a URL; give one such as https://gateway.example.com`);
  const given = new URL(url);
  const { protocol, hostname } = given;
  const here = hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
  if (protocol === 'https:' || (protocol === 'http:' && here)) return given;
  throw new Stop(`--url ${url}: use https, or the token could be read on its way`);
}

async function reach(send: Send, url: string, init: Sent): Promise<Response> {
  try {
    return await send(url, init);
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Stop(`${new URL(url).origin} cannot be reached: ${cause}`, 1);
  }
}

function problemIn(text: string): string {
  try {
    const said = JSON.parse(text);
    // API Gateway itself answers what IAM does not allow, in another form.
    return said.error?.message ?? said.message ?? said.Message ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
