import { type Fields, fieldsOf, isFields, listOf } from './fields.ts';
import type { TerraformPlan } from './plan-json.ts';

/** What a masked value reads as in a report. */
export const MASK = '(sensitive)';

/** Shorter values are too common to be removed by value: they would tear holes into every other text. */
const SHORTEST = 6;

/**
 * Every string of 6 or more characters that the plan marks as sensitive anywhere, or that sits under an
 * attribute whose name says secret. Terraform prints these in clear, and a provider's copy of a marked value
 * carries no mark; so reports remove them by value too. One pass over the plan.
 */
export function sensitiveValues(plan: TerraformPlan): string[] {
  const found = new Set<string>();
  for (const change of [...plan.changes, ...plan.drift, ...plan.deferred]) {
    gatherTyped(change.type, change.before, change.beforeSensitive, found);
    gatherTyped(change.type, change.after, change.afterSensitive, found);
  }
  for (const resource of plan.priorState)
    gatherTyped(resource.type, resource.values, resource.sensitive, found);
  for (const resource of plan.plannedState)
    gatherTyped(resource.type, resource.values, resource.sensitive, found);
  for (const output of plan.outputs) {
    gatherMarked(output.before, output.beforeSensitive, found);
    gatherMarked(output.after, output.afterSensitive, found);
    gatherNamed(output.name, output.before, found);
    gatherNamed(output.name, output.after, found);
  }
  for (const outputs of plan.stateOutputs) {
    for (const output of Object.values(outputs)) gatherOutput(output, found);
  }
  gatherVariables(plan, found);
  return [...found];
}

const SECRET_NAME = new RegExp(
  `^(.*_)?(${[
    'passwords?|passwd|passphrase|pwd|secret|secrets|secret_(string|binary|data|key|text|value|payload)|client_secret',
    'token|auth_token|bearer_token|credentials?|connection_string|connection_strings|conn_str|dsn',
    'private_key(_pem|_openssh|_pem_pkcs8)?|access_key|secret_access_key|(secret|primary|secondary|shared|storage|account|api|master|admin)_key',
    'kube_?config(_raw)?|kube_admin_config(_raw)?|user_data(_base64)?|custom_data|sas_token|sas_url|ssh_key|webhook_url',
    'pgp_key|preshared_key|shared_secret|auth_key|license_key|certificate_password|pfx_blob|value_wo|password_wo|secret_string_wo',
  ].join('|')})$`,
);
const CAMEL = /([a-z0-9])([A-Z])/g;
const nameVerdicts = new Map<string, boolean>();

/** Whether an attribute of this name holds secret text by convention of the big providers. */
export function isSecretName(name: string): boolean {
  const known = nameVerdicts.get(name);
  if (known !== undefined) return known;
  const verdict = SECRET_NAME.test(name.replace(CAMEL, '$1_$2').replace(/[-\s]/g, '_').toLowerCase());
  if (nameVerdicts.size < 10_000) nameVerdicts.set(name, verdict);
  return verdict;
}

/** Attributes that hold secrets under a harmless name, by resource type. */
const SECRET_FIELDS: Readonly<Record<string, readonly string[]>> = {
  kubernetes_secret: ['data', 'binary_data', 'data_wo', 'binary_data_wo'],
  kubernetes_secret_v1: ['data', 'binary_data', 'data_wo', 'binary_data_wo'],
  aws_secretsmanager_secret_version: ['secret_string', 'secret_binary'],
  google_secret_manager_secret_version: ['secret_data'],
  azurerm_key_vault_secret: ['value'],
  random_password: ['result', 'bcrypt_hash'],
  tls_private_key: ['private_key_pem', 'private_key_openssh', 'private_key_pem_pkcs8'],
  aws_iam_access_key: ['secret', 'ses_smtp_password_v4'],
  vault_generic_secret: ['data_json', 'data'],
  vault_kv_secret: ['data_json', 'data'],
  vault_kv_secret_v2: ['data_json', 'data'],
  helm_release: ['set_sensitive'],
};

/** The attributes of a type that are secret whatever they are called. */
export function secretFields(type: string, values: Fields): readonly string[] {
  if (type === 'aws_ssm_parameter' && values.type === 'SecureString') return ['value', 'insecure_value'];
  if (type === 'kubernetes_manifest' && fieldsOf(values.manifest).kind === 'Secret')
    return ['manifest', 'object'];
  return SECRET_FIELDS[type] ?? [];
}

function gatherTyped(type: string, values: Fields | null, marks: unknown, found: Set<string>): void {
  if (values === null) return;
  gatherMarked(values, marks, found);
  for (const field of secretFields(type, values)) gatherAll(values[field], found);
}

/** Walks a value beside its mark tree; a mark on a whole object marks all of it. */
function gatherMarked(value: unknown, marks: unknown, found: Set<string>): void {
  const work: [unknown, unknown, boolean][] = [[value, marks, false]];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const [node, mark, named] = item;
    if (mark === true || named) {
      gatherAll(node, found);
    } else if (Array.isArray(node)) {
      const inner = listOf(mark);
      for (let index = 0; index < node.length; index++) {
        const child: unknown = node[index];
        if (typeof child === 'object' || inner[index] === true) work.push([child, inner[index], false]);
      }
    } else if (isFields(node)) {
      const inner = fieldsOf(mark);
      for (const key in node) {
        const child = node[key];
        if (child === null || typeof child === 'boolean') continue;
        const named = isSecretName(key) && isPlain(child);
        if (typeof child === 'object' || named || inner[key] === true) work.push([child, inner[key], named]);
      }
    }
  }
}

/** Text, a list of texts or a map of texts: what a secret attribute holds. A block below such a name is walked. */
export function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every((item) => typeof item !== 'object' || item === null);
}

function gatherNamed(name: string, value: unknown, found: Set<string>): void {
  if (isSecretName(name) && isPlain(value)) gatherAll(value, found);
  else gatherMarked(value, undefined, found);
}

function gatherOutput(output: unknown, found: Set<string>): void {
  const fields = fieldsOf(output);
  if (fields.sensitive === true) gatherAll(fields.value, found);
}

function gatherAll(value: unknown, found: Set<string>): void {
  const work: unknown[] = [value];
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    if (typeof node === 'string') {
      if (node.length >= SHORTEST && !ORDINARY.has(node.toLowerCase())) found.add(node);
    } else if (typeof node === 'object' && node !== null) {
      for (const child of Object.values(node)) if (child !== undefined) work.push(child);
    }
  }
}

/** Words that are never a secret, however marked: removing them would only blind the reader. */
const ORDINARY = new Set([
  'enabled',
  'disabled',
  'default',
  'required',
  'optional',
  'standard',
  'active',
  'inactive',
]);

/** Sensitive and ephemeral variables of every module: given value, default, and the argument of the call. */
function gatherVariables(plan: TerraformPlan, found: Set<string>): void {
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
