/**
 * What an MCP client keeps while its user logs in: a client id that the operator registered beforehand, and a
 * browser that goes where it is sent and comes back to the redirect address.
 */
import type { OAuthDiscoveryState } from '@modelcontextprotocol/client';

export interface ClientStoreOptions {
  readonly clientId: string;
  readonly secret?: string | null;
  readonly redirect: string;
  /** Goes to an address as the browser would. */
  readonly browse: (url: URL) => Promise<Response>;
}

export class ClientStore {
  readonly #options: ClientStoreOptions;
  /** With what the issuer sent the browser back. */
  returned: URLSearchParams | null = null;
  visited: URL | null = null;
  #discovered: OAuthDiscoveryState | undefined;
  #tokens: { access_token: string; token_type: string; issuer?: string } | undefined;
  #verifier = '';

  constructor(options: ClientStoreOptions) {
    this.#options = options;
  }

  get redirectUrl() {
    return this.#options.redirect;
  }

  get clientMetadata() {
    return {
      redirect_uris: [this.#options.redirect],
      client_name: 'test',
      grant_types: ['authorization_code'],
    };
  }

  state() {
    return 'state-of-the-client';
  }

  clientInformation() {
    const { clientId, secret = null } = this.#options;
    return { client_id: clientId, ...(secret !== null && { client_secret: secret }) };
  }

  tokens() {
    return this.#tokens;
  }

  saveTokens(tokens: { access_token: string; token_type: string; issuer?: string }) {
    this.#tokens = tokens;
  }

  saveDiscoveryState(discovered: OAuthDiscoveryState) {
    this.#discovered = discovered;
  }

  discoveryState() {
    return this.#discovered;
  }

  invalidateCredentials() {
    this.#tokens = undefined;
  }

  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier;
  }

  codeVerifier() {
    return this.#verifier;
  }

  async redirectToAuthorization(url: URL) {
    this.visited = url;
    const answer = await this.#options.browse(url);
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the issuer answered ${answer.status}: ${await answer.text()}`);
    this.returned = new URL(location).searchParams;
  }
}
