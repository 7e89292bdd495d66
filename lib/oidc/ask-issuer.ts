/** Asking an issuer, which may be slow, down, or not what it was: bounded in time and size, following nobody. */

/** The issuer does not answer, or not in a way that can be used. Whoever asked must not go on. */
export class IssuerDown extends Error {
  constructor(url: string, what: string) {
    super(`${new URL(url).origin} ${what}`);
    this.name = 'IssuerDown';
  }
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export const TIMEOUT_MS = 3_000;
const MAX_BYTES = 256 * 1024;

export interface Answered {
  readonly status: number;
  /** Of a 200 alone; null otherwise. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** GETs a JSON object. Rejects with IssuerDown for whatever is neither that nor a refusal (4xx). */
export async function askIssuer(
  fetch: Fetch,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  let response: Response;
  let text: string | null;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(url, {
      headers: { accept: 'application/json', ...headers },
      redirect: 'error',
      signal,
    });
    text = await bounded(response);
  } catch (failure) {
    throw new IssuerDown(url, `does not answer (${failure instanceof Error ? failure.name : 'broken'})`);
  }
  const { status } = response;
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) return { status, body: null };
  if (status !== 200) throw new IssuerDown(url, `answered ${status}`);
  if (text === null) throw new IssuerDown(url, `answered with more than ${MAX_BYTES} bytes`);
  const body = parsed(text);
  if (body === null) throw new IssuerDown(url, 'answered with something that is no JSON object');
  return { status, body };
}

/** Null where it is longer than any honest answer. */
async function bounded(response: Response): Promise<string | null> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString('utf8');
    size += value.length;
    if (size > MAX_BYTES) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
