import {
  alike,
  blocked,
  changed,
  effect,
  type Fields,
  fieldsOf,
  leavesState,
  on,
  onCreate,
  otherwise,
  type RuleTable,
  removed,
  switchState,
  turnedOff,
  turnedOn,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';
import { google, plainGoogle } from './google-rule.ts';

/** What guards projects and who gets in, and services that few estates have. */
export const GOOGLE_FURTHER_SERVICES: RuleTable = {
  ...alike(
    ['google_iam_workforce_pool', 'google_iam_workforce_pool_provider'],
    google(
      ['iam_policy_change'],
      [otherwise(3, 'can be undeleted for 30 days; until then nobody signs in through it')],
      changed('attribute_condition', 'iam_policy_change'),
      changed('attribute_mapping', 'iam_policy_change'),
      changed('oidc', 'iam_policy_change'),
      changed('saml', 'iam_policy_change'),
      turnedOn('disabled', 'iam_policy_change'),
    ),
  ),
  ...plainGoogle(
    1,
    'the guard is in configuration; without it nothing is held back',
    [
      'google_iam_access_boundary_policy',
      'google_iam_principal_access_boundary_policy',
      'google_iam_folders_policy_binding',
      'google_iam_projects_policy_binding',
      'google_iam_organizations_policy_binding',
    ],
    ['protection_disabled', 'iam_policy_change'],
    changed('rules', 'iam_policy_change'),
    changed('details', 'iam_policy_change'),
    changed('condition', 'iam_policy_change'),
  ),
  ...plainGoogle(
    1,
    'the guard is in configuration; without it nothing is held back',
    [
      'google_project_access_approval_settings',
      'google_folder_access_approval_settings',
      'google_organization_access_approval_settings',
      'google_binary_authorization_attestor',
    ],
    ['protection_disabled'],
    removed('enrolled_services', 'protection_disabled'),
    changed('attestation_authority_note', 'protection_disabled'),
  ),
  google_assured_workloads_workload: google(
    ['protection_disabled'],
    [otherwise(2, 'the controls of the compliance regime no longer hold the folder')],
    turnedOff('violation_notifications_enabled', 'disable_audit_logging'),
  ),
  ...plainGoogle(
    1,
    'the filter is in configuration; without it nothing is blocked',
    ['google_compute_region_security_policy', 'google_compute_region_security_policy_rule'],
    ['network_isolation_loss'],
    removed('rules', 'network_isolation_loss'),
  ),
  ...plainGoogle(
    1,
    'logs or copies no longer arrive there; what was not written cannot be written later',
    [
      'google_compute_packet_mirroring',
      'google_project_usage_export_bucket',
      'google_dlp_job_trigger',
      'google_scc_v2_organization_notification_config',
    ],
    ['disable_audit_logging'],
  ),
  ...plainGoogle(
    1,
    'findings show again',
    ['google_scc_mute_config', 'google_scc_v2_organization_mute_config', 'google_scc_v2_project_mute_config'],
    [],
    onCreate('disable_audit_logging', 'findings that match are no longer shown'),
    changed('filter', 'disable_audit_logging'),
  ),
  google_logging_project_cmek_settings: google(
    ['remove_encryption'],
    [otherwise(1, 'log storage falls back to keys of the provider')],
    removed('kms_key_name', 'remove_encryption'),
    changed('kms_key_name', 'encryption_key_change'),
  ),
  google_compute_disk_async_replication: google(
    ['backup_retention_reduction'],
    [otherwise(1, 'no more copies; the secondary disk stays as it is')],
  ),
  google_apikeys_key: google(
    ['iam_policy_change'],
    [otherwise(3, 'can be undeleted for 30 days; callers with this key are refused until then')],
    removed('restrictions', 'credential_exposure', { why: 'the key is good for every caller and API' }),
    changed('restrictions', 'iam_policy_change'),
  ),
  ...alike(
    ['google_data_catalog_taxonomy', 'google_data_catalog_policy_tag'],
    google(
      ['iam_policy_change'],
      [otherwise(2, 'columns lose their tag, and with it who may read them; they must be tagged again')],
      changed('activated_policy_types', 'iam_policy_change'),
    ),
  ),
  ...alike(
    ['google_kms_key_handle', 'google_kms_ekm_connection', 'google_iap_brand'],
    google([], [leavesState(() => [], 'cannot be deleted: only dropped from state')]),
  ),
  ...plainGoogle(
    1,
    'recreated from configuration',
    ['google_tags_tag_binding', 'google_tags_location_tag_binding', 'google_tags_tag_value'],
    ['iam_policy_change'],
    onCreate('iam_policy_change', 'rights and guardrails may hang on the tag'),
  ),
  google_tags_tag_key: google(
    ['iam_policy_change'],
    [otherwise(2, 'conditions that name the tag no longer match; a new one has another id')],
  ),
  google_firebaserules_release: google(
    ['iam_policy_change'],
    [otherwise(2, 'without rules nobody gets in; another release brings them back')],
    changed('ruleset_name', 'iam_policy_change'),
  ),
  google_identity_platform_oauth_idp_config: google(
    ['iam_policy_change'],
    [otherwise(2, 'sign-in through this provider stops until it is there again')],
    changed('issuer', 'iam_policy_change'),
    changed('client_id', 'iam_policy_change'),
  ),
  ...alike(
    [
      'google_secure_source_manager_repository',
      'google_workstations_workstation',
      'google_notebooks_runtime',
    ],
    google(['storage_delete'], [otherwise(4, 'what it holds goes with it', { advice: 'copy it first' })]),
  ),
  ...alike(
    [
      'google_healthcare_consent_store',
      'google_vertex_ai_feature_online_store',
      'google_dialogflow_cx_agent',
    ],
    google(['database_delete'], [otherwise(4, 'what it holds goes with it; no copy is kept')]),
  ),
  google_storage_folder: google(
    ['storage_delete'],
    [
      when(on('force_destroy'), 4, 'force_destroy deletes what is in it'),
      otherwise(1, 'refused unless it is empty'),
    ],
    turnedOn('force_destroy', 'protection_disabled'),
  ),
  ...alike(
    ['google_gkeonprem_vmware_cluster', 'google_gkeonprem_bare_metal_cluster'],
    google(['cluster_delete'], [otherwise(4, 'the state of the cluster goes with it, and its local disks')]),
  ),
  google_parameter_manager_parameter: google(
    ['secret_delete'],
    [otherwise(4, 'its versions go with it; no copy is kept')],
  ),
  ...alike(
    ['google_active_directory_domain', 'google_oracle_database_cloud_vm_cluster'],
    google(
      ['database_delete'],
      [blocked(on('deletion_protection')), otherwise(4, 'what it holds goes with it; no copy is kept')],
      turnedOff('deletion_protection', 'protection_disabled'),
    ),
  ),
  google_compute_storage_pool: google(
    ['storage_delete'],
    [
      when(on('deletion_protection'), 5, 'deletion protection is on: the provider is expected to refuse'),
      otherwise(2, 'refused while it holds disks'),
    ],
    turnedOff('deletion_protection', 'protection_disabled'),
  ),
  ...plainGoogle(
    2,
    'rebuilt with new ids or addresses; the other side must accept again',
    [
      'google_compute_interconnect',
      'google_compute_service_attachment',
      'google_network_connectivity_hub',
      'google_network_services_gateway',
    ],
    ['network_isolation_loss'],
  ),
  ...plainGoogle(1, 'recreated from configuration', [
    'google_bigquery_analytics_hub_listing',
    'google_dataproc_autoscaling_policy',
    'google_compute_project_default_network_tier',
    'google_certificate_manager_certificate_map',
    'google_essential_contacts_contact',
    'google_container_analysis_note',
    'google_monitoring_service',
    'google_monitoring_slo',
    'google_monitoring_custom_service',
    'google_cloud_build_connection',
    'google_clouddeploy_delivery_pipeline',
    'google_clouddeploy_target',
    'google_dlp_inspect_template',
    'google_dlp_deidentify_template',
    'google_api_gateway_gateway',
    'google_recaptcha_enterprise_key',
    'google_bigquery_capacity_commitment',
    'google_developer_connect_connection',
    'google_service_directory_service',
    'google_firebase_web_app',
    'google_firebase_android_app',
  ]),
  ...plainGoogle(
    1,
    'recreated from configuration',
    ['google_compute_project_metadata_item', 'google_compute_project_metadata'],
    [],
    metadataGuard,
  ),
  google_app_engine_domain_mapping: google(['dns_change'], [otherwise(1, 'the mapping is in configuration')]),
  ...plainGoogle(2, 'rebuilt from configuration', [
    'google_datastream_connection_profile',
    'google_database_migration_service_connection_profile',
    'google_pubsub_lite_subscription',
    'google_container_attached_cluster',
    'google_cloudbuild_worker_pool',
    'google_workstations_workstation_cluster',
    'google_workstations_workstation_config',
    'google_apigee_instance',
    'google_endpoints_service',
    'google_monitoring_metric_descriptor',
  ]),
};

/** Metadata by which a project holds logins back; `true` to anything else lets more in. */
function metadataGuard(view: View): ReturnType<Watch> {
  if (view.action !== 'update') return [];
  const told = (fields: Fields, key: string): unknown =>
    fields.key === key ? fields.value : fieldsOf(fields.metadata)[key];
  const loosened = ['enable-oslogin', 'enable-oslogin-2fa', 'block-project-ssh-keys'].filter(
    (key) => switchState(told(view.before, key)) === true && switchState(told(view.after, key)) !== true,
  );
  const opened = ['serial-port-enable'].filter(
    (key) => switchState(told(view.before, key)) !== true && isOn(told(view.after, key)),
  );
  return [...loosened, ...opened].flatMap((key) =>
    effect('protection_disabled', {}, `${key} lets more people in`, [{ path: key, value: 'loosened' }]),
  );
}

function isOn(value: unknown): boolean {
  return switchState(value) === true || value === '1' || value === 1;
}
