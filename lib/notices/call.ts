/**
 * One HTTP call to where an operator said. No redirect is followed, no more than a little is read of the answer,
 * and nobody is waited for longer than ten seconds. Reasons never hold a URL: it may carry a secret.
 */
import { type Delivered, failed } from './provider.ts';

export interface Call {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Default: ten seconds. */
  readonly timeoutMs?: number;
}

export type Answer =
  | {
      readonly ok: true;
      readonly status: number;
      /** Seconds that the other side asks to be left alone. */
      readonly retryAfter: number | null;
      readonly text: string;
    }
  | { readonly ok: false; readonly why: string };

export async function call({ url, method, headers, body, timeoutMs = TIMEOUT_MS }: Call): Promise<Answer> {
  const { host } = new URL(url);
  try {
    const response = await fetch(url, {
      method,
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await bounded(response);
    if (text === null) return { ok: false, why: `${host} answered with more than ${MAX_BYTES} bytes` };
    if (response.status >= 300 && response.status < 400) {
      return { ok: false, why: `${host} redirects (${response.status}); redirects are not followed` };
    }
    return {
      ok: true,
      status: response.status,
      retryAfter: secondsOf(response.headers.get('retry-after')),
      text,
    };
  } catch (error) {
    return { ok: false, why: `${host} cannot be reached (${reasonOf(error)})` };
  }
}

/** An answer that is no success, as a delivery that failed. 4xx too may pass: an operator mends a setting. */
export function refusedBy(
  url: string,
  { status, retryAfter }: Extract<Answer, { ok: true }>,
  said = '',
): Delivered {
  return failed(
    `${new URL(url).host} answered ${status}${said === '' ? '' : `: ${said}`}`,
    'later',
    retryAfter,
  );
}

/** What JSON there is in an answer; an empty object where there is none. */
export function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : {};
  } catch {
    return {};
  }
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 262_144;

async function bounded(response: Response): Promise<string | null> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Seconds, or an HTTP date, which says a moment; what is neither asks for nothing. */
function secondsOf(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,6}$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const cause = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : null;
  return cause ?? error.name;
}
