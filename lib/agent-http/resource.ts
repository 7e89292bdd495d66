/** What this API says of itself as a protected resource (RFC 9728). */
import { hostOf, type Meant } from './guard.ts';

const ROOT = '/.well-known/oauth-protected-resource';

/** Clients ask under the resource's path first, then at the root. */
export const RESOURCE_METADATA = [ROOT, `${ROOT}/mcp`] as const;

/** For a request whose Host is known to be ours. */
export function metadataUrl(meant: Meant, request: Request): string {
  return `${base(meant, request)}${ROOT}/mcp`;
}

/** Names no authorization server: tokens are made by the operator. */
export function resourceMetadata(meant: Meant, request: Request): Readonly<Record<string, unknown>> {
  return {
    resource: `${base(meant, request)}/mcp`,
    resource_name: 'Recourse gateway',
    bearer_methods_supported: ['header'],
  };
}

function base(meant: Meant, request: Request): string {
  return `${meant.scheme}://${hostOf(request)}`;
}
