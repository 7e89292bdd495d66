import { create, del, keep, update } from '../plans.ts';
import { gone, statement, stateOf, type UnseenCase } from './case.ts';

const DB = ['database_delete'] as const;
const orders = {
  id: 'orders',
  identifier: 'orders',
  arn: 'arn:aws:rds:eu-west-1:1:db:orders',
  skip_final_snapshot: true,
  deletion_protection: false,
  delete_automated_backups: true,
  backup_retention_period: 7,
};
const key = { id: 'k-1', key_id: 'k-1', arn: 'arn:aws:kms:eu-west-1:1:key/k-1', deletion_window_in_days: 7 };

/** What a plan as a whole says: kinds of change, modules, formats, and changes that are worse together. */
export const STRUCTURE: readonly UnseenCase[] = [
  {
    name: 'forget is no delete',
    changes: [{ type: 'aws_dynamodb_table', actions: ['forget'], before: { name: 't' } }],
    labels: [{ tier: 1, classes: ['state_forget'] }],
  },
  {
    name: 'what is kept as it is',
    changes: [{ type: 'aws_s3_bucket', actions: ['no-op'], before: { bucket: 'b' }, after: { bucket: 'b' } }],
    labels: [],
  },
  {
    name: 'move alone',
    changes: [
      {
        type: 'aws_db_instance',
        actions: ['no-op'],
        before: orders,
        after: orders,
        more: { previous_address: 'aws_db_instance.old' },
      },
    ],
    labels: [{ tier: 1, classes: [], only: true }],
  },
  {
    name: 'a move that deletes protection as well',
    changes: [
      {
        type: 'aws_db_instance',
        actions: ['update'],
        before: { ...orders, deletion_protection: true },
        after: orders,
        more: { previous_address: 'aws_db_instance.old' },
      },
    ],
    labels: [{ tier: 1, classes: ['protection_disabled'] }],
  },
  {
    name: 'a deposed object',
    changes: [
      {
        type: 'aws_ebs_volume',
        actions: ['delete'],
        before: { id: 'vol-1', final_snapshot: false },
        more: { deposed: 'abcd1234' },
      },
    ],
    labels: [{ tier: 4, classes: ['storage_delete'] }],
  },
  {
    name: 'a module with for_each',
    changes: [del('aws_sqs_queue', { name: 'q' }, 'module.region["eu-west-1"].aws_sqs_queue.q[0]')],
    labels: [
      { address: 'module.region["eu-west-1"].aws_sqs_queue.q[0]', tier: 4, classes: ['storage_delete'] },
    ],
  },
  {
    name: 'a data source that is read',
    changes: [{ type: 'aws_ami', actions: ['read'], after: { id: null }, more: { mode: 'data' } }],
    labels: [],
  },
  {
    name: 'format 0.1 without marks',
    changes: [{ type: 'aws_ebs_volume', actions: ['delete'], before: { id: 'vol-1' } }],
    rest: { format_version: '0.1' },
    labels: [{ tier: 4, classes: ['storage_delete'] }],
  },
  {
    name: 'format 0.2',
    changes: [del('aws_kms_key', key)],
    rest: { format_version: '0.2' },
    labels: [{ tier: 3, classes: ['encryption_key_change'] }],
  },
  {
    name: 'format 1.0',
    changes: [del('google_compute_disk', { name: 'd' })],
    rest: { format_version: '1.0' },
    labels: [{ tier: 4, classes: ['storage_delete'] }],
  },
  {
    name: 'an action of a later terraform',
    changes: [{ type: 'aws_db_instance', actions: ['hibernate'], before: orders, after: orders }],
    labels: [{ tier: 5, classes: [] }],
  },
  {
    name: 'replace both orders in one plan',
    changes: [
      {
        type: 'aws_ebs_volume',
        address: 'aws_ebs_volume.a',
        actions: ['delete', 'create'],
        before: { id: 'a', final_snapshot: true },
        after: { final_snapshot: true },
      },
      {
        type: 'aws_ebs_volume',
        address: 'aws_ebs_volume.b',
        actions: ['create', 'delete'],
        before: { id: 'b', final_snapshot: false },
        after: { final_snapshot: false },
      },
    ],
    labels: [
      { address: 'aws_ebs_volume.a', tier: 3, classes: ['storage_delete'] },
      { address: 'aws_ebs_volume.b', tier: 4, classes: ['storage_delete'] },
    ],
  },

  {
    name: 'data and its snapshot',
    changes: [
      del(
        'aws_db_instance',
        { ...orders, skip_final_snapshot: false, final_snapshot_identifier: 'x' },
        'aws_db_instance.o',
      ),
      del(
        'aws_db_snapshot',
        { db_instance_identifier: 'orders', db_snapshot_identifier: 's' },
        'aws_db_snapshot.s',
      ),
    ],
    labels: [{ address: 'aws_db_snapshot.s', tier: 4, classes: ['backup_delete'] }],
    cross: 'data_and_backup_deleted',
  },
  {
    name: 'data and a snapshot of other data',
    changes: [
      del('aws_db_instance', orders, 'aws_db_instance.o'),
      del(
        'aws_db_snapshot',
        { db_instance_identifier: 'billing', db_snapshot_identifier: 's' },
        'aws_db_snapshot.s',
      ),
    ],
    labels: [{ address: 'aws_db_instance.o', tier: 4, classes: DB }],
    cross: 'none',
  },
  {
    name: 'a disk and its snapshot on Google',
    changes: [
      del(
        'google_compute_disk',
        { name: 'd', id: 'projects/p/zones/z/disks/d', self_link: 'https://x/projects/p/zones/z/disks/d' },
        'google_compute_disk.d',
      ),
      del('google_compute_snapshot', { name: 's', source_disk: 'd' }, 'google_compute_snapshot.s'),
    ],
    labels: [{ address: 'google_compute_disk.d', tier: 4, classes: ['storage_delete'] }],
    cross: 'data_and_backup_deleted',
  },
  {
    name: 'a key and what it encrypts',
    changes: [
      del('aws_kms_key', key, 'aws_kms_key.k'),
      keep('aws_db_instance', { ...orders, kms_key_id: key.arn }, 'aws_db_instance.o'),
    ],
    labels: [{ address: 'aws_kms_key.k', tier: 3, classes: ['encryption_key_change'] }],
    cross: 'kms_key_encrypts_retained_data',
  },
  {
    name: 'a key and what another key encrypts',
    changes: [
      del('aws_kms_key', key, 'aws_kms_key.k'),
      keep(
        'aws_db_instance',
        { ...orders, kms_key_id: 'arn:aws:kms:eu-west-1:1:key/k-2' },
        'aws_db_instance.o',
      ),
    ],
    labels: [{ address: 'aws_kms_key.k', tier: 3, classes: ['encryption_key_change'] }],
    cross: 'none',
  },
  {
    name: 'a primary and its only replica',
    changes: [
      del('aws_db_instance', orders, 'aws_db_instance.o'),
      del(
        'aws_db_instance',
        { ...orders, id: 'r', identifier: 'r', replicate_source_db: 'orders' },
        'aws_db_instance.r',
      ),
    ],
    labels: [{ address: 'aws_db_instance.r', tier: 4, classes: DB }],
    cross: 'replica_and_primary_deleted',
  },
  {
    name: 'protection off and another thing deleted',
    changes: [
      update('aws_db_instance', { ...orders, deletion_protection: true }, orders, 'aws_db_instance.o'),
      del('aws_sns_topic', { name: 't' }, 'aws_sns_topic.t'),
    ],
    labels: [{ address: 'aws_db_instance.o', tier: 1, classes: ['protection_disabled'] }],
  },
  {
    name: 'a lock and what it locks',
    changes: [
      del(
        'azurerm_management_lock',
        {
          scope: '/subscriptions/1/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/sa',
          lock_level: 'CanNotDelete',
        },
        'azurerm_management_lock.l',
      ),
      del(
        'azurerm_storage_account',
        {
          id: '/subscriptions/1/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/sa',
          name: 'sa',
        },
        'azurerm_storage_account.s',
      ),
    ],
    labels: [{ address: 'azurerm_management_lock.l', tier: 1, classes: ['protection_disabled'] }],
    cross: 'protection_disabled_then_deleted',
  },
  {
    name: 'the same bucket at another address',
    changes: [
      del(
        'google_storage_bucket',
        { name: 'data', force_destroy: true, soft_delete_policy: [{ retention_duration_seconds: 604800 }] },
        'google_storage_bucket.a',
      ),
      create('google_storage_bucket', { name: 'data' }, 'module.m.google_storage_bucket.b'),
    ],
    labels: [{ address: 'google_storage_bucket.a', tier: 3, accept: [4], classes: ['storage_delete'] }],
    cross: 'recreated_under_same_name',
  },
  {
    name: 'a database and the door to it',
    changes: [
      update(
        'aws_db_instance',
        { ...orders, publicly_accessible: false, vpc_security_group_ids: ['sg-1'] },
        { ...orders, publicly_accessible: true, vpc_security_group_ids: ['sg-1'] },
        'aws_db_instance.o',
      ),
      update(
        'aws_security_group',
        { id: 'sg-1', ingress: [] },
        {
          id: 'sg-1',
          ingress: [{ cidr_blocks: ['0.0.0.0/0'], from_port: 5432, to_port: 5432, protocol: 'tcp' }],
        },
        'aws_security_group.g',
      ),
    ],
    labels: [{ address: 'aws_db_instance.o', tier: 1, accept: [2], classes: ['expose_data_publicly'] }],
    cross: 'public_database_exposure',
  },
  {
    name: 'the trail stops and rights grow',
    changes: [
      update(
        'aws_cloudtrail',
        { name: 't', enable_logging: true },
        { name: 't', enable_logging: false },
        'aws_cloudtrail.t',
      ),
      create(
        'aws_iam_role_policy',
        { role: 'r', policy: statement('Allow', undefined, 'iam:*', '*') },
        'aws_iam_role_policy.p',
      ),
    ],
    labels: [{ address: 'aws_cloudtrail.t', tier: 1, accept: [2], classes: ['disable_audit_logging'] }],
    cross: 'audit_disabled_with_privilege_change',
  },
  {
    name: 'not complete',
    changes: [create('aws_sns_topic', { name: 't' })],
    rest: { complete: false, applyable: true, errored: false },
    labels: [{ tier: 1, classes: [], only: true }],
    cross: 'incomplete_plan',
  },
  {
    name: 'errored',
    changes: [create('aws_sns_topic', { name: 't' })],
    rest: { complete: false, applyable: false, errored: true },
    labels: [],
    cross: 'not_applyable',
  },
  {
    name: 'a plan with nothing dangerous',
    changes: [
      create('aws_sns_topic', { name: 't' }, 'aws_sns_topic.t'),
      update(
        'aws_lambda_function',
        { function_name: 'f', memory_size: 128 },
        { function_name: 'f', memory_size: 256 },
        'aws_lambda_function.f',
      ),
    ],
    labels: [{ address: 'aws_lambda_function.f', tier: 1, classes: [], only: true }],
    cross: 'none',
  },
  {
    name: 'two databases go, each with its own snapshot kept',
    changes: [
      del(
        'aws_rds_cluster',
        { cluster_identifier: 'a', skip_final_snapshot: false, final_snapshot_identifier: 'a-last' },
        'aws_rds_cluster.a',
      ),
      del(
        'aws_rds_cluster',
        { cluster_identifier: 'b', skip_final_snapshot: false, final_snapshot_identifier: 'b-last' },
        'aws_rds_cluster.b',
      ),
    ],
    labels: [{ address: 'aws_rds_cluster.a', tier: 3, classes: DB }],
    cross: 'none',
  },
  {
    name: 'backups are stripped in several places',
    changes: [
      del('aws_backup_plan', { name: 'p' }, 'aws_backup_plan.p'),
      del('aws_backup_selection', { name: 's', plan_id: 'p' }, 'aws_backup_selection.s'),
      del(
        'aws_backup_vault_lock_configuration',
        { backup_vault_name: 'v' },
        'aws_backup_vault_lock_configuration.l',
      ),
    ],
    labels: [{ address: 'aws_backup_plan.p', tier: 1, accept: [2], classes: ['backup_retention_reduction'] }],
    cross: 'recovery_stripping',
  },
  gone(
    'aws_db_instance',
    {
      ...orders,
      deletion_protection: null,
      skip_final_snapshot: false,
      final_snapshot_identifier: 'x',
      password: 'very-secret-1',
    },
    3,
    DB,
    'the deciding attribute is marked',
    { sensitive: { skip_final_snapshot: true, final_snapshot_identifier: true, password: true } },
  ),
  gone(
    'aws_db_instance',
    { ...orders, timeouts: null, tags: {}, skip_final_snapshot: null },
    5,
    DB,
    'nulls and empty blocks',
  ),
  {
    name: 'a replica whose primary goes by another plan',
    changes: [
      del(
        'aws_db_instance',
        { ...orders, id: 'r', identifier: 'r', replicate_source_db: 'somewhere-else' },
        'aws_db_instance.r',
      ),
    ],
    rest: stateOf(),
    labels: [{ tier: 4, accept: [2, 3, 5], classes: DB }],
  },
  // What holds a thing back must hold before and after the plan.
  {
    name: 'a container, and soft delete switched off with it',
    changes: [
      del(
        'azurerm_storage_container',
        { name: 'c', storage_account_name: 'sa' },
        'azurerm_storage_container.c',
      ),
      update(
        'azurerm_storage_account',
        { name: 'sa', blob_properties: [{ container_delete_retention_policy: [{ days: 7 }] }] },
        { name: 'sa', blob_properties: [{ container_delete_retention_policy: [] }] },
        'azurerm_storage_account.s',
      ),
    ],
    labels: [{ address: 'azurerm_storage_container.c', tier: 4, classes: ['storage_delete'] }],
  },
  {
    name: 'a claim, and its volume set to Delete with it',
    changes: [
      del(
        'kubernetes_persistent_volume_claim_v1',
        { metadata: [{ name: 'c' }], spec: [{ volume_name: 'pv' }] },
        'kubernetes_persistent_volume_claim_v1.c',
      ),
      update(
        'kubernetes_persistent_volume_v1',
        { metadata: [{ name: 'pv' }], spec: [{ persistent_volume_reclaim_policy: 'Retain' }] },
        { metadata: [{ name: 'pv' }], spec: [{ persistent_volume_reclaim_policy: 'Delete' }] },
        'kubernetes_persistent_volume_v1.v',
      ),
    ],
    labels: [{ address: 'kubernetes_persistent_volume_claim_v1.c', tier: 4, classes: ['pv_delete'] }],
  },
  {
    name: 'a protected item, and soft delete of its vault switched off with it',
    changes: [
      del(
        'azurerm_backup_protected_vm',
        { source_vm_id: '/vm', recovery_vault_name: 'v' },
        'azurerm_backup_protected_vm.b',
      ),
      update(
        'azurerm_recovery_services_vault',
        { name: 'v', soft_delete_enabled: true },
        { name: 'v', soft_delete_enabled: false },
        'azurerm_recovery_services_vault.v',
      ),
    ],
    labels: [{ address: 'azurerm_backup_protected_vm.b', tier: 4, classes: ['backup_delete'] }],
  },
  {
    name: 'an object with versions, and its bucket with it',
    changes: [
      del('google_storage_bucket_object', { name: 'o', bucket: 'b' }, 'google_storage_bucket_object.o'),
      del(
        'google_storage_bucket',
        { name: 'b', force_destroy: true, versioning: [{ enabled: true }] },
        'google_storage_bucket.b',
      ),
    ],
    labels: [{ address: 'google_storage_bucket_object.o', tier: 4, classes: ['storage_delete'] }],
  },
  {
    name: 'purging is off in one provider configuration only',
    changes: [del('azurerm_key_vault', { name: 'kv', purge_protection_enabled: false })],
    rest: {
      configuration: {
        provider_config: {
          azurerm: { name: 'azurerm', expressions: { features: [{}] } },
          'azurerm.other': {
            name: 'azurerm',
            alias: 'other',
            expressions: {
              features: [{ key_vault: [{ purge_soft_delete_on_destroy: { constant_value: false } }] }],
            },
          },
        },
      },
    },
    labels: [{ tier: 4, classes: ['encryption_key_change'] }],
  },
];
