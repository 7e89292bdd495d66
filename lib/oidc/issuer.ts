/** One OAuth or OpenID issuer: its metadata, its keys, and what it says of the holder of a token. */
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../ports/process.ts';
import { askIssuer, type Fetch, IssuerDown } from './ask-issuer.ts';
import { Fresh } from './fresh.ts';

export interface IssuerOptions {
  /** As its tokens name it, character for character. */
  readonly issuer: string;
  /** Where its keys are; by default where its metadata says. */
  readonly jwksUri?: string | undefined;
  readonly clock: Clock;
  readonly fetch: Fetch;
}

export interface Issuer {
  readonly name: string;
  /** Rejects with IssuerDown where it cannot be had. */
  metadata(): Promise<Metadata>;
  /** For `jwtVerify`. Rejects with IssuerDown where no usable keys are at hand. */
  readonly key: JWTVerifyGetKey;
  /** Null where the issuer does not take the token (any more). Rejects with IssuerDown. */
  userinfo(token: string): Promise<Readonly<Record<string, unknown>> | null>;
}

export type Metadata = Readonly<Record<string, unknown>>;

const MINUTE_MS = 60_000;
/** Keys are looked for again after ten minutes; while the issuer is down, those at hand are used for four hours. */
const KEYS = { freshMs: 10 * MINUTE_MS, usableMs: 240 * MINUTE_MS, cooldownMs: MINUTE_MS / 2 } as const;
const METADATA = { freshMs: 60 * MINUTE_MS, usableMs: 1440 * MINUTE_MS, cooldownMs: MINUTE_MS / 12 } as const;

/** Throws one clear sentence where the issuer's name cannot be one. */
export function openIssuer({ issuer, jwksUri, clock, fetch }: IssuerOptions): Issuer {
  const problem = issuerProblem(issuer) ?? (jwksUri === undefined ? null : issuerProblem(jwksUri));
  if (problem !== null) throw new TypeError(problem);
  const metadata = new Fresh({ ...METADATA, clock, fetch: () => fetchMetadata(fetch, issuer) });
  const keys = new Fresh({
    ...KEYS,
    clock,
    fetch: async () => {
      const url = jwksUri ?? endpoint(issuer, await metadata.get(), 'jwks_uri');
      return keySet(url, (await askIssuer(fetch, url)).body);
    },
  });
  return {
    name: issuer,
    metadata: () => metadata.get(),
    key: async (header, token) => {
      try {
        return await (await keys.get())(header, token);
      } catch (failure) {
        if (!(failure instanceof errors.JWKSNoMatchingKey)) throw failure;
        const others = await keys.again();
        if (others === null) throw failure;
        return others(header, token);
      }
    },
    userinfo: async (token) => {
      const url = endpoint(issuer, await metadata.get(), 'userinfo_endpoint');
      return (await askIssuer(fetch, url, { authorization: `Bearer ${token}` })).body;
    },
  };
}

/** What is wrong with the address of an issuer, in one sentence; null where nothing is. */
export function issuerProblem(url: string): string | null {
  if (!URL.canParse(url)) return `“${url}” is no URL, such as https://idp.example.com`;
  const { protocol, hostname, search, hash, username, password } = new URL(url);
  if (`${search}${hash}${username}${password}` !== '') {
    return `“${url}” has a query, a fragment or a user in it, and an issuer has none`;
  }
  const isHere = protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return protocol === 'https:' || isHere ? null : `“${url}” is not https, so anybody on the way could be it`;
}

/** OpenID's place first, for Cognito has only that; then that of OAuth (RFC 8414). */
async function fetchMetadata(fetch: Fetch, issuer: string): Promise<Metadata> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  for (const url of [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]) {
    const { body } = await askIssuer(fetch, url);
    if (body === null) continue;
    // Else it is somebody else's, however it came here.
    if (body.issuer !== issuer) throw new IssuerDown(url, `calls itself another issuer than ${issuer}`);
    return body;
  }
  throw new IssuerDown(issuer, 'has no metadata');
}

function endpoint(issuer: string, metadata: Metadata, name: string): string {
  const url = metadata[name];
  if (typeof url !== 'string' || !URL.canParse(url)) throw new IssuerDown(issuer, `names no ${name}`);
  if (issuerProblem(url) !== null) throw new IssuerDown(issuer, `names a ${name} that is not https`);
  return url;
}

function keySet(url: string, body: Metadata | null): ReturnType<typeof createLocalJWKSet> {
  if (body === null || !Array.isArray(body.keys)) throw new IssuerDown(url, 'has no keys');
  try {
    return createLocalJWKSet({ keys: body.keys });
  } catch {
    throw new IssuerDown(url, 'has keys that are malformed');
  }
}
