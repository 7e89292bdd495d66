import {
  alike,
  blocked,
  type Check,
  changed,
  effect,
  type Fields,
  hitsAt,
  isPublic,
  isSet,
  on,
  onByDefault,
  opensTo,
  otherwise,
  type RuleTable,
  removed,
  scaledDown,
  set,
  switchState,
  textsAt,
  turnedOff,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';
import { google, plainGoogle } from './google-rule.ts';

const denies: Check = (view) =>
  isSet(view.before.deny) ? [{ path: 'deny', value: view.before.deny }] : null;
const letsIn = (fields: Fields): boolean =>
  isSet(fields.allow) &&
  String(fields.direction ?? 'INGRESS') === 'INGRESS' &&
  switchState(fields.disabled) !== true;

/** Instances, clusters, networks, DNS and managed services. */
export const GOOGLE_COMPUTE: RuleTable = {
  google_compute_instance: google(
    [],
    [
      blocked(on('deletion_protection')),
      when(set('scratch_disk'), 2, 'local SSDs are lost; attached disks survive'),
      when(set('attached_disk'), 2, 'attached disks survive; the boot disk usually goes'),
      otherwise(2, 'the boot disk goes with it; rebuild from the image'),
    ],
    turnedOff('deletion_protection', 'protection_disabled'),
    turnsInto('desired_status', ['TERMINATED', 'SUSPENDED'], 'production_scale_down'),
    getsPublicAddress,
  ),
  google_compute_firewall: google(
    [],
    [
      when(denies, 1, 'a deny rule is removed', { classes: ['network_isolation_loss'] }),
      otherwise(1, 'an allow rule is removed; it is in configuration'),
    ],
    opensTo(['source_ranges'], 'security_group_public_ingress', letsIn),
    openByDefault,
    disabledDeny,
    removed('deny', 'network_isolation_loss', { why: 'the rule no longer denies' }),
  ),
  ...plainGoogle(
    1,
    'the rules are in configuration',
    [
      'google_compute_firewall_policy',
      'google_compute_firewall_policy_rule',
      'google_compute_network_firewall_policy',
      'google_compute_network_firewall_policy_rule',
      'google_compute_firewall_policy_association',
      'google_compute_network_firewall_policy_association',
    ],
    ['network_isolation_loss'],
    openPolicyRule,
  ),
  google_compute_network: google(
    ['network_isolation_loss'],
    [otherwise(2, 'rebuilt with new ids; refused while anything lives in it')],
  ),
  google_compute_subnetwork: google(
    [],
    [otherwise(2, 'rebuilt; refused while instances use it')],
    removed('log_config', 'disable_audit_logging', { why: 'flow logs are switched off' }),
  ),
  ...plainGoogle(2, 'rebuilt with new ids or addresses', [
    'google_compute_router',
    'google_compute_router_nat',
    'google_compute_vpn_gateway',
    'google_compute_ha_vpn_gateway',
    'google_compute_vpn_tunnel',
    'google_compute_external_vpn_gateway',
    'google_compute_address',
    'google_compute_global_address',
    'google_compute_interconnect_attachment',
    'google_compute_network_peering',
    'google_service_networking_connection',
    'google_vpc_access_connector',
    'google_compute_forwarding_rule',
    'google_compute_global_forwarding_rule',
    'google_compute_instance_template',
    'google_compute_managed_ssl_certificate',
    'google_compute_shared_vpc_host_project',
    'google_compute_shared_vpc_service_project',
    'google_cloudfunctions_function',
    'google_cloudfunctions2_function',
    'google_app_engine_standard_app_version',
    'google_workflows_workflow',
    'google_cloudbuild_trigger',
    'google_api_gateway_api',
    'google_dataflow_job',
  ]),
  ...plainGoogle(
    1,
    'recreated from configuration',
    [
      'google_compute_route',
      'google_compute_health_check',
      'google_compute_backend_service',
      'google_compute_region_backend_service',
      'google_compute_backend_bucket',
      'google_compute_url_map',
      'google_compute_target_http_proxy',
      'google_compute_target_https_proxy',
      'google_compute_ssl_policy',
      'google_compute_network_endpoint_group',
      'google_compute_instance_group',
      'google_compute_attached_disk',
      'google_compute_router_interface',
      'google_compute_router_peer',
      'google_cloud_scheduler_job',
      'google_cloud_tasks_queue',
      'google_monitoring_alert_policy',
      'google_monitoring_notification_channel',
      'google_monitoring_dashboard',
      'google_monitoring_uptime_check_config',
      'google_cloud_run_domain_mapping',
      'google_project_default_service_accounts',
    ],
    [],
    removed('security_policy', 'network_isolation_loss'),
  ),
  google_dns_managed_zone: google(
    ['dns_change'],
    [
      when(on('force_destroy'), 4, 'force_destroy deletes every record, also those made elsewhere'),
      otherwise(2, 'refused while records remain; a new zone may get new name servers'),
    ],
    turnedOff('dnssec_config.state', 'dns_change', { why: 'DNSSEC is switched off' }),
    turnedOn('force_destroy', 'protection_disabled'),
  ),
  google_dns_record_set: google(
    ['dns_change'],
    [otherwise(1, 'the record is in configuration')],
    ...['rrdatas', 'type', 'name', 'ttl', 'routing_policy'].map((path) => changed(path, 'dns_change')),
  ),
  ...plainGoogle(
    1,
    'the policy is in configuration',
    ['google_dns_policy', 'google_dns_response_policy', 'google_dns_response_policy_rule'],
    ['dns_change'],
  ),
  google_container_cluster: google(
    ['cluster_delete'],
    [
      blocked(onByDefault('deletion_protection')),
      otherwise(4, 'objects, in-cluster secrets and volume bindings have no backup', {
        advice: 'take a Backup for GKE first',
      }),
    ],
    turnedOff('deletion_protection', 'protection_disabled'),
    opensTo(['master_authorized_networks_config.cidr_blocks.cidr_block'], 'expose_data_publicly'),
    turnedOff('private_cluster_config.enable_private_endpoint', 'expose_data_publicly'),
    removed('master_authorized_networks_config', 'expose_data_publicly'),
    turnsInto('logging_service', ['none'], 'disable_audit_logging'),
    removed('logging_config.enable_components', 'disable_audit_logging'),
    turnsInto('database_encryption.state', ['DECRYPTED'], 'remove_encryption'),
    turnedOff('network_policy.enabled', 'network_isolation_loss'),
    turnedOn('enable_legacy_abac', 'iam_policy_change'),
  ),
  google_container_node_pool: google(
    [],
    [otherwise(2, 'nodes are rebuilt; pods move or wait')],
    scaledDown('node_count'),
    scaledDown('autoscaling.max_node_count'),
    scaledDown('autoscaling.total_max_node_count'),
  ),
  ...plainGoogle(
    2,
    'the service stops; recreated from configuration',
    [
      'google_cloud_run_service',
      'google_cloud_run_v2_service',
      'google_cloud_run_v2_job',
      'google_compute_instance_group_manager',
      'google_compute_region_instance_group_manager',
      'google_app_engine_application',
    ],
    ['production_scale_down'],
    scaledDown('target_size'),
    scaledDown('template.scaling.max_instance_count'),
    turnsInto('ingress', ['INGRESS_TRAFFIC_ALL'], 'expose_data_publicly'),
  ),
  ...plainGoogle(
    1,
    'recreated from configuration; until then nothing scales',
    ['google_compute_autoscaler', 'google_compute_region_autoscaler'],
    [],
    scaledDown('autoscaling_policy.max_replicas'),
  ),
  ...alike(
    [
      'google_composer_environment',
      'google_dataproc_cluster',
      'google_notebooks_instance',
      'google_workbench_instance',
      'google_data_fusion_instance',
      'google_looker_instance',
    ],
    google(
      ['storage_delete'],
      [otherwise(4, 'what is kept on it (DAG history, HDFS, notebooks) is deleted')],
    ),
  ),
  ...alike(
    [
      'google_vertex_ai_dataset',
      'google_vertex_ai_index',
      'google_vertex_ai_featurestore',
      'google_vertex_ai_feature_group',
      'google_healthcare_dataset',
      'google_healthcare_fhir_store',
      'google_healthcare_dicom_store',
      'google_healthcare_hl7_v2_store',
    ],
    google(
      ['database_delete'],
      [otherwise(4, 'records are deleted; there is no undelete', { advice: 'export the data first' })],
    ),
  ),
  ...plainGoogle(2, 'deployed again from its model', [
    'google_vertex_ai_endpoint',
    'google_vertex_ai_index_endpoint',
    'google_vertex_ai_tensorboard',
  ]),
};

/** Without source ranges, tags or accounts an ingress rule lets everybody in. */
/** A machine that had no public address gets one. */
function getsPublicAddress(view: View): ReturnType<Watch> {
  if (view.action !== 'update') return [];
  const at = ['network_interface', 'access_config'];
  const count = (fields: Fields): number =>
    hitsAt(fields, at).flatMap((hit) => (Array.isArray(hit.value) ? hit.value : [])).length;
  const [was, now] = [count(view.before), count(view.after)];
  if (now <= was) return [];
  return effect('network_isolation_loss', {}, 'the machine gets a public address', [
    { path: 'network_interface.access_config', value: `${was} → ${now}` },
  ]);
}

function openByDefault(view: View): ReturnType<Watch> {
  const open = (fields: Fields): boolean =>
    letsIn(fields) &&
    !['source_ranges', 'source_tags', 'source_service_accounts'].some((key) => isSet(fields[key]));
  const marks = view.afterUnknown;
  const hidden = typeof marks === 'object' && marks !== null && 'source_ranges' in marks;
  if (hidden || open(view.before) || !open(view.after)) return [];
  return effect('security_group_public_ingress', {}, 'no source is named: open to everybody', [
    { path: 'after.source_ranges', value: null },
  ]);
}

function disabledDeny(view: View): ReturnType<Watch> {
  if (!isSet(view.before.deny) || view.before.disabled === true || view.after.disabled !== true) return [];
  return effect('network_isolation_loss', {}, 'a deny rule is disabled', [
    { path: 'after.disabled', value: true },
  ]);
}

function openPolicyRule(view: View): ReturnType<Watch> {
  const open = (fields: Fields): boolean =>
    fields.action === 'allow' &&
    String(fields.direction ?? 'INGRESS') === 'INGRESS' &&
    textsAt(fields, 'match.src_ip_ranges').concat(sources(fields)).some(isPublic);
  if (open(view.before) || !open(view.after)) return [];
  return effect('security_group_public_ingress', {}, 'ingress from everywhere', [
    { path: 'after.match.src_ip_ranges', value: '0.0.0.0/0' },
  ]);
}

function sources(fields: Fields): readonly string[] {
  const match = Array.isArray(fields.match) ? fields.match[0] : fields.match;
  const list =
    typeof match === 'object' && match !== null && 'src_ip_ranges' in match ? match.src_ip_ranges : [];
  return Array.isArray(list) ? list.map(String) : [];
}
