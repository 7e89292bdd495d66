import {
  alike,
  blocked,
  gainsBlock,
  is,
  isPublic,
  offExplicitly,
  on,
  otherwise,
  plain,
  type RuleTable,
  rule,
  turnedOff,
  turnedOn,
  when,
} from '../vocabulary.ts';

/** Smaller clouds and machines of one's own: what holds data there, and what is only settings. */
export const OTHER_CLOUDS: RuleTable = {
  ...alike(
    [
      'linode_database_postgresql_v2',
      'linode_database_mysql_v2',
      'oci_database_autonomous_database',
      'oci_database_db_system',
      'ibm_database',
      'alicloud_db_instance',
      'yandex_mdb_postgresql_cluster',
      'scaleway_rdb_instance',
      'ovh_cloud_project_database',
      'exoscale_database',
      'exoscale_dbaas',
      'vultr_database',
      'digitalocean_database_db',
    ],
    rule(
      ['database_delete'],
      [
        blocked(on('deletion_protection')),
        blocked(on('termination_protection'), 'termination protection'),
        otherwise(4, 'backups go with the database'),
      ],
      turnedOff('deletion_protection', 'protection_disabled'),
      turnedOff('termination_protection', 'protection_disabled'),
    ),
  ),
  ...alike(
    [
      'hcloud_volume',
      'linode_volume',
      'oci_core_volume',
      'oci_core_boot_volume',
      'openstack_blockstorage_volume_v3',
      'docker_volume',
      'scaleway_block_volume',
    ],
    rule(
      ['storage_delete'],
      [blocked(on('delete_protection')), otherwise(4, 'the blocks are gone; backups are apart')],
      turnedOff('delete_protection', 'protection_disabled'),
    ),
  ),
  ...alike(
    ['hcloud_snapshot', 'digitalocean_volume_snapshot', 'digitalocean_droplet_snapshot', 'linode_image'],
    rule(['backup_delete'], [otherwise(4, 'a snapshot cannot be undeleted')]),
  ),
  ...alike(
    [
      'linode_object_storage_bucket',
      'oci_objectstorage_bucket',
      'ibm_cos_bucket',
      'alicloud_oss_bucket',
      'scaleway_object_bucket',
      'minio_s3_bucket',
    ],
    rule(
      ['storage_delete'],
      [
        when(on('force_destroy'), 4, 'force_destroy removes every object'),
        when(on('force_delete'), 4, 'force_delete removes every object'),
        otherwise(2, 'refused unless the bucket is empty'),
      ],
      turnedOn('force_destroy', 'protection_disabled'),
      turnedOn('force_delete', 'protection_disabled'),
    ),
  ),
  ...alike(
    [
      'digitalocean_kubernetes_cluster',
      'linode_lke_cluster',
      'ibm_container_vpc_cluster',
      'rancher2_cluster',
    ],
    rule(
      ['cluster_delete'],
      [otherwise(4, 'objects in the cluster have no backup')],
      turnedOn('destroy_all_associated_resources', 'protection_disabled'),
    ),
  ),
  ...alike(
    [
      'digitalocean_droplet',
      'hcloud_server',
      'linode_instance',
      'oci_core_instance',
      'alicloud_instance',
      'openstack_compute_instance_v2',
      'vsphere_virtual_machine',
      'proxmox_virtual_environment_vm',
    ],
    rule(
      ['storage_delete'],
      [
        blocked(on('delete_protection')),
        blocked(on('deletion_protection')),
        when(on('preserve_boot_volume'), 2, 'its boot volume stays'),
        otherwise(4, 'its own disk goes with it, and backups of it too'),
      ],
      turnedOff('delete_protection', 'protection_disabled'),
      turnedOff('backups', 'backup_retention_reduction'),
    ),
  ),
  oci_kms_key: rule(['encryption_key_change'], [otherwise(3, 'pending deletion for seven to thirty days')]),
  oci_identity_policy: rule(['iam_policy_change'], [otherwise(1, 'the policy text is in configuration')]),
  ...alike(
    ['digitalocean_firewall', 'hcloud_firewall', 'linode_firewall'],
    rule(
      ['network_isolation_loss'],
      [otherwise(1, 'the filter is in configuration; nothing is filtered meanwhile')],
      ...(['inbound_rule', 'rule', 'inbound'] as const).map((path) =>
        gainsBlock(path, 'security_group_public_ingress', 'ingress from everywhere', (block) =>
          ['source_addresses', 'source_ips', 'ipv4', 'ipv6'].some(
            (key) => Array.isArray(block[key]) && block[key].some(isPublic),
          ),
        ),
      ),
    ),
  ),
  ...plain(2, 'rebuilt with new ids and addresses', [
    'digitalocean_loadbalancer',
    'digitalocean_vpc',
    'hcloud_network',
    'hcloud_load_balancer',
    'docker_container',
    'docker_image',
    'nomad_job',
    'acme_certificate',
  ]),
  argocd_application: rule(
    [],
    [
      when(offExplicitly('cascade'), 2, 'what it deployed stays'),
      otherwise(5, 'what it deployed is deleted with it; the plan does not show what that is', {
        advice: 'set cascade = false to keep it',
      }),
    ],
  ),
  nomad_namespace: rule(['namespace_delete'], [otherwise(2, 'refused while it holds jobs')]),
  digitalocean_project: rule([], [otherwise(1, 'what it groups stays')]),
  consul_keys: rule(
    ['database_delete'],
    [
      when(is('key.delete', 'true'), 2, 'the values are in state'),
      otherwise(1, 'the keys stay', { classes: [] }),
    ],
  ),
  consul_acl_policy: rule(['iam_policy_change'], [otherwise(1, 'the policy is in configuration')]),
  ...alike(
    ['keycloak_realm', 'keycloak_user'],
    rule(['account_delete'], [otherwise(4, 'users, their factors and history cannot be restored')]),
  ),
  keycloak_openid_client: rule(['iam_policy_change'], [otherwise(2, 'recreated with a new secret')]),
  tfe_workspace: rule(
    ['storage_delete'],
    [
      when(on('force_delete'), 4, 'force_delete: its states go while resources still exist'),
      otherwise(2, 'refused while it manages resources'),
    ],
    turnedOn('force_delete', 'protection_disabled'),
    turnedOn('auto_apply', 'protection_disabled', { why: 'plans are applied without being looked at' }),
  ),
  ...alike(
    ['tfe_organization', 'tfe_project', 'spacelift_stack'],
    rule(['account_delete'], [otherwise(4, 'workspaces, their states and history go')]),
  ),
  tfe_variable: rule(['secret_delete'], [otherwise(2, 'the value is in state')]),
  ...plain(2, 'recreated from configuration; history is lost', [
    'sentry_project',
    'launchdarkly_project',
    'launchdarkly_feature_flag',
  ]),
};
