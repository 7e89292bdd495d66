/** Full source addresses of providers: `registry.terraform.io/hashicorp/aws`. */

import { type Body, literalText, printTokens } from './body.ts';
import { objectEntries } from './expression.ts';
import type { Token } from './token.ts';

export const DEFAULT_REGISTRY = 'registry.terraform.io';
export const BUILTIN_TERRAFORM = 'terraform.io/builtin/terraform';

/** `aws`, `hashicorp/aws` and `HOST/hashicorp/aws` → the full address, lower case; null for anything else. */
export function fullAddress(source: string): string | null {
  const parts = source.toLowerCase().split('/');
  if (!parts.every((part) => /^[\p{L}\p{N}][\p{L}\p{N}._:-]*$/u.test(part))) return null;
  if (parts.length === 1) return `${DEFAULT_REGISTRY}/hashicorp/${parts[0]}`;
  if (parts.length === 2) return `${DEFAULT_REGISTRY}/${parts.join('/')}`;
  return parts.length === 3 ? parts.join('/') : null;
}

/** Whether an operator's patterns name this address. `*` stands for one whole or partial step, never for a `/`. */
export function isAllowedProvider(address: string, patterns: readonly string[]): boolean {
  if (address === BUILTIN_TERRAFORM) return true;
  return patterns.some((pattern) => {
    const steps = pattern.toLowerCase().split('/');
    const full = steps.length === 3 ? steps : steps.length === 2 ? [DEFAULT_REGISTRY, ...steps] : null;
    const parts = address.split('/');
    if (full === null || parts.length !== 3) return false;
    return full.every((step, index) => stepMatches(step, parts[index] ?? ''));
  });
}

/** The provider that a local name means in this module: as required, else the one its name implies. */
export function addressOfLocalName(name: string, required: ReadonlyMap<string, Requirement>): string {
  if (name === 'terraform' && !required.has(name)) return BUILTIN_TERRAFORM;
  return required.get(name)?.address ?? fullAddress(name) ?? name;
}

export interface Requirement {
  /** Null where the source is no literal or no address. */
  readonly address: string | null;
  /** The source as written. */
  readonly source: string;
}

/** Every `required_providers` entry of a module's `terraform` blocks, in order; override files included. */
export function requiredProviders(bodies: readonly Body[]): readonly (readonly [string, Requirement])[] {
  return bodies
    .flatMap((body) => body.blocks)
    .filter((block) => block.type === 'terraform')
    .flatMap((block) => [
      ...block.body.blocks
        .filter((inner) => inner.type === 'required_providers')
        .flatMap((inner) => inner.body.attributes)
        .map((attribute) => [attribute.name, requirement(attribute.name, attribute.tokens)] as const),
    ]);
}

function requirement(name: string, tokens: readonly Token[]): Requirement {
  const entries = objectEntries(tokens);
  // The form `aws = "~> 5.0"` of terraform 0.12 names a version only.
  if (entries === null) {
    const version = literalText(tokens);
    return { address: version === null ? null : fullAddress(name), source: printTokens(tokens) };
  }
  const sources = entries.filter((entry) => entry.key === 'source' || entry.key === null);
  const [source, ...more] = sources;
  if (source === undefined) return { address: fullAddress(name), source: name };
  const text =
    source.key === null || more.length > 0
      ? null
      : literalText(source.value.filter((t) => t.kind !== 'newline'));
  return { address: text === null ? null : fullAddress(text), source: text ?? printTokens(tokens) };
}

function stepMatches(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/]*');
  return new RegExp(`^${source}$`, 'u').test(text);
}
