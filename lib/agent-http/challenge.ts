/** What a caller hears who was not recognised, in the form that OAuth clients act on (RFC 6750, RFC 9728). */
import type { Identified } from '../ports/people.ts';
import type { Meant } from './guard.ts';
import type { HttpRefusal } from './refusal.ts';
import { metadataUrl, type OAuthResource } from './resource.ts';

export interface Challenging extends Meant {
  readonly oauth: OAuthResource | null;
}

export function unrecognised(
  deps: Challenging,
  request: Request,
  found: Exclude<Identified, { readonly because: null }>,
): HttpRefusal {
  const ask = (error: string | null) => ({ 'WWW-Authenticate': challenge(deps, request, error) });
  switch (found.because) {
    case 'no_credentials':
      return { status: 401, code: 'unauthenticated', why: wanted(deps), headers: ask(null) };
    case 'invalid_token':
      return {
        status: 401,
        code: 'unauthenticated',
        why: wanted(deps),
        detail: found.why,
        headers: ask('invalid_token'),
      };
    case 'insufficient_scope':
      return { status: 403, code: 'insufficient_scope', why: found.why, headers: ask('insufficient_scope') };
    case 'not_allowed':
      return { status: 403, code: 'not_allowed', why: found.why };
    case 'unavailable':
      return {
        status: 503,
        code: 'identity_unavailable',
        why: `${found.why}. Nothing was run. Try again later.`,
        headers: { 'Retry-After': String(found.retryAfterSeconds) },
      };
  }
}

function challenge(deps: Challenging, request: Request, error: string | null): string {
  const parts = {
    realm: 'recourse',
    ...(error !== null && { error }),
    resource_metadata: metadataUrl(deps, request),
    ...(deps.oauth !== null && { scope: deps.oauth.scopes.join(' ') }),
  };
  return `Bearer ${Object.entries(parts)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}`;
}

function wanted({ oauth }: Challenging): string {
  return oauth === null
    ? "An agent's bearer token is needed; the operator makes one with: recourse tokens create --agent NAME"
    : `An access token of ${oauth.issuer} for this resource is needed. Clients do not register themselves: give yours the client id that the operator registered.`;
}
