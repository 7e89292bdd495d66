/**
 * The console as a client of an OpenID issuer: authorization code with PKCE (S256), state and nonce. What comes
 * back is believed only as far as the issuer's signature, and this log-in's own secrets, reach.
 */
import * as oauth from 'oauth4webapi';
import type { Clock } from '../ports/process.ts';
import { type IssuerLogin, LoginFailed } from './issuer-login.ts';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null;
  readonly nameClaim: string;
  readonly groupsClaim: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const TIMEOUT_MS = 5_000;
const METADATA_MS = 3_600_000;

export function relyingParty(
  settings: OidcSettings,
  deps: { readonly clock: Clock; readonly origin: string },
): IssuerLogin {
  const { clientId, clientSecret } = settings;
  const redirectUri = `${deps.origin}/console/callback`;
  const auth = clientSecret === null ? oauth.None() : oauth.ClientSecretBasic(clientSecret);
  const fetch = (url: string, { body, ...init }: Sent) =>
    settings.fetch(url, { ...init, ...(body !== undefined && { body }) });
  const http = () => ({
    [oauth.customFetch]: fetch,
    [oauth.allowInsecureRequests]: isHere(settings.issuer),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // The library measures by the machine's clock; the difference makes it ours.
  const client = (): oauth.Client => ({
    client_id: clientId,
    [oauth.clockSkew]: Math.round((deps.clock.now().getTime() - Date.now()) / 1000),
  });
  let known: { readonly server: oauth.AuthorizationServer; readonly at: number } | null = null;

  const server = async (): Promise<oauth.AuthorizationServer> => {
    const now = deps.clock.now().getTime();
    if (known !== null && now - known.at < METADATA_MS) return known.server;
    const issuer = new URL(settings.issuer);
    const found = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http()));
    known = { server: found, at: now };
    return found;
  };

  return {
    nameClaim: settings.nameClaim,
    groupsClaim: settings.groupsClaim,
    authorizationUrl: async ({ state, nonce, verifier }) => {
      const url = await server().then(endpointOf('authorization_endpoint'), failed);
      if (url === null) throw new LoginFailed('the issuer has no authorization endpoint', true);
      const asked = {
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: scopeFor(settings.nameClaim),
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      };
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
      return url.href;
    },
    redeem: async (returned, { state, nonce, verifier }) => {
      try {
        const as = await server();
        const who = client();
        const params = oauth.validateAuthResponse(as, who, returned, state);
        const answer = await oauth.authorizationCodeGrantRequest(
          as,
          who,
          auth,
          params,
          redirectUri,
          verifier,
          http(),
        );
        const expected = { expectedNonce: nonce, requireIdToken: true };
        const tokens = await oauth.processAuthorizationCodeResponse(as, who, answer, expected);
        await oauth.validateApplicationLevelSignature(as, answer, http());
        const claims = oauth.getValidatedIdTokenClaims(tokens);
        if (claims === undefined) throw new LoginFailed('the issuer gave no ID token', false);
        return claims;
      } catch (failure) {
        return failed(failure);
      }
    },
    logoutUrl: async () => {
      const url = await server().then(endpointOf('end_session_endpoint'), () => null);
      if (url === null) return null;
      // Cognito has names of its own for the same.
      const back = `${deps.origin}/console`;
      const asked = { client_id: clientId, post_logout_redirect_uri: back, logout_uri: back };
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
      return url.href;
    },
  };
}

/** No more than the claim needs: Cognito refuses a scope that the client was not given. Its user name needs none. */
function scopeFor(claim: string): string {
  if (claim === 'username' || claim === 'sub') return 'openid';
  return claim === 'email' ? 'openid email' : 'openid profile';
}

type Sent = Omit<RequestInit, 'body'> & { readonly body: URLSearchParams | undefined };

/** A browser is sent to nothing but https, or to this very machine. */
function endpointOf(name: 'authorization_endpoint' | 'end_session_endpoint') {
  return (server: oauth.AuthorizationServer): URL | null => {
    const given = server[name];
    if (given === undefined || !URL.canParse(given)) return null;
    const url = new URL(given);
    return url.protocol === 'https:' || isHere(given) ? url : null;
  };
}

function isHere(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/** What the issuer refused, or answered wrongly, is told apart from what it did not answer. */
function failed(failure: unknown): never {
  if (failure instanceof LoginFailed) throw failure;
  if (failure instanceof oauth.AuthorizationResponseError || failure instanceof oauth.ResponseBodyError) {
    const code = /^[a-z_]{1,40}$/.test(failure.error) ? failure.error : 'an error';
    throw new LoginFailed(`the issuer answered ${code}`, false, failure);
  }
  if (
    failure instanceof oauth.OperationProcessingError ||
    failure instanceof oauth.UnsupportedOperationError
  ) {
    const answered = failure.cause instanceof Response ? failure.cause.status : 0;
    throw new LoginFailed('the issuer’s answer does not hold', answered >= 500, failure);
  }
  throw new LoginFailed('the issuer does not answer', true, failure);
}
