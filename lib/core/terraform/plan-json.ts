import type { ChangeAction } from '../finding.ts';
import { type Fields, fieldsOf, isFields, listOf, textOf } from './fields.ts';
import { readAction } from './plan-action.ts';
import { seenIn } from './plan-seen.ts';
import { readState, type StateResource, surveyState } from './plan-state.ts';
import { type Gathered, isTooDeep, survey } from './survey.ts';

/** One entry of `resource_changes`, `resource_drift` or `deferred_changes`. Attribute trees stay as they are. */
export interface ResourceChange {
  readonly address: string;
  readonly previousAddress: string | null;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly action: ChangeAction;
  /** What the plan itself says, for actions this reader does not know. */
  readonly actions: readonly string[];
  /** False where `actions` was not understood and `action` is a guess from before and after. */
  readonly understood: boolean;
  readonly reason: string | null;
  readonly deposed: string | null;
  /** Null where there is no object before (or after) the change. */
  readonly before: Fields | null;
  readonly after: Fields | null;
  readonly afterUnknown: unknown;
  readonly beforeSensitive: unknown;
  readonly afterSensitive: unknown;
  readonly importing: boolean;
  /** The object as it is says what it is a replica of. */
  readonly namesPrimary: boolean;
}

export interface OutputChange {
  readonly name: string;
  readonly actions: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
  readonly beforeSensitive: unknown;
  readonly afterSensitive: unknown;
}

export interface CheckResult {
  readonly name: string;
  readonly status: string;
}

/** `terraform show -json` of a plan, read tolerantly: what a format lacks is empty or null here. */
export interface TerraformPlan {
  readonly formatVersion: string | null;
  readonly terraformVersion: string | null;
  readonly changes: readonly ResourceChange[];
  readonly drift: readonly ResourceChange[];
  readonly deferred: readonly ResourceChange[];
  readonly outputs: readonly OutputChange[];
  readonly checks: readonly CheckResult[];
  readonly priorState: readonly StateResource[];
  readonly stateOutputs: readonly Fields[];
  /** Names of actions (`action_invocations`) that the apply would also run. */
  readonly invocations: readonly string[];
  readonly configuration: Fields;
  readonly variables: Fields;
  /** Null where the format does not say (0.1 to 1.1). */
  readonly applyable: boolean | null;
  readonly complete: boolean | null;
  readonly errored: boolean;
  /** Secrets found in the attributes of resources. */
  readonly secrets: ReadonlySet<string>;
}

type Read<T> = { ok: true; value: T } | { ok: false; problem: string };

/**
 * Reads the JSON of `terraform show -json PLANFILE`: text, or what JSON.parse made of it. Formats 0.1 to 1.x; a
 * missing format_version is tolerated, a newer major refused. Never throws; `problem` is one line for people.
 */
export function parseTerraformPlan(
  json: unknown,
): { ok: true; plan: TerraformPlan } | { ok: false; problem: string } {
  const root = typeof json === 'string' ? parseText(json) : ({ ok: true, value: json } as const);
  if (!root.ok) return root;
  const plan = root.value;
  if (!isFields(plan)) return no('the plan is not a JSON object');
  const version = formatVersion(plan.format_version);
  if (!version.ok) return version;
  const wrong = notAPlan(plan);
  if (wrong !== null) return no(wrong);
  const found: Gathered = { secrets: new Set(), namesPrimary: false };
  const changes = readChanges(plan.resource_changes, 'resource_changes', found);
  if (!changes.ok) return changes;
  const drift = readChanges(plan.resource_drift, 'resource_drift', found);
  if (!drift.ok) return drift;
  const deferred = readChanges(
    listOf(plan.deferred_changes).map((entry) => fieldsOf(entry).resource_change),
    'deferred_changes',
    found,
  );
  if (!deferred.ok) return deferred;
  const prior = fieldsOf(fieldsOf(plan.prior_state).values);
  const planned = fieldsOf(plan.planned_values);
  const priorState = readState(prior.root_module);
  const seen = seenIn(changes.value);
  if (!seen.ok) return seen;
  const deep =
    surveyState(prior.root_module, (address) => seen.value.get(address)?.before === true, found) ??
    surveyState(planned.root_module, (address) => seen.value.get(address)?.after === true, found);
  if (deep !== null) return no(`${deep} is nested too deeply`);
  return {
    ok: true,
    plan: {
      formatVersion: version.value,
      terraformVersion: textOf(plan.terraform_version),
      changes: changes.value,
      drift: drift.value,
      deferred: deferred.value,
      outputs: readOutputs(plan.output_changes),
      checks: readChecks(plan.checks),
      priorState,
      stateOutputs: [fieldsOf(prior.outputs), fieldsOf(planned.outputs)],
      invocations: [...listOf(plan.action_invocations), ...deferredInvocations(plan)].map(
        (entry) => textOf(fieldsOf(entry).address) ?? 'unnamed',
      ),
      configuration: fieldsOf(plan.configuration),
      variables: fieldsOf(plan.variables),
      applyable: typeof plan.applyable === 'boolean' ? plan.applyable : null,
      complete: typeof plan.complete === 'boolean' ? plan.complete : null,
      errored: plan.errored === true,
      secrets: found.secrets,
    },
  };
}

function deferredInvocations(plan: Fields): readonly unknown[] {
  return listOf(plan.deferred_action_invocations).map((entry) => fieldsOf(entry).action_invocation);
}

function no(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}

function parseText(text: string): Read<unknown> {
  try {
    return { ok: true, value: JSON.parse(text.replace(/^\uFEFF/, '')) };
  } catch {
    return no(
      text.trim() === '' ? 'the plan is empty' : 'the plan is not valid JSON (cut off, or not JSON at all)',
    );
  }
}

function formatVersion(value: unknown): Read<string | null> {
  if (value === undefined || value === null) return { ok: true, value: null };
  const match = typeof value === 'string' ? /^(\d+)\.(\d+)/.exec(value) : null;
  if (match === null) return no(`format_version ${shown(value)} is not a version`);
  if (Number(match[1]) > 1)
    return no(`plan format ${shown(value)} is newer than this reader understands (1.x)`);
  return { ok: true, value: match[0] };
}

const PLAN_KEYS = ['resource_changes', 'planned_values', 'configuration', 'resource_drift', 'output_changes'];

function notAPlan(plan: Fields): string | null {
  for (const key of ['resource_changes', 'resource_drift', 'deferred_changes']) {
    const value = plan[key];
    if (value !== undefined && value !== null && !Array.isArray(value)) return `${key} is not a list`;
  }
  for (const key of ['prior_state', 'planned_values', 'configuration', 'output_changes', 'variables']) {
    const value = plan[key];
    if (value !== undefined && value !== null && !isFields(value)) return `${key} is not an object`;
  }
  if (PLAN_KEYS.some((key) => plan[key] !== undefined)) return null;
  if (isFields(plan.values) || (plan.serial !== undefined && plan.lineage !== undefined)) {
    return 'this is a terraform state, not a plan; give the output of "terraform show -json PLANFILE"';
  }
  return 'this is JSON but not a terraform plan: it has no resource_changes, planned_values or configuration';
}

function readChanges(value: unknown, where: string, found: Gathered): Read<readonly ResourceChange[]> {
  const changes: ResourceChange[] = [];
  const entries = listOf(value);
  for (let index = 0; index < entries.length; index++) {
    const change = readChange(entries[index], `${where}[${index}]`, found);
    if (!change.ok) return change;
    changes.push(change.value);
  }
  return { ok: true, value: changes };
}

function readChange(entry: unknown, where: string, found: Gathered): Read<ResourceChange> {
  if (!isFields(entry)) return no(`${where} is not an object`);
  const type = textOf(entry.type);
  const address = textOf(entry.address) ?? builtAddress(entry);
  if (type === null) return no(`${where}${address === null ? '' : ` (${address})`} has no type`);
  if (address === null) return no(`${where} (a ${type}) has no address`);
  if (!isFields(entry.change)) return no(`${where} (${address}) has no change`);
  const change = entry.change;
  if (change.actions !== undefined && change.actions !== null && !Array.isArray(change.actions)) {
    return no(`${where} (${address}) has actions that are not a list`);
  }
  const actions = listOf(change.actions).map(String);
  const importing = isFields(change.importing);
  const previousAddress = textOf(entry.previous_address);
  const mode = entry.mode === 'data' ? 'data' : 'managed';
  const read = readAction(actions, change, mode);
  const quiet = read.action === 'no-op';
  const before = isFields(change.before) ? change.before : null;
  const after = isFields(change.after) ? change.after : null;
  found.namesPrimary = false;
  const isReadable = survey(type, before, change.before_sensitive, found);
  const { namesPrimary } = found;
  const isDeep =
    !isReadable ||
    !survey(type, after, change.after_sensitive, found) ||
    MARKS.some((key) => isTooDeep(change[key]));
  if (isDeep) return no(`${where} (${address}) is nested too deeply`);
  return {
    ok: true,
    value: {
      address,
      previousAddress,
      mode,
      type,
      action:
        quiet && importing ? 'import' : quiet && isMove(previousAddress, address) ? 'move' : read.action,
      actions,
      understood: read.understood,
      reason: textOf(entry.action_reason),
      deposed: textOf(entry.deposed),
      before,
      after,
      afterUnknown: change.after_unknown,
      beforeSensitive: change.before_sensitive,
      afterSensitive: change.after_sensitive,
      importing,
      namesPrimary,
    },
  };
}

const MARKS = ['after_unknown', 'before_sensitive', 'after_sensitive'];

/** Some writers leave the address out; its parts say the same. */
function builtAddress(entry: Fields): string | null {
  const [type, name] = [textOf(entry.type), textOf(entry.name)];
  if (type === null || name === null) return null;
  const module = textOf(entry.module_address);
  const key = entry.index;
  const data = entry.mode === 'data' ? 'data.' : '';
  const suffix = typeof key === 'number' || typeof key === 'string' ? `[${JSON.stringify(key)}]` : '';
  return `${module === null ? '' : `${module}.`}${data}${type}.${name}${suffix}`;
}

function isMove(previous: string | null, address: string): boolean {
  return previous !== null && previous !== address;
}

function readOutputs(value: unknown): readonly OutputChange[] {
  return Object.entries(fieldsOf(value)).map(([name, entry]) => {
    const change = fieldsOf(entry);
    return {
      name,
      actions: listOf(change.actions).map(String),
      before: change.before,
      after: change.after,
      beforeSensitive: change.before_sensitive,
      afterSensitive: change.after_sensitive,
    };
  });
}

function readChecks(value: unknown): readonly CheckResult[] {
  return listOf(value).map((entry) => {
    const check = fieldsOf(entry);
    return {
      name: textOf(fieldsOf(check.address).to_display) ?? 'a check',
      status: textOf(check.status) ?? 'unknown',
    };
  });
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 40) ?? String(value);
}
