/**
 * What reading a data source or opening an ephemeral resource does at plan. By allow list: the families below
 * are lookups of cloud metadata; what they hold of secrets, code and foreign data is named apart.
 */

import type { FindingClass } from '../../finding.ts';

export interface ReadVerdict {
  readonly rule: string;
  readonly class: FindingClass;
  readonly why: string;
}

/** Null where reading this data source is harmless. */
export function judgeDataSource(type: string): ReadVerdict | null {
  for (const { rule, pattern, class: kind, why } of DANGEROUS) {
    if (pattern.test(type)) return { rule, class: kind, why: `data source ${type} ${why}` };
  }
  if (METADATA.has(type)) return null;
  if (SECRET_WORDS.test(type)) return { ...SECRET, why: `data source ${type} ${SECRET.why}` };
  if (HARMLESS_TYPES.has(type) || HARMLESS_FAMILIES.test(type)) return null;
  return {
    rule: 'unknown_data_source',
    class: 'reads_outside_snapshot',
    why: `data source ${type} is not on the list of data sources known to be harmless`,
  };
}

/** Ephemeral resources exist to hold secrets; only those made up on the spot are harmless. */
export function judgeEphemeral(type: string): ReadVerdict | null {
  if (type === 'random_password' || type === 'tls_private_key') return null;
  if (/_invocation$|_command$/.test(type))
    return {
      rule: 'ephemeral_runs_code',
      class: 'code_execution',
      why: `ephemeral ${type} runs code at plan`,
    };
  return { rule: 'secret_ephemeral', class: 'secret_read', why: `ephemeral ${type} opens a secret at plan` };
}

const SECRET = {
  rule: 'secret_data_source',
  class: 'secret_read',
  why: 'reads a secret into the plan and the state',
} as const satisfies ReadVerdict;

const DANGEROUS: readonly (ReadVerdict & { readonly pattern: RegExp })[] = [
  { rule: 'data_external', pattern: /^external$/, class: 'code_execution', why: 'runs a program at plan' },
  {
    rule: 'data_runs_code',
    pattern: /_invocation$|^helm_template$|_run_command$|^shell_/,
    class: 'code_execution',
    why: 'runs code at plan',
  },
  {
    rule: 'data_network',
    pattern: /^http$|^dns_|^tls_certificate$/,
    class: 'reads_outside_snapshot',
    why: 'opens a connection to an address that the configuration chooses',
  },
  {
    rule: 'data_local_file',
    pattern: /^local_/,
    class: 'reads_outside_snapshot',
    why: 'reads files of the machine that plans',
  },
  {
    rule: 'data_remote_state',
    pattern: /^terraform_remote_state$|^tfe_outputs$/,
    class: 'reads_outside_snapshot',
    why: 'reads the whole state of another configuration',
  },
  { ...SECRET, pattern: /^vault_/ },
  { ...SECRET, pattern: /^kubernetes_(secret|config_map|resources?$|token)/ },
  { ...SECRET, pattern: /^aws_ssm_parameters?(_by_path)?$/ },
  {
    ...SECRET,
    pattern:
      /^google_(client_config|iap_client|kms_secret.*|service_account_(access_token|id_token|jwt|key))$/,
  },
  { ...SECRET, pattern: /^aws_(cognito_user_pool_client|eks_cluster_auth|lightsail_key_pair)$/ },
  // Credentials, connection strings, environment variables and start-up scripts stand in what these give.
  {
    ...SECRET,
    pattern:
      /^azurerm_(storage_account|storage_table_entit.*|kubernetes_cluster|container_(registry|app|group)s?|redis_.*|managed_redis.*|cosmosdb_account|batch_(account|pool|certificate)|search_service|maps_account|cognitive_account|signalr_service|web_pubsub|log_analytics_workspace|application_insights|app_configuration.*|automation_(account|variable.*)|key_vault_(certificate_data|encrypted_value)|spatial_anchors_account|eventgrid_(domain|topic|namespace)|eventhub_.*|servicebus_.*|relay_.*|notification_hub.*|iothub.*|bot_.*|communication_service|static_(web_app|site)|logic_app_.*|data_share.*|databricks_.*|stream_analytics_.*|virtual_network_gateway_connection|vpn_(gateway|site).*|virtual_machine_scale_set.*|healthbot|digital_twins.*|function_app.*|(linux|windows)_(function|web)_app|app_service(_slot)?|api_management.*)$/,
  },
  {
    ...SECRET,
    pattern:
      /^aws_(lambda_(function|alias)|ecs_(container_definition|task_definition|task_execution)|launch_(template|configuration)|appsync_.*|amplify_.*|appconfig_.*|apprunner_.*|batch_job_definition|codebuild_.*|codepipeline_.*|cloudformation_(stack|export)|cloudfront_(function|key_value.*)|db_cluster_snapshot_.*|dms_endpoint|glue_(connection|script)|mq_broker|ssm_document|transfer_.*|vpn_connection|workspaces_.*|lightsail_.*|elastic_beanstalk_(application|environment).*|emr_.*|sfn_state_machine|athena_named_query|ecr_authorization.*|codeartifact_authorization.*|rds_.*_credentials.*|iot_.*credential.*|api_gateway_(api_key|stage)|apigatewayv2_stage|sagemaker_.*|imagebuilder_.*|servicecatalog_.*|grafana_.*)$/,
  },
  {
    ...SECRET,
    pattern:
      /^google_(runtimeconfig_.*|parameter_manager_.*|cloudfunctions2?_function|cloud_run_.*|compute_(instance(_template|_serial_port)?|region_instance_template|vpn_tunnel|interconnect.*)|redis_instance|memcache_instance|storage_object_signed_url|app_engine_.*|dataproc_.*|composer_.*|apigee_.*key.*)$/,
  },
  {
    rule: 'data_object_content',
    pattern:
      /^aws_s3(_bucket)?_object$|^google_storage_bucket_object_contents?$|^aws_dynamodb_table_item$|^azurerm_storage_blob$/,
    class: 'secret_read',
    why: 'reads the content of stored data into the plan and the state',
  },
];

/** Arguments that make a harmless data source fetch a secret too. */
const FETCHES_SECRET =
  /^(get_user_data|get_password_data|with_decryption|decrypt|include_(secrets?|values?))$/;

/** Null where this argument of a data source fetches no secret; `off` where it is literally `false`. */
export function judgeDataArgument(type: string, name: string, off: boolean): ReadVerdict | null {
  if (off || !FETCHES_SECRET.test(name)) return null;
  return { ...SECRET, why: `data source ${type} with ${name} ${SECRET.why}` };
}

/** A type with one of these words holds a credential, unless it is listed as metadata. */
const SECRET_WORDS =
  /(^|_)(secrets?|passwords?|tokens?|credentials?|auth|authorization|authorization_rule|sas|access_policy|access_keys?|api_keys?|host_keys|private_keys?|signed_url|connection_string|decrypt)(_|$)/;

const METADATA = new Set(
  `aws_secretsmanager_secret aws_secretsmanager_secrets aws_secretsmanager_secret_versions
  aws_secretsmanager_secret_rotation aws_secretsmanager_random_password aws_iam_access_keys
  aws_apigatewayv2_authorizer aws_ssoadmin_principal_application_assignments
  google_secret_manager_secret google_secret_manager_secrets google_secret_manager_secret_iam_policy
  azurerm_key_vault_access_policy azurerm_key_vault_secrets azurerm_ssh_public_key`
    .split(/\s+/)
    .filter(Boolean),
);

const HARMLESS_FAMILIES = /^(aws|awscc|google|azurerm|azuread|kubernetes|random|time)_[a-z0-9_]+$/;
const HARMLESS_TYPES = new Set([
  'archive_file',
  'cloudinit_config',
  'template_cloudinit_config',
  'tls_public_key',
]);
