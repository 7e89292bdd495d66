/**
 * What this API says of itself as a protected resource (RFC 9728), and of the issuer of its tokens (RFC 8414).
 *
 * Clients refuse an issuer that does not say that it takes PKCE with S256; Amazon Cognito takes it and does not
 * say so. So this API can name itself as the authorization server: then it repeats the issuer's own endpoints
 * and adds what is missing. No token and no code passes through here.
 */
import { hostOf, type Meant } from './guard.ts';

const ROOT = '/.well-known/oauth-protected-resource';

/** Clients ask under the resource's path first, then at the root. */
export const RESOURCE_METADATA = [ROOT, `${ROOT}/mcp`] as const;

/** Where clients look for the authorization server of an issuer `/` or `/mcp`, in the order of the specification. */
export const SERVER_METADATA: readonly { readonly path: string; readonly issuer: string }[] = [
  { path: '/.well-known/oauth-authorization-server', issuer: '' },
  { path: '/.well-known/openid-configuration', issuer: '' },
  { path: '/.well-known/oauth-authorization-server/mcp', issuer: '/mcp' },
  { path: '/.well-known/openid-configuration/mcp', issuer: '/mcp' },
  { path: '/mcp/.well-known/openid-configuration', issuer: '/mcp' },
];

/** Tokens of an OAuth issuer open this API. */
export interface OAuthResource {
  readonly issuer: string;
  /** All that a client asks the issuer for, in the 401 and in the metadata. */
  readonly scopes: readonly string[];
  /** Whom clients are sent to: the issuer, if its metadata says all that they insist on, or this API. */
  readonly authorizationServer: 'issuer' | 'gateway';
  /** The issuer's own metadata. Rejects where it cannot be had. */
  readonly metadata: () => Promise<Readonly<Record<string, unknown>>>;
}

interface Described extends Meant {
  /** Null: tokens are made by the operator, and no authorization server is named. */
  readonly oauth: OAuthResource | null;
}

/** For a request whose Host is known to be ours. */
export function metadataUrl(meant: Meant, request: Request): string {
  return `${base(meant, request)}${ROOT}/mcp`;
}

export function resourceMetadata(deps: Described, request: Request): Readonly<Record<string, unknown>> {
  const { oauth } = deps;
  const here = base(deps, request);
  return {
    resource: `${here}/mcp`,
    ...(oauth !== null && {
      authorization_servers: [oauth.authorizationServer === 'issuer' ? oauth.issuer : here],
      scopes_supported: oauth.scopes,
    }),
    resource_name: 'Recourse gateway',
    bearer_methods_supported: ['header'],
  };
}

/**
 * The issuer's endpoints under the name `issuer` (a path of this API), for a client must find the name it asked
 * for. Nothing is promised for the issuer that only it could keep under its own name: no `iss` in responses.
 */
export async function serverMetadata(
  meant: Meant,
  request: Request,
  oauth: OAuthResource,
  issuer: string,
): Promise<Readonly<Record<string, unknown>>> {
  const theirs = await oauth.metadata();
  const kept = Object.fromEntries(REPEATED.flatMap((name) => (name in theirs ? [[name, theirs[name]]] : [])));
  return {
    ...DEFAULTS,
    ...kept,
    issuer: `${base(meant, request)}${issuer}`,
    scopes_supported: [...oauth.scopes, ...refreshScope(theirs)],
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [...new Set([...authMethods(theirs), 'none'])],
  };
}

/** Clients that want to stay logged in ask for this scope where it exists, and must not where it does not. */
function refreshScope({ scopes_supported: scopes }: Readonly<Record<string, unknown>>): readonly string[] {
  return Array.isArray(scopes) && scopes.includes('offline_access') ? ['offline_access'] : [];
}

function authMethods({ token_endpoint_auth_methods_supported: methods }: Readonly<Record<string, unknown>>) {
  return Array.isArray(methods) ? methods.filter((each) => typeof each === 'string') : [];
}

const REPEATED = [
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'userinfo_endpoint',
  'end_session_endpoint',
  'jwks_uri',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
] as const;

const DEFAULTS = {
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
} as const;

function base(meant: Meant, request: Request): string {
  return `${meant.scheme}://${hostOf(request)}`;
}
