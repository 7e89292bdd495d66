/**
 * Providers that a state names. `init` installs and `plan` runs the provider of every resource in the state,
 * also of those that the configuration no longer has, so a state file is a way to bring a provider.
 */

import { Unreadable } from './lexer.ts';

/**
 * The full source addresses in a state file (version 4). Throws `Unreadable` for anything else: an older
 * state names providers in a way that depends on the configuration.
 */
export function stateProviders(text: string): readonly string[] {
  const state = parse(text);
  if (!isRecord(state) || state.version !== 4) throw new Unreadable('not a state file of version 4');
  const resources: unknown = state.resources ?? [];
  if (!Array.isArray(resources)) throw new Unreadable('its resources are no list');
  const addresses = resources.map((resource: unknown) => {
    const provider = isRecord(resource) ? resource.provider : undefined;
    // `module.a.provider["HOST/NAMESPACE/TYPE"].alias`
    const address = typeof provider === 'string' ? /provider\["([^"]+)"\]/.exec(provider)?.[1] : undefined;
    if (address === undefined) throw new Unreadable('a resource without a full provider address');
    return address.toLowerCase();
  });
  return [...new Set(addresses)].sort();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Unreadable(error instanceof Error ? error.message : 'not JSON');
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
