import { type Fields, fieldsOf } from './fields.ts';
import type { TerraformPlan } from './plan-json.ts';
import { isPlain, isSecretName } from './secret-attributes.ts';
import { type Gathered, gatherAll, surveyTree } from './survey.ts';

/**
 * Every string of 6 or more characters that the plan marks as sensitive anywhere, or that sits under an
 * attribute whose name says secret, or that a variable of `secretVariables` holds. Terraform prints these in clear, and a provider's copy of a marked value
 * carries no mark; so reports remove them by value too. Those of resources were found while the plan was read.
 */
export function sensitiveValues(plan: TerraformPlan, secretVariables: readonly string[] = []): string[] {
  const found: Gathered = { secrets: new Set(plan.secrets), namesPrimary: false };
  for (const output of plan.outputs) {
    gatherNamed(output.name, output.before, output.beforeSensitive, found);
    gatherNamed(output.name, output.after, output.afterSensitive, found);
  }
  for (const outputs of plan.stateOutputs) {
    for (const output of Object.values(outputs)) gatherOutput(output, found);
  }
  gatherVariables(plan, found);
  for (const name of secretVariables) gatherGiven(fieldsOf(plan.variables[name]).value, found);
  return [...found.secrets];
}

/** A value that nests too deep to be walked is secret as a whole. */
function gatherNamed(name: string, value: unknown, marks: unknown, found: Gathered): void {
  const isNamed = isSecretName(name) && isPlain(value);
  if (isNamed || !surveyTree(value, marks, found, 0)) gatherAll(value, found);
}

function gatherOutput(output: unknown, found: Gathered): void {
  const fields = fieldsOf(output);
  if (fields.sensitive === true) gatherAll(fields.value, found);
}

/** What the operator gave, numbers too: a PIN is one. */
function gatherGiven(value: unknown, found: Gathered): void {
  gatherAll(value, found);
  if (typeof value === 'number') gatherAll(String(value), found);
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) if (typeof inner !== 'string') gatherGiven(inner, found);
}

/** Sensitive and ephemeral variables of every module: given value, default, and the argument of the call. */
function gatherVariables(plan: TerraformPlan, found: Gathered): void {
  const root = fieldsOf(plan.configuration.root_module);
  const declared = fieldsOf(root.variables);
  for (const name of new Set([...Object.keys(declared), ...Object.keys(plan.variables)])) {
    const declaration = fieldsOf(declared[name]);
    if (isSecretVariable(name, declaration)) {
      gatherAll(fieldsOf(plan.variables[name]).value, found);
      gatherAll(declaration.default, found);
    }
  }
  const modules: unknown[] = [root];
  for (let module = modules.pop(); module !== undefined; module = modules.pop()) {
    for (const call of Object.values(fieldsOf(fieldsOf(module).module_calls))) {
      const child = fieldsOf(fieldsOf(call).module);
      const given = fieldsOf(fieldsOf(call).expressions);
      for (const [name, declaration] of Object.entries(fieldsOf(child.variables))) {
        if (!isSecretVariable(name, fieldsOf(declaration))) continue;
        gatherAll(fieldsOf(declaration).default, found);
        gatherAll(fieldsOf(given[name]).constant_value, found);
      }
      modules.push(child);
    }
  }
}

function isSecretVariable(name: string, declaration: Fields): boolean {
  return declaration.sensitive === true || declaration.ephemeral === true || isSecretName(name);
}
