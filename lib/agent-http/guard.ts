/** Was the request meant for this listener, and did no other site's page make it? */
import type { HttpRefusal } from './refusal.ts';

export interface Meant {
  readonly scheme: 'http' | 'https';
  readonly hosts: readonly string[];
}

/** Null where nothing is wrong. */
export function foreign(meant: Meant, request: Request): HttpRefusal | null {
  // A name that an attacker points at this address (DNS rebinding) shows in Host.
  if (!meant.hosts.includes(hostOf(request))) return FOREIGN_HOST;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') return FOREIGN_ORIGIN;
  const origin = request.headers.get('origin');
  if (origin === null) return null;
  return meant.hosts.some((host) => `${meant.scheme}://${host}` === origin) ? null : FOREIGN_ORIGIN;
}

/** The Host that the client named; one of `hosts` once `foreign` has passed the request. */
export function hostOf(request: Request): string {
  return (request.headers.get('host') ?? '').toLowerCase();
}

const FOREIGN_HOST: HttpRefusal = {
  status: 421,
  code: 'foreign_host',
  why: 'This address is not the one that the agent API listens on.',
};

const FOREIGN_ORIGIN: HttpRefusal = {
  status: 403,
  code: 'foreign_origin',
  why: 'A page of another site made this request.',
};
