import { MOST_LISTED } from './blast-radius.ts';
import type { ResourceChange, TerraformPlan } from './plan-json.ts';
import { isSecretName } from './secret-attributes.ts';

const MOST_NAMED = 10;

/** What a reader must know about the plan as a whole, beside its changes. */
export function planNotes(plan: TerraformPlan, omittedRadii: number): readonly string[] {
  const notes: string[] = [];
  if (plan.errored) notes.push('the plan ended with an error; it must not be applied');
  if (plan.applyable === false && !plan.errored)
    notes.push('terraform says that there is nothing to apply, or that it cannot be');
  if (plan.complete === false) notes.push('the plan is not complete: later plans will change more');
  if (plan.formatVersion === null) notes.push('the plan names no format version; it was read as format 1');
  if (plan.deferred.length > 0)
    notes.push(`deferred to a later plan, not judged here: ${listed(plan.deferred.map(deferred))}`);
  if (plan.drift.length > 0)
    notes.push(`changed outside Terraform since the last apply: ${listed(plan.drift.map(drifted))}`);
  const open = plan.outputs.filter(
    (output) => output.beforeSensitive === true && output.afterSensitive !== true,
  );
  const shown = open.filter((output) => !output.actions.includes('delete'));
  if (shown.length > 0)
    notes.push(`outputs that are no longer sensitive: ${listed(shown.map((output) => output.name))}`);
  const named = plan.outputs.filter(
    (output) =>
      output.actions.includes('create') && output.afterSensitive !== true && isSecretName(output.name),
  );
  if (named.length > 0)
    notes.push(
      `new outputs named like secrets but not sensitive: ${listed(named.map((output) => output.name))}`,
    );
  const changed = plan.outputs.filter((output) => output.actions.some((action) => action !== 'no-op'));
  if (changed.length > 0) notes.push(`outputs that change: ${listed(changed.map((output) => output.name))}`);
  const failed = plan.checks.filter((check) => check.status === 'fail' || check.status === 'error');
  if (failed.length > 0) notes.push(`checks that fail: ${listed(failed.map((check) => check.name))}`);
  const pending = plan.checks.filter((check) => check.status === 'unknown');
  if (pending.length > 0)
    notes.push(`checks known only after apply: ${listed(pending.map((check) => check.name))}`);
  if (plan.invocations.length > 0)
    notes.push(`actions that the apply also runs: ${listed(plan.invocations)}`);
  if (omittedRadii > 0)
    notes.push(
      `the blast radius of ${omittedRadii} changes is not listed (more than ${MOST_LISTED} dependents in all)`,
    );
  return notes;
}

function deferred(change: ResourceChange): string {
  return `${change.address} (${change.action})`;
}

function drifted(change: ResourceChange): string {
  return change.after === null ? `${change.address} (gone)` : change.address;
}

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
