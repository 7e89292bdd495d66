import type { ConsequenceClass, Evidence } from '../finding.ts';
import { effect, isReplace, isUnknown, isUntouched, UNKNOWN } from './effects.ts';
import { type Fields, fieldsOf, hitsAt, isFields, isSet, listOf, textOf } from './fields.ts';
import { keepsStrangersOut } from './policy-conditions.ts';
import type { View, Watch } from './rule.ts';

/** What opens an object to everybody: address ranges and principals. */

const PUBLIC_WORDS = new Set([
  '*',
  'internet',
  'any',
  'allusers',
  'allauthenticatedusers',
  '0.0.0.0',
  '0.0.0.0-255.255.255.255',
]);

/**
 * Whether a range or principal means everybody. A range of /8 or wider outside the private blocks counts: two /1
 * are the whole internet.
 */
export function isPublic(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const text = value.trim().toLowerCase();
  if (PUBLIC_WORDS.has(text)) return true;
  const range = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(text);
  if (range === null) return false;
  const [address, prefix] = [range[1] ?? '', Number(range[2])];
  if (address.includes(':')) return prefix <= 16 && !/^f[cde]/.test(address);
  return prefix <= 8 && !(address.startsWith('10.') && prefix === 8);
}

/** Sources reached through `paths` gain a public one that was not there before. Creates count. */
export function opensTo(
  paths: readonly string[],
  kind: ConsequenceClass,
  applies: (fields: Fields) => boolean = () => true,
): Watch {
  const walks = paths.map((path) => path.split('.'));
  return (view) => {
    if (walks.every((steps) => isUntouched(view, steps)) && applies(view.before) === applies(view.after))
      return [];
    if (!applies(view.after)) return [];
    const before = applies(view.before) ? publicHits(view.before, walks) : [];
    const after = publicHits(view.after, walks);
    const news =
      after.length > before.length || after.some((hit) => !before.some((old) => old.value === hit.value));
    if (news && after.length > 0) {
      return effect(kind, {}, `open to ${String(after[0]?.value)}`, after.slice(0, 3));
    }
    return unknownSource(view, walks, kind);
  };
}

/** An existing source that changes to a value nobody can see yet may be the whole internet. */
function unknownSource(
  view: View,
  walks: readonly (readonly string[])[],
  kind: ConsequenceClass,
): ReturnType<Watch> {
  if (view.action !== 'update' || isReplace(view)) return [];
  const hidden = walks.find((steps) => isUnknown(view, steps) && hitsAt(view.before, steps).length > 0);
  if (hidden === undefined) return [];
  const path = hidden.join('.');
  return effect(kind, { tier: 5 }, `${path} is known only after apply`, [
    { path: `after.${path}`, value: UNKNOWN },
  ]);
}

function publicHits(root: unknown, walks: readonly (readonly string[])[]): readonly Evidence[] {
  return walks.flatMap((steps) =>
    hitsAt(root, steps).flatMap((hit) =>
      (Array.isArray(hit.value) ? hit.value : [hit.value])
        .filter(isPublic)
        .map((value: unknown) => ({ path: hit.path, value })),
    ),
  );
}

/** Blocks (rules) at a path that satisfy a test: newly present ones give the class. Order does not count. */
export function gainsBlock(
  path: string,
  kind: ConsequenceClass,
  why: string,
  test: (block: Fields) => boolean,
): Watch {
  const found = (root: unknown): readonly Fields[] => blocksAt(root, path).filter(isFields).filter(test);
  return (view) => {
    const now = found(view.after);
    if (now.length === 0) return [];
    const old = new Set(found(view.before).map(essence));
    const fresh = now.find((block) => !old.has(essence(block)));
    return fresh === undefined ? [] : effect(kind, {}, why, [{ path, value: fresh }]);
  };
}

/** Blocks at a path that satisfy a test and are no longer there: the other half of `gainsBlock`. */
export function losesBlock(
  path: string,
  kind: ConsequenceClass,
  why: string,
  test: (block: Fields) => boolean,
): Watch {
  const count = (root: unknown): number => blocksAt(root, path).filter(isFields).filter(test).length;
  return (view) => {
    if (view.action === 'create') return [];
    const [was, now] = [count(view.before), count(view.after)];
    if (now >= was || isUnknown(view, path.split('.'))) return [];
    return effect(kind, {}, why, [{ path, value: `${was} → ${now}` }]);
  };
}

/** A rule block without what does not change its reach: empty fields, its name and its description. */
function essence(block: Fields): string {
  const kept = Object.entries(block).filter(([key, value]) => isSet(value) && !LABELS.has(key));
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const LABELS = new Set(['name', 'description', 'self']);

function blocksAt(root: unknown, path: string): readonly unknown[] {
  return hitsAt(root, path.split('.')).flatMap((hit) => (Array.isArray(hit.value) ? hit.value : [hit.value]));
}

/** One statement of an IAM-style policy document. */
interface Statement {
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: readonly string[];
  /** Its conditions keep strangers out. */
  readonly conditional: boolean;
}

/** The statements of a policy document given as JSON text or as an object; null where it cannot be read. */
export function statementsOf(policy: unknown): readonly Statement[] | null {
  const document = typeof policy === 'string' ? parsed(policy) : policy;
  if (!isFields(document)) return null;
  const statements = document.Statement ?? document.statement;
  return (Array.isArray(statements) ? statements : [statements]).filter(isFields).map((statement) => ({
    allows: String(statement.Effect ?? 'Allow').toLowerCase() === 'allow',
    actions: texts(statement.Action).concat(statement.NotAction === undefined ? [] : ['*']),
    resources: texts(statement.Resource).concat(statement.NotResource === undefined ? [] : ['*']),
    principals: principalsOf(statement),
    conditional: keepsStrangersOut(statement.Condition, isPublic),
  }));
}

/** Whether a document lets everybody in: an Allow for principal `*` that no condition narrows. */
export function admitsEverybody(policy: unknown): boolean {
  return (statementsOf(policy) ?? []).some(
    (statement) => statement.allows && !statement.conditional && statement.principals.includes('*'),
  );
}

/** Whether a document grants far: all actions, all of a service on all resources, or the right to grant rights. */
export function grantsBroadly(policy: unknown): boolean {
  return (statementsOf(policy) ?? []).some(
    (statement) =>
      statement.allows &&
      (statement.actions.some((action) => action === '*' || ESCALATING.test(action)) ||
        (statement.resources.includes('*') && statement.actions.some((action) => action.endsWith(':*')))),
  );
}

const ESCALATING =
  /^(iam:(\*|passrole|create(accesskey|loginprofile|policyversion)|(attach|put)(role|user|group)policy|update(assumerolepolicy|loginprofile)|setdefaultpolicyversion|addusertogroup)|sts:\*|organizations:\*)$/i;

/** A policy attribute comes to admit everybody. Creates count. */
export function admits(path: string, kind: ConsequenceClass): Watch {
  const steps = path.split('.');
  return (view) => {
    if (isUntouched(view, steps)) return [];
    const open = (root: unknown): boolean => hitsAt(root, steps).some((hit) => admitsEverybody(hit.value));
    if (open(view.before) || !open(view.after)) return [];
    return effect(
      kind,
      {},
      `${path} admits every principal (*) without a condition that keeps strangers out`,
      [{ path: `after.${path}`, value: 'Allow, Principal "*", no Condition' }],
    );
  };
}

/** Attributes that hold the policy of a resource, whatever the type. Trust of roles is no access to data. */
const RESOURCE_POLICIES = [
  'policy',
  'access_policies',
  'access_policy',
  'resource_policy',
  'resource_policy_document',
  'policy_document',
  'policy_text',
  'repository_policy',
  'permission_policy',
].map((path) => [path, admits(path, 'expose_data_publicly')] as const);

/** The net under the tables: a resource policy of any type that comes to admit everybody. */
export const admitsByAnyPolicy: Watch = (view) => {
  for (const [path, watch] of RESOURCE_POLICIES) {
    const policy = view.after[path];
    if (policy === undefined || policy === view.before[path]) continue;
    const found = watch(view);
    if (found.length > 0) return found;
  }
  return [];
};

function principalsOf(statement: Fields): readonly string[] {
  if (statement.NotPrincipal !== undefined) return ['*'];
  const principal = statement.Principal;
  if (typeof principal === 'string') return [principal];
  const { AWS, Federated } = fieldsOf(principal);
  return [...texts(AWS), ...texts(Federated).filter((name) => name === '*')];
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? listOf(value) : [value]).flatMap((item) => textOf(item) ?? []);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
