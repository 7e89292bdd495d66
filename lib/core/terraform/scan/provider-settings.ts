/**
 * Settings of `provider` blocks. A provider runs with the planner's credentials as soon as a plan starts, so
 * for the providers we know a setting must be on their list; for others all but the plainest are findings.
 */

import type { FindingClass } from '../../finding.ts';
import type { Body } from './body.ts';
import { listItems, objectEntries } from './expression.ts';
import type { Token } from './token.ts';

export interface Setting {
  /** `assume_role.role_arn`; lists are left out of the path. */
  readonly path: string;
  readonly name: string;
  readonly tokens: readonly Token[];
}

/** Every setting of a body, nested blocks and object values included, outermost first. */
export function settingsOf(body: Body, prefix = ''): readonly Setting[] {
  return [
    ...body.attributes.flatMap((attribute) => valueSettings(prefix, attribute.name, attribute.tokens)),
    ...body.blocks.flatMap((block) => {
      // `dynamic "exec" { content { … } }` is the block `exec`.
      const dynamic = block.type === 'dynamic' && block.labels.length === 1;
      const name = dynamic ? (block.labels[0] ?? block.type) : block.type;
      return [{ path: prefix + name, name, tokens: [] }, ...settingsOf(block.body, `${prefix}${name}.`)];
    }),
  ];
}

export interface SettingVerdict {
  readonly class: FindingClass;
  readonly why: string;
}

/** Null for a setting that is harmless in this provider. `address` is the full source address. */
export function judgeSetting(address: string, setting: Setting): SettingVerdict | null {
  const top = setting.path.split('.')[0] ?? setting.name;
  if (META.has(top) || FREE_FORM.has(top) || isOff(setting)) return null;
  if (HOSTS.has(setting.path) && isClusterAddress(setting.tokens)) return null;
  const known = SETTINGS.get(address.split('/').slice(1).join('/')) ?? HARMLESS_ANYWHERE;
  const bad = suspiciousSetting(setting);
  if (bad !== null) return bad;
  if (known.has(top) && (!NESTED.has(setting.path) || isWrittenOut(setting.tokens))) return null;
  return {
    class: 'reads_outside_snapshot',
    why: `the provider setting ${setting.path} is not on the list of settings known to be harmless, or is computed`,
  };
}

/** A setting whose name says that it runs a program, reads a file or sends credentials elsewhere. */
export function suspiciousSetting(setting: Setting): SettingVerdict | null {
  if (isOff(setting)) return null;
  if (RUNS.test(setting.name))
    return { class: 'code_execution', why: `the setting ${setting.path} makes the plan run a program` };
  if (READS.test(setting.name))
    return {
      class: 'reads_outside_snapshot',
      why: `the setting ${setting.path} makes the plan read files of the machine it runs on`,
    };
  if (BECOMES.test(setting.name))
    return {
      class: 'reads_outside_snapshot',
      why: `the setting ${setting.path} makes the plan act as somebody else than the planner`,
    };
  if (REDIRECTS.test(setting.name))
    return {
      class: 'reads_outside_snapshot',
      why: `the setting ${setting.path} decides where requests with the planner's credentials go`,
    };
  return null;
}

const META = new Set(['alias', 'version', 'for_each']);
/** Their keys are chosen by people. */
const FREE_FORM = new Set([
  'default_tags',
  'ignore_tags',
  'default_labels',
  'ignore_annotations',
  'ignore_labels',
]);
const RUNS =
  /^(exec|command|credential_process|credentials_helper|executable|.*post_?render(er)?|binary_path|plugins?_path|auth_login_.*|key_provider)$/;
const READS =
  /(_file|_files|_path|_paths|_dir|_directory|_bundle)$|^(profile|shared_config|kubeconfig|credentials|credentials_path|known_hosts|private_key)$/;
const REDIRECTS =
  /^(endpoints?|.*_endpoint|.*_endpoints|.*proxy.*|insecure|.*insecure.*|skip_tls.*|tls_insecure.*|metadata_host|universe_domain|(.*_)?(ur[li]s?|address(es)?|addr|host|hosts|hostname|servers?)|registr(y|ies))$/;
const BECOMES = /^(assume_role(_with_\w+)?|impersonate_\w+|on_behalf_of\w*)$/;

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean));

const GOOGLE = words(`project region zone billing_project user_project_override scopes request_timeout
  request_reason batching default_labels add_terraform_attribution_label
  terraform_attribution_label_addition_strategy`);

/** Settings of providers that are on no list: none of these says whom it talks to or as whom. */
const HARMLESS_ANYWHERE = words('region max_retries request_timeout timeout timeouts');

/** `namespace/type` → settings that neither run, read nor redirect. */
const SETTINGS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'hashicorp/aws',
    words(`region default_tags ignore_tags allowed_account_ids
      forbidden_account_ids max_retries retry_mode s3_use_path_style s3_us_east_1_regional_endpoint sts_region
      skip_credentials_validation skip_metadata_api_check skip_region_validation skip_requesting_account_id
      token_bucket_rate_limiter_capacity use_dualstack_endpoint use_fips_endpoint user_agent`),
  ],
  ['hashicorp/google', GOOGLE],
  ['hashicorp/google-beta', GOOGLE],
  [
    'hashicorp/azurerm',
    words(`features subscription_id tenant_id client_id auxiliary_tenant_ids environment partner_id
      resource_provider_registrations resource_providers_to_register skip_provider_registration
      storage_use_azuread use_aks_workload_identity use_cli use_msi use_oidc disable_correlation_request_id
      disable_terraform_partner_id`),
  ],
  [
    'hashicorp/azuread',
    words('tenant_id client_id environment partner_id use_cli use_msi use_oidc disable_terraform_partner_id'),
  ],
  [
    'hashicorp/kubernetes',
    words(`host token cluster_ca_certificate client_certificate client_key tls_server_name ignore_annotations
      ignore_labels experiments`),
  ],
  ['hashicorp/helm', words('kubernetes debug helm_driver burst_limit qps experiments')],
  ...['random', 'null', 'time', 'archive', 'local', 'cloudinit', 'template', 'tls', 'external', 'http'].map(
    (name) => [`hashicorp/${name}`, words('')] as const,
  ),
]);

/** Settings that are objects with settings of their own, which a computed value would hide. */
const NESTED = new Set(['kubernetes', 'batching', 'features']);

function isWrittenOut(tokens: readonly Token[]): boolean {
  // A block has no tokens; its settings are listed on their own.
  if (tokens.length === 0) return true;
  const items = listItems(tokens) ?? [tokens];
  return items.every((item) => objectEntries(item)?.every((entry) => entry.key !== null) === true);
}

const HOSTS = new Set(['host', 'kubernetes.host']);
const CLUSTERS = /^(aws_eks_cluster|google_container_cluster|azurerm_kubernetes_cluster)$/;

/**
 * Whether a host is the address that a cloud gives for one of its clusters: a reference to it and nothing else,
 * with `https://` before it or not.
 */
function isClusterAddress(tokens: readonly Token[]): boolean {
  const code = tokens.filter((token) => token.kind !== 'newline');
  const [only] = code;
  if (code.length === 1 && only?.kind === 'text') {
    const parts = only.parts.filter((part) => part.kind !== 'literal' || part.text !== 'https://');
    const [part] = parts;
    return parts.length === 1 && part?.kind === 'interpolation' && isClusterAddress(part.tokens);
  }
  const names = code.flatMap((token) => (token.kind === 'word' ? [token.text] : []));
  const steps = code.every(
    (token) => token.kind === 'word' || (token.kind === 'sign' && '.[]'.includes(token.text)),
  );
  const [type = ''] = names[0] === 'data' ? names.slice(1) : names;
  return steps && CLUSTERS.test(type) && /^(endpoint|host)$/.test(names.at(-1) ?? '');
}

/** `use_dualstack_endpoint` and its like are switches, not addresses. */
const SWITCHES = new Set([
  'use_dualstack_endpoint',
  'use_fips_endpoint',
  's3_us_east_1_regional_endpoint',
  's3_use_path_style',
]);

function valueSettings(prefix: string, name: string, tokens: readonly Token[]): readonly Setting[] {
  if (SWITCHES.has(name)) return [];
  const path = prefix + name;
  const items = listItems(tokens) ?? [tokens];
  return [
    { path, name, tokens },
    ...items.flatMap((item) =>
      (objectEntries(item) ?? []).flatMap((entry) =>
        valueSettings(`${path}.`, entry.key ?? '(computed)', entry.value),
      ),
    ),
  ];
}

/** A setting that is switched off or not given does nothing. */
export function isOff(setting: Setting): boolean {
  const [only] = setting.tokens;
  return setting.tokens.length === 1 && only?.kind === 'word' && /^(false|null)$/.test(only.text);
}
