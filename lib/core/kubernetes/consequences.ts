/** What a kubectl call does to the cluster and how far it can be undone. Pure; nothing here asks the cluster. */
import { isMutation, type KubernetesAction } from '../action.ts';
import {
  type Assessment,
  type ConsequenceClass,
  type EvaluatedChange,
  type Evaluation,
  type Finding,
  TIER_LABELS,
  type Tier,
} from '../finding.ts';
import { NO_OWN, type OwnMatcher, ownMatcher } from '../own.ts';
import { redactArguments } from '../redact.ts';
import { applyEffects, asksForNone, type Before, cutEffects } from './apply-effects.ts';
import { deleteEffects } from './delete-effects.ts';
import { type Effect, effect } from './effect.ts';
import { knownKind, type ResourceType, readResourceTypes } from './kinds.ts';
import { findLive, type LiveState } from './live.ts';
import type { KubeObject } from './object.ts';
import { ownObjects } from './own-objects.ts';

const NOTHING_OWN = ownMatcher(NO_OWN);

export interface KubernetesContext {
  /** What the cluster holds of the objects concerned; absent or null where that is not known. */
  readonly live?: LiveState;
  readonly protectedNamespaces?: readonly string[];
  /** What belongs to the gateway: an action that touches it is blocked, whatever policy says. */
  readonly own?: OwnMatcher;
  /** What a reader must know besides: why there is no diff, … */
  readonly notes?: readonly string[];
}

/**
 * `objects` are those of the manifest; empty for actions without one. Reads and dry runs have no findings: a dry
 * run's evaluation says what the apply would do.
 */
export function assessKubernetes(
  action: KubernetesAction,
  objects: readonly KubeObject[],
  context: KubernetesContext = {},
): Assessment {
  const touched = touchedBy(action, objects, context.live ?? null);
  const changes = touched.map(evaluated).sort(worstFirst);
  const worst: Tier = changes[0]?.tier ?? 1;
  const evaluation: Evaluation = {
    worst_tier: worst,
    worst_tier_label: TIER_LABELS[worst],
    total_changes: changes.length,
    by_tier: countByTier(changes),
    changes,
    cross_action_risks: [],
    blast_radius: [],
    notes: context.notes ?? [],
  };
  const findings = [
    ...touched.flatMap(findingsOf),
    ...protectedFindings(touched, context.protectedNamespaces ?? []),
    ...ownObjects(action, objects, context.own ?? NOTHING_OWN),
  ];
  return { evaluation, findings: isMutation(action) ? findings : [] };
}

/** One object that an action changes. */
interface Touched {
  readonly address: string;
  readonly kind: string;
  readonly verb: 'create' | 'update' | 'delete';
  /** Namespaces that this changes; a Namespace counts as itself. */
  readonly namespaces: readonly string[];
  readonly effects: readonly Effect[];
  readonly stops: boolean;
}

function touchedBy(
  action: KubernetesAction,
  objects: readonly KubeObject[],
  live: LiveState,
): readonly Touched[] {
  switch (action.kind) {
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
      return [];
    case 'kubectl-apply':
      return objects.map((object) => applied(object, action.namespace, live));
    case 'kubectl-delete':
      return typesOf(action.resource).map((type) => {
        const place = placeOf(type, action.namespace, action.name);
        return {
          ...place,
          verb: 'delete',
          effects: deleteEffects(type, beforeOf(live, type.known?.kind, place.namespace, action.name)),
          stops: false,
        };
      });
    case 'kubectl-scale':
      return typesOf(action.resource).map((type) => {
        const place = placeOf(type, action.namespace, action.name);
        const before = beforeOf(live, type.known?.kind, place.namespace, action.name);
        const effects = cutEffects(action.replicas, before, 'spec.replicas');
        return { ...place, verb: 'update', effects, stops: action.replicas === 0 };
      });
    case 'kubectl-exec': {
      const namespace = action.namespace ?? 'default';
      return [
        {
          address: `Pod/${namespace}/${action.pod}`,
          kind: 'Pod',
          namespaces: [namespace],
          verb: 'update',
          effects: [
            effect(5, null, 'a command in a pod can do whatever its account and its volumes allow', [
              { path: 'command', value: redactArguments(action.command) },
            ]),
          ],
          stops: false,
        },
      ];
    }
  }
}

/** A name that is no type is still judged: as something unknown. */
function typesOf(resource: string): readonly ResourceType[] {
  return readResourceTypes(resource) ?? [{ text: resource, known: null }];
}

function applied(object: KubeObject, given: string | null, live: LiveState): Touched {
  const known = knownKind(object.apiVersion, object.kind);
  const namespace = known?.namespaced === false ? null : (object.namespace ?? given ?? 'default');
  const before = beforeOf(live, object.kind, namespace, object.name);
  const stops = asksForNone(object) && before !== null && before?.replicas !== 0;
  return {
    address: addressOf(object.kind, namespace, object.name),
    kind: object.kind,
    namespaces: object.kind === 'Namespace' ? [object.name] : namespace === null ? [] : [namespace],
    verb: before === null ? 'create' : 'update',
    effects: applyEffects(object, known, before),
    stops,
  };
}

function placeOf(type: ResourceType, given: string | null, name: string) {
  const kind = type.known?.kind ?? type.text;
  const namespace = type.known?.namespaced === false ? null : (given ?? 'default');
  const namespaces = kind === 'Namespace' ? [name] : namespace === null ? [] : [namespace];
  return { address: addressOf(kind, namespace, name), kind, namespace, namespaces };
}

function addressOf(kind: string, namespace: string | null, name: string): string {
  return namespace === null ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** Custom resources are not looked up by kind: what is not known of them stays unknown. */
function beforeOf(live: LiveState, kind: string | undefined, namespace: string | null, name: string): Before {
  if (live === null || kind === undefined) return undefined;
  return findLive(live, kind, namespace, name);
}

function evaluated(touched: Touched): EvaluatedChange {
  const effects = [...touched.effects].sort((a, b) => b.tier - a.tier);
  const tier = effects[0]?.tier ?? 1;
  const classes = [
    ...new Set(effects.flatMap((each): ConsequenceClass[] => (each.class === null ? [] : [each.class]))),
  ];
  return {
    address: touched.address,
    type: touched.kind,
    action: touched.verb,
    tier,
    tier_label: TIER_LABELS[tier],
    classes,
    why: effects.length === 0 ? PLAIN[touched.verb] : effects.map((each) => each.why).join('; '),
    evidence: effects.flatMap((each) => each.evidence),
    advice: effects.find((each) => each.advice !== null)?.advice ?? null,
  };
}

const PLAIN = {
  create: 'it is made',
  update: 'it is changed; applying the old manifest changes it back',
  delete: 'it is deleted',
} as const;

function findingsOf(touched: Touched): Finding[] {
  const base = { rule: `${touched.kind}.${touched.verb}`, address: touched.address };
  const found: Finding[] = touched.effects
    .filter((each) => each.class !== null || each.tier >= 2)
    .map((each) => ({
      ...base,
      class: each.class,
      tier: each.tier,
      why: sentence(each.why),
      evidence: each.evidence,
    }));
  if (touched.stops) {
    found.push({
      rule: 'kubernetes.scale_to_zero',
      class: 'scale_to_zero',
      tier: null,
      address: touched.address,
      why: 'Zero copies are asked for: that stops it.',
      evidence: [{ path: 'spec.replicas', value: 0 }],
    });
  }
  return found;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function protectedFindings(touched: readonly Touched[], names: readonly string[]): Finding[] {
  const namespaces = new Set(touched.flatMap((each) => each.namespaces));
  return [...namespaces]
    .filter((name) => names.includes(name))
    .map((name) => ({
      rule: 'kubernetes.protected_namespace',
      class: 'protected_namespace',
      tier: null,
      address: `Namespace/${name}`,
      why: `Namespace ${name} is protected.`,
      evidence: touched
        .filter((each) => each.namespaces.includes(name))
        .slice(0, 20)
        .map((each) => ({ path: 'object', value: each.address })),
    }));
}

function worstFirst(a: EvaluatedChange, b: EvaluatedChange): number {
  return b.tier - a.tier || (a.address < b.address ? -1 : a.address > b.address ? 1 : 0);
}

function countByTier(changes: readonly EvaluatedChange[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { tier } of changes) counts[tier] = (counts[tier] ?? 0) + 1;
  return counts;
}
