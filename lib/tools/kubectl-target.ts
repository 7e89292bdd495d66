/** What the kubectl tools say about objects, as branded names; or the refusal that says how to mend it. */

import type { z } from 'zod';
import type { ResourceName } from '../core/action.ts';
import { readResourceTypes } from '../core/kubernetes/kinds.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import { objectName } from './arguments.ts';

export interface KubectlTarget {
  /** In small letters: kubectl reads types in any case. */
  readonly resource: string;
  readonly name: ResourceName | null;
}

/** `resource` may be TYPE, a list of types, or TYPE/NAME. */
export function readTarget(input: { resource: string; name?: string | undefined }): KubectlTarget | Refusal {
  const [type = '', ofType, ...more] = input.resource.split('/');
  const named = ofType ?? input.name;
  if (more.length > 0 || (ofType !== undefined && !isName(ofType))) return badResource(input.resource);
  if (ofType !== undefined && input.name !== undefined && input.name !== ofType) {
    return refuse(
      'invalid_arguments',
      `resource ${JSON.stringify(input.resource)} names ${ofType} and name is ${input.name}. Say one.`,
    );
  }
  if (readResourceTypes(type) === null) return badResource(input.resource);
  return { resource: type.toLowerCase(), name: named === undefined ? null : (named as ResourceName) };
}

/** The same for tools that need a name, which the schema has made sure of. */
export function readNamedTarget(input: {
  resource: string;
  name: string;
}): (KubectlTarget & { readonly name: ResourceName }) | Refusal {
  const target = readTarget(input);
  return 'refused' in target ? target : { ...target, name: target.name ?? resourceName(input.name) };
}

/** A pod, also written as `pod/NAME`. */
export function readPod(text: string): ResourceName | Refusal {
  const [type = '', name, ...more] = text.split('/');
  if (name === undefined) return resourceName(type);
  const types = readResourceTypes(type);
  if (more.length === 0 && isName(name) && types?.length === 1 && types[0]?.known?.kind === 'Pod') {
    return resourceName(name);
  }
  return refuse(
    'invalid_arguments',
    `pod: ${JSON.stringify(text)} is not a pod. List the pods with gateway_kubectl_get and name one.`,
    { tool: 'gateway_kubectl_get', arguments: { resource: 'pods', output: 'name' } },
  );
}

export function resourceName(checked: z.output<typeof objectName>): ResourceName {
  return checked as ResourceName;
}

function isName(text: string): boolean {
  return objectName.safeParse(text).success;
}

function badResource(resource: string): Refusal {
  return refuse(
    'invalid_arguments',
    `resource: ${JSON.stringify(resource)} is no resource type. Use one such as "pods", "deployments.apps" or "secrets.v1.", or TYPE/NAME.`,
  );
}
