/** A control API somewhere else, with the bearer token of RECOURSE_TOKEN. */
import { Stop } from './stop.ts';

export function remoteControl(url: string) {
  const token = process.env.RECOURSE_TOKEN;
  if (token === undefined || token === '') throw new Stop('--url needs an approver token in RECOURSE_TOKEN');
  const base = baseOf(url);
  const ask = async (path: string, init: RequestInit) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const response = await reach(`${base}${path}`, { ...init, headers, signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    if (!response.ok) throw new Stop(`${base} answered ${response.status}: ${problemIn(text)}`, 1);
    return JSON.parse(text);
  };
  return {
    get: (path: string) => ask(path, { method: 'GET' }),
    post: (path: string, body: unknown) => ask(path, { method: 'POST', body: JSON.stringify(body) }),
  };
}

/** A token goes out only over TLS, or to this very machine. */
function baseOf(url: string): string {
  if (!URL.canParse(url))
    throw new Stop(`--url ${url} is not a URL; give one such as https://gateway.example.com`);
  const { protocol, hostname, origin } = new URL(url);
  const here = hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
  if (protocol === 'https:' || (protocol === 'http:' && here)) return origin;
  throw new Stop(`--url ${url}: use https, or the token could be read on its way`);
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Stop(`${new URL(url).origin} cannot be reached: ${cause}`, 1);
  }
}

function problemIn(text: string): string {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return text.slice(0, 200);
  }
}
