import type { ChangeAction, Finding } from '../finding.ts';
import type { OwnMatcher } from '../own.ts';
import { type Mention, ownMentions } from '../own-mentions.ts';
import { type Fields, fieldsOf } from './fields.ts';
import type { ResourceChange, TerraformPlan } from './plan-json.ts';
import { type Redactor, redactAddress } from './redaction.ts';
import { manifestOf } from './resources/registry.ts';

/**
 * Changes that touch what belongs to the gateway: the object itself, what is set on it (a policy, a permission, a
 * subscription), and what comes to name it or stops naming it (a statement, a boundary). Reading one while applying
 * counts, because what is made of it does not show in the plan; so does a provider that acts as one of its roles.
 */
export function ownChanges(plan: TerraformPlan, own: OwnMatcher, redactor: Redactor): readonly Finding[] {
  if (own.isEmpty) return [];
  return [
    ...plan.changes.flatMap((change) => touched(change, own, redactor) ?? []),
    ...providersActingAsOwn(plan, own),
  ];
}

function touched(change: ResourceChange, own: OwnMatcher, redactor: Redactor): Finding | null {
  if (change.action === 'no-op') return null;
  const before = mentionsOf(change.type, change.before, own);
  const after = mentionsOf(change.type, change.after, own);
  const direct = [...before, ...after].filter((mention) => mention.isDirect);
  const news = difference(after, before);
  const gone = difference(before, after);
  const counts = change.action === 'read' ? direct : [...direct, ...news, ...gone];
  const [first] = counts;
  if (first === undefined) return null;
  return finding(
    `${change.type}.${change.action}`,
    redactAddress(change.address, redactor),
    direct.length > 0
      ? `${VERBS[change.action]} ${first.own}, which belongs to the gateway.`
      : `It ${news.length > 0 ? 'comes to name' : 'no longer names'} ${first.own}, which belongs to the gateway.`,
    counts.map((mention) => ({ ...mention, path: redactor(mention.path) })),
  );
}

const VERBS: Readonly<Record<ChangeAction, string>> = {
  create: 'It makes or is set on',
  update: 'It changes or is set on',
  delete: 'It deletes or is set on',
  'delete+create': 'It replaces or is set on',
  'create+delete': 'It replaces or is set on',
  forget: 'It lets go of',
  import: 'It takes over',
  move: 'It has under management',
  read: 'It reads, while applying,',
  'no-op': 'It keeps',
};

function mentionsOf(type: string, fields: Fields | null, own: OwnMatcher): readonly Mention[] {
  if (fields === null) return [];
  const manifest = manifestOf(type, fields);
  return manifest === null || manifest === fields.manifest
    ? ownMentions(fields, own)
    : [...ownMentions(fields, own), ...ownMentions(manifest, own)];
}

function difference(those: readonly Mention[], others: readonly Mention[]): readonly Mention[] {
  const known = new Set(others.map((mention) => mention.essence));
  return those.filter((mention) => !known.has(mention.essence));
}

function providersActingAsOwn(plan: TerraformPlan, own: OwnMatcher): readonly Finding[] {
  return Object.entries(fieldsOf(plan.configuration.provider_config)).flatMap(([key, provider]) => {
    const { expressions } = fieldsOf(provider);
    const mentions = [...ownMentions(expressions, own), ...ownMentions(valuesUsed(expressions, plan), own)];
    if (mentions.length === 0) return [];
    const [first] = mentions;
    return finding(
      'provider.configuration',
      `provider.${key}`,
      `The provider ${key} is configured with ${first?.own ?? ''}, which belongs to the gateway.`,
      mentions,
    );
  });
}

/** Values of the root module's variables that an expression refers to. */
function valuesUsed(expressions: unknown, plan: TerraformPlan): readonly unknown[] {
  const text = JSON.stringify(expressions ?? null);
  return Object.entries(plan.variables)
    .filter(([name]) => text.includes(`"var.${name}"`))
    .map(([, variable]) => fieldsOf(variable).value);
}

const MOST_SHOWN = 5;

function finding(rule: string, address: string, why: string, mentions: readonly Mention[]): Finding {
  const evidence = new Map(mentions.map((mention) => [mention.path, mention.own]));
  return {
    rule: `own.${rule}`,
    class: 'gateway_self_modification',
    tier: null,
    address,
    why,
    evidence: [...evidence].slice(0, MOST_SHOWN).map(([path, value]) => ({ path, value })),
  };
}
