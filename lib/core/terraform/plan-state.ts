import { type Fields, fieldsOf, isFields, listOf, NO_FIELDS, textOf } from './fields.ts';
import { type Gathered, survey, surveyMarks } from './survey.ts';

/** A resource instance in `prior_state`. */
export interface StateResource {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly values: Fields;
  readonly dependsOn: readonly string[];
}

/** Flattens nested modules. */
export function readState(rootModule: unknown): readonly StateResource[] {
  const resources: StateResource[] = [];
  for (const resource of entriesOf(rootModule)) {
    const address = textOf(resource.address);
    const type = textOf(resource.type);
    if (address === null || type === null) continue;
    resources.push({
      address,
      mode: resource.mode === 'data' ? 'data' : 'managed',
      type,
      values: isFields(resource.values) ? resource.values : NO_FIELDS,
      dependsOn: textsOf(resource.depends_on),
    });
  }
  return resources;
}

/**
 * Gathers the secrets of a state. What is in the changes as well (`isSeen`) was surveyed there: of that only the
 * marks count. Gives the address of a resource that nests too deep, or null.
 */
export function surveyState(
  rootModule: unknown,
  isSeen: (address: string) => boolean,
  found: Gathered,
): string | null {
  for (const resource of entriesOf(rootModule)) {
    const address = textOf(resource.address) ?? 'a resource of the state';
    const values = fieldsOf(resource.values);
    const marks = resource.sensitive_values;
    const isReadable = isSeen(address)
      ? surveyMarks(values, marks, found)
      : survey(textOf(resource.type) ?? '', values, marks, found);
    if (!isReadable) return address;
  }
  return null;
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((item): item is string => typeof item === 'string');
}

/** With an explicit stack, so that no nesting of modules can exhaust the call stack. */
function entriesOf(rootModule: unknown): readonly Fields[] {
  const entries: Fields[] = [];
  const modules: unknown[] = [rootModule];
  for (let module = modules.pop(); module !== undefined; module = modules.pop()) {
    const fields = fieldsOf(module);
    for (const entry of listOf(fields.resources)) entries.push(fieldsOf(entry));
    for (const child of listOf(fields.child_modules)) modules.push(child);
  }
  return entries;
}
