/**
 * Providers that a state names. `init` installs and `plan` runs the provider of every resource in the state,
 * also of those that the configuration no longer has, so a state file is a way to bring a provider.
 */

import type { Finding } from '../../finding.ts';
import { unreadable } from './judge-expressions.ts';
import { fullAddress, isAllowedProvider } from './provider-address.ts';
import { Unreadable } from './token.ts';

/**
 * Findings about a state's text before init and plan see it: every provider it names that no pattern allows,
 * and one where it cannot be read. An empty text is no state. Never throws for what the text holds. `path` is
 * what people are told the state is.
 */
export function judgeState(
  text: string,
  allowedProviders: readonly string[],
  path = 'the state',
): readonly Finding[] {
  if (text.trim() === '') return [];
  try {
    return stateProviders(text)
      .filter((address) => !isAllowedProvider(address, allowedProviders))
      .map((address) => recordedProvider(path, address));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return [unreadable(path, error)];
  }
}

/** A provider that a state or the lock file brings. */
export function recordedProvider(path: string, address: string): Finding {
  return {
    rule: 'recorded_provider',
    class: 'unapproved_provider',
    tier: null,
    address: '',
    why: `${path} names the provider ${address}, which the operator did not approve`,
    evidence: [{ path: 'source', value: address }],
  };
}

/**
 * The full source addresses in a state file (version 4). Throws `Unreadable` for anything else: an older
 * state names providers in a way that depends on the configuration.
 */
export function stateProviders(text: string): readonly string[] {
  const state = parse(text);
  refuseOtherSpellings(state);
  if (!isRecord(state) || state.version !== 4) throw new Unreadable('not a state file of version 4');
  const resources: unknown = state.resources ?? [];
  if (!Array.isArray(resources)) throw new Unreadable('its resources are no list');
  return [...new Set(resources.map(providerOf))].sort();
}

/** From `module.a["k"].provider["HOST/NAMESPACE/TYPE"].alias`, whose last `provider[…]` is the one that counts. */
function providerOf(resource: unknown): string {
  refuseOtherSpellings(resource);
  const provider = isRecord(resource) ? resource.provider : undefined;
  const source =
    typeof provider === 'string'
      ? /(?:^|\.)provider\["([^"\\]+)"\](?:\.[\p{L}\p{N}_-]+)?$/u.exec(provider)?.[1]
      : undefined;
  const address = source === undefined || source.split('/').length !== 3 ? null : fullAddress(source);
  if (address === null) throw new Unreadable('a resource without a full provider address');
  return address;
}

/** Terraform matches a state's keys whatever their case, so `Resources` could stand in for `resources`. */
function refuseOtherSpellings(value: unknown): void {
  for (const key of isRecord(value) ? Object.keys(value) : [])
    if (/^(version|resources|provider)$/iu.test(key) && !/^(version|resources|provider)$/.test(key))
      throw new Unreadable(`the key ${JSON.stringify(key)} is spelt like no state has it`);
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
