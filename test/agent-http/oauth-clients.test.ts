/**
 * The official clients, from nothing but the URL and a client id that the operator registered: they find the
 * issuer, log their user in with PKCE, and list the tools.
 */
import * as current from '@modelcontextprotocol/client';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, it } from 'vitest';
import { httpHandler } from '../../lib/aws/http-event.ts';
import { eventOf, responseOf } from '../support/aws/http-event.ts';
import { ClientStore } from '../support/oidc/client-store.ts';
import { type OAuthStage, oauthStage, REDIRECT, RESOURCE, SCOPES } from '../support/oidc/oauth-stage.ts';

const SHAPES = ['cognito', 'standard'] as const;

function storeFor(on: OAuthStage, clientId = 'claude-client', secret: string | null = null) {
  const browse = (url: URL) => on.network(url, { redirect: 'manual' });
  return new ClientStore({ clientId, secret, redirect: REDIRECT, browse });
}

async function firstToolNames(on: OAuthStage, store: ClientStore): Promise<string[]> {
  const open = () => new FirstTransport(new URL(RESOURCE), { authProvider: store, fetch: on.network });
  const transport = open();
  const client = () => new FirstClient({ name: 'first', version: '1' });
  await expect(client().connect(transport)).rejects.toThrow('Unauthorized');
  await transport.finishAuth(store.returned?.get('code') ?? '');
  const connected = client();
  await connected.connect(open());
  const { tools } = await connected.listTools();
  await connected.close();
  return tools.map(({ name }) => name);
}

async function currentToolNames(on: OAuthStage, store: ClientStore): Promise<string[]> {
  const open = () =>
    new current.StreamableHTTPClientTransport(new URL(RESOURCE), { authProvider: store, fetch: on.network });
  const transport = open();
  const client = () => new current.Client({ name: 'current', version: '1' });
  await expect(client().connect(transport)).rejects.toThrow('Unauthorized');
  await transport.finishAuth(store.returned ?? new URLSearchParams());
  const connected = client();
  await connected.connect(open());
  const { tools } = await connected.listTools();
  await connected.close();
  return tools.map(({ name }) => name);
}

describe.each(SHAPES)('with an issuer of the %s shape', (shape) => {
  it.each([
    ['first', firstToolNames],
    ['current', currentToolNames],
  ] as const)('the %s generation of the SDK logs in and lists the tools', async (_, toolNames) => {
    const on = await oauthStage({ shape });
    const store = storeFor(on);
    expect(await toolNames(on, store)).toHaveLength(14);
    const asked = store.visited?.searchParams;
    expect(store.visited?.href).toContain(`${on.idp.endpoints}/authorize?`);
    expect(asked?.get('client_id')).toBe('claude-client');
    expect(asked?.get('code_challenge_method')).toBe('S256');
    expect(asked?.get('resource')).toBe(RESOURCE);
    expect(asked?.get('scope')).toBe(SCOPES.join(' '));
    const refused = (await on.events('http.refused')).filter(({ data }) => data.path === '/mcp');
    // The first request of all, and the look for a stream that these clients take after logging in.
    expect(refused.map(({ data }) => data.code)).toEqual(['unauthenticated', 'method_not_allowed']);
  });

  it('through API Gateway’s events, as a function is asked, the same', async () => {
    const on = await oauthStage({ shape });
    const handler = httpHandler(({ request, signer }) => on.app.fetch(request, signer), {
      host: 'domain_name',
    });
    const network: OAuthStage['network'] = async (input, init) => {
      const request = new Request(input, init);
      return on.idp.isAt(request.url)
        ? on.idp.fetch(request)
        : responseOf(await handler(await eventOf(request)));
    };
    expect(await currentToolNames({ ...on, network }, storeFor(on))).toHaveLength(14);
  });

  it('a confidential client with its secret, too', async () => {
    const on = await oauthStage({ shape });
    const store = storeFor(on, 'confidential-client', 'its-secret');
    expect(await currentToolNames(on, store)).toHaveLength(14);
  });

  it('a client that looks for the issuer under this address alone finds it as well', async () => {
    const on = await oauthStage({ shape });
    const blind: OAuthStage = {
      ...on,
      network: async (input, init) =>
        String(input instanceof Request ? input.url : input).includes('oauth-protected-resource')
          ? new Response(null, { status: 404 })
          : on.network(input, init),
    };
    const found = await current.discoverOAuthServerInfo(RESOURCE, { fetchFn: blind.network });
    expect(found.authorizationServerMetadata?.token_endpoint).toBe(`${on.idp.endpoints}/token`);
  });
});

it('Cognito as it is would be refused by clients that look for PKCE: this API adds that', async () => {
  const on = await oauthStage({ authorizationServer: 'issuer' });
  const direct = await current.discoverOAuthServerInfo(RESOURCE, { fetchFn: on.network });
  expect(direct.authorizationServerMetadata?.code_challenge_methods_supported).toBeUndefined();
  const through = await oauthStage();
  const found = await current.discoverOAuthServerInfo(RESOURCE, { fetchFn: through.network });
  expect(found.authorizationServerMetadata?.code_challenge_methods_supported).toEqual(['S256']);
});

it('a code that somebody else got is worth nothing without its verifier', async () => {
  const on = await oauthStage();
  const victim = storeFor(on);
  const attacker = storeFor(on);
  const transport = (store: ClientStore) =>
    new current.StreamableHTTPClientTransport(new URL(RESOURCE), { authProvider: store, fetch: on.network });
  const client = () => new current.Client({ name: 'current', version: '1' });
  await expect(client().connect(transport(victim))).rejects.toThrow('Unauthorized');
  const other = transport(attacker);
  await expect(client().connect(other)).rejects.toThrow('Unauthorized');
  await expect(other.finishAuth(victim.returned ?? new URLSearchParams())).rejects.toThrow();
  expect(attacker.tokens()).toBeUndefined();
});
