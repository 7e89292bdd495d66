/**
 * What holds for every request before any route sees it: it was meant for this listener, no other site's
 * page made it, it is small; and what holds for every answer: no frame, no script, no cache, no referrer.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { answerProblem, type Problem, refuseAttempt } from './answer.ts';
import { MAX_BODY_BYTES, TOO_LARGE } from './body.ts';
import type { ControlDeps } from './deps.ts';

export function answerHeaders(deps: ControlDeps): MiddlewareHandler {
  const secure = new URL(deps.origin).protocol === 'https:';
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    if (secure) c.res.headers.set('Strict-Transport-Security', 'max-age=31536000');
  };
}

export function meantForUs(deps: ControlDeps): MiddlewareHandler {
  return async (c, next) => {
    const problem = foreign(deps, c);
    return problem === null ? next() : refuseAttempt(deps, c, problem);
  };
}

/** Turns away at once what says that it is too large; `bodyText` holds the rest to the limit. */
export function smallBody(): MiddlewareHandler {
  return async (c, next) => {
    const declared = Number(c.req.header('content-length') ?? '0');
    return declared <= MAX_BODY_BYTES ? next() : answerProblem(c, TOO_LARGE);
  };
}

function foreign(deps: ControlDeps, c: Context): Problem | null {
  // A name that an attacker points at this address (DNS rebinding) shows in Host.
  if (c.req.header('host')?.toLowerCase() !== new URL(deps.origin).host) return FOREIGN_HOST;
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return null;
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return FOREIGN_ORIGIN;
  const origin = c.req.header('origin');
  if (origin === undefined || origin === deps.origin) return null;
  // Our own forms say "null": that is what `Referrer-Policy: no-referrer` makes of Origin. Then only the
  // browser's word that the page was ours will do; no page can set that header.
  return origin === 'null' && site === 'same-origin' ? null : FOREIGN_ORIGIN;
}

const FOREIGN_HOST: Problem = {
  status: 421,
  code: 'foreign_host',
  why: 'This address is not the one that the console listens on.',
};

const FOREIGN_ORIGIN: Problem = {
  status: 403,
  code: 'foreign_origin',
  why: 'Another site made this request. Nothing was decided.',
};

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Robots-Tag': 'noindex, nofollow',
};
