/** Findings about the providers of one module: which it needs, explicitly or not, and how it sets them up. */

import type { Finding } from '../../finding.ts';
import { type Attribute, type Block, type Body, printTokens } from './body.ts';
import type { Surroundings } from './judge-expressions.ts';
import {
  addressOfLocalName,
  fullAddress,
  isAllowedProvider,
  type Requirement,
  requiredProviders,
} from './provider-address.ts';
import { judgeSetting, settingsOf } from './provider-settings.ts';

export interface ProvidersVerdict {
  readonly findings: readonly Finding[];
  /** Full source addresses, required and implied. */
  readonly providers: readonly string[];
}

/** Judges every provider that the module's files need, and every `provider` block in them. */
export function judgeProviders(
  bodies: readonly Body[],
  around: Surroundings,
  allowedProviders: readonly string[],
): ProvidersVerdict {
  const requirements = requiredProviders(bodies);
  const required = new Map(requirements);
  const blocks = bodies.flatMap((body) => body.blocks);
  const names = new Set([...requirements.map(([name]) => name), ...blocks.flatMap(localNames)]);
  const providers = new Set<string>();
  const findings: Finding[] = [];
  for (const [name, requirement] of requirements) {
    findings.push(...judgeRequirement(name, requirement, allowedProviders, around));
    if (requirement.address !== null) providers.add(requirement.address);
  }
  for (const name of names) {
    if (required.has(name)) continue;
    const address = addressOfLocalName(name, required);
    providers.add(address);
    if (!isAllowedProvider(address, allowedProviders))
      findings.push(unapprovedProvider(name, address, around));
  }
  for (const block of blocks)
    if (block.type === 'provider') findings.push(...judgeProvider(block, around, required));
  return { findings, providers: [...providers] };
}

function judgeProvider(
  block: Block,
  around: Surroundings,
  required: ReadonlyMap<string, Requirement>,
): readonly Finding[] {
  const [name = ''] = block.labels;
  const address = addressOfLocalName(name, required);
  return settingsOf(block.body).flatMap((setting) => {
    const verdict = judgeSetting(address, setting);
    if (verdict === null) return [];
    const evidence = [{ path: setting.path, value: printTokens(setting.tokens) }];
    return [
      {
        rule: 'provider_setting',
        class: verdict.class,
        tier: null,
        address: join(around.address, `provider.${name}`),
        why: verdict.why,
        evidence,
      },
    ];
  });
}

function judgeRequirement(
  name: string,
  requirement: Requirement,
  allowed: readonly string[],
  around: Surroundings,
): readonly Finding[] {
  if (requirement.address !== null && isAllowedProvider(requirement.address, allowed)) return [];
  return [unapprovedProvider(name, requirement.address ?? requirement.source, around)];
}

function unapprovedProvider(name: string, address: string, around: Surroundings): Finding {
  const disguise = fullAddress(name) === address ? '' : `; the name "${name}" hides that`;
  return {
    rule: 'unapproved_provider',
    class: 'unapproved_provider',
    tier: null,
    address: join(around.address, `provider.${name}`),
    why: `the provider ${address} is not one that the operator approved${disguise}`,
    evidence: [{ path: 'source', value: address }],
  };
}

/** Local provider names that a block needs: by its `provider` argument, else by its type. */
function localNames(block: Block): readonly string[] {
  const [label = ''] = block.labels;
  const byReference = block.body.attributes
    .filter((attribute) => attribute.name === 'provider')
    .flatMap((attribute) => leadingName(attribute));
  switch (block.type) {
    case 'provider':
      return [label];
    case 'resource':
    case 'data':
    case 'ephemeral':
      return byReference.length > 0 ? byReference : [label.split('_')[0] ?? label];
    case 'import':
      return byReference;
    case 'check':
      return block.body.blocks.filter((inner) => inner.type === 'data').flatMap(localNames);
    case 'terraform':
      return block.body.blocks
        .filter((inner) => inner.type === 'provider_meta')
        .flatMap((inner) => inner.labels);
    case 'module':
      return [];
  }
  return [];
}

/** `aws` of `provider = aws.east`; JSON writes it as a string. */
function leadingName(attribute: Attribute): readonly string[] {
  const name = /^[\s"]*(?:\$\{)?([\p{ID_Start}_][\p{ID_Continue}-]*)/u.exec(
    printTokens(attribute.tokens),
  )?.[1];
  return name === undefined ? [] : [name];
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}
