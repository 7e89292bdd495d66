import { describe, expect, it } from 'vitest';
import { assess, type ChangeSketch, create, del, keep, kinds, update } from './plans.ts';

const SKIP = { skip_final_snapshot: true };
const database = (extra: object = {}, address = 'aws_db_instance.db'): ChangeSketch =>
  del(
    'aws_db_instance',
    { id: 'db-ORDERS', identifier: 'orders', arn: 'arn:aws:rds:r:1:db:orders', ...SKIP, ...extra },
    address,
  );
const KEY = { id: '1111-2222-3333', key_id: '1111-2222-3333', arn: 'arn:aws:kms:r:1:key/1111-2222-3333' };
const broad = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
const trusts = (who: string): string =>
  JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: who } }] });

/** Kind, changes that show it, changes that look alike but do not. */
const PAIRS: readonly [string, readonly ChangeSketch[], readonly ChangeSketch[]][] = [
  [
    'data_and_backup_deleted',
    [database(), del('aws_db_snapshot', { id: 's1', db_instance_identifier: 'orders' })],
    [database(), del('aws_db_snapshot', { id: 's1', db_instance_identifier: 'crm' })],
  ],
  [
    'data_and_backup_deleted',
    [del('aws_ebs_volume', { id: 'vol-1' }), del('aws_ebs_snapshot', { id: 'snap-1', volume_id: 'vol-1' })],
    [keep('aws_ebs_volume', { id: 'vol-1' }), del('aws_ebs_snapshot', { id: 'snap-1', volume_id: 'vol-1' })],
  ],
  [
    'data_and_backup_deleted',
    [database(), del('aws_backup_vault', { name: 'v', force_destroy: true })],
    [database(), del('aws_backup_vault', { name: 'v', force_destroy: false })],
  ],
  [
    'data_and_backup_deleted',
    [
      del('azurerm_mssql_server', { id: '/x/servers/s' }),
      del('azurerm_mssql_database', { server_id: '/X/servers/S' }),
    ],
    [
      del('azurerm_mssql_server', { id: '/x/servers/s' }),
      del('azurerm_mssql_database', { server_id: '/x/servers/t' }),
    ],
  ],
  [
    'data_and_backup_deleted',
    [
      del('google_compute_disk', { name: 'data' }),
      del('google_compute_snapshot', { source_disk: 'https://g/zones/a/disks/data' }),
    ],
    [
      del('google_compute_disk', { name: 'data' }),
      del('google_compute_snapshot', { source_disk: 'https://g/zones/a/disks/logs' }),
    ],
  ],
  [
    'replica_and_primary_deleted',
    [
      database(),
      database(
        { id: 'r', identifier: 'r', arn: 'a', replicate_source_db: 'arn:aws:rds:r:1:db:orders' },
        'aws_db_instance.r',
      ),
    ],
    [
      database(),
      database({ id: 'r', identifier: 'r', arn: 'a', replicate_source_db: 'crm' }, 'aws_db_instance.r'),
    ],
  ],
  [
    'kms_key_encrypts_retained_data',
    [del('aws_kms_key', KEY), keep('aws_ebs_volume', { id: 'vol-1', kms_key_id: KEY.arn })],
    [
      del('aws_kms_key', KEY),
      keep('aws_ebs_volume', { id: 'vol-1', kms_key_id: 'arn:aws:kms:r:1:key/9999' }),
    ],
  ],
  [
    'kms_key_encrypts_retained_data',
    [
      del('aws_kms_key', KEY),
      keep('aws_kms_alias', { id: 'alias/data-key', name: 'alias/data-key', target_key_id: KEY.id }),
      keep('aws_s3_bucket', { id: 'b', kms_master_key_id: 'alias/data-key' }),
    ],
    [
      del('aws_kms_key', KEY),
      keep('aws_kms_alias', { id: 'alias/data-key', name: 'alias/data-key', target_key_id: KEY.id }),
    ],
  ],
  [
    'kms_key_encrypts_retained_data',
    [
      update('aws_kms_key', { ...KEY, is_enabled: true }, { ...KEY, is_enabled: false }),
      keep('aws_db_instance', { kms_key_id: KEY.arn }),
    ],
    [
      update('aws_kms_key', { ...KEY, description: 'a' }, { ...KEY, description: 'b' }),
      keep('aws_db_instance', { kms_key_id: KEY.arn }),
    ],
  ],
  [
    'kms_key_encrypts_retained_data',
    [
      del('aws_kms_key', KEY),
      database({ kms_key_id: KEY.arn, skip_final_snapshot: false, final_snapshot_identifier: 'f' }),
    ],
    [del('aws_kms_key', KEY), database({ kms_key_id: KEY.arn })],
  ],
  [
    'protection_disabled_for_later_delete',
    [update('aws_db_instance', { deletion_protection: true }, { deletion_protection: false })],
    [update('aws_db_instance', { deletion_protection: false }, { deletion_protection: true })],
  ],
  [
    'protection_disabled_for_later_delete',
    [update('aws_s3_bucket', { force_destroy: false }, { force_destroy: true })],
    [update('aws_lb', { enable_deletion_protection: true }, { enable_deletion_protection: false })],
  ],
  [
    'protection_disabled_then_deleted',
    [
      del('azurerm_management_lock', { scope: '/s/rg' }),
      del('azurerm_storage_account', { id: '/s/rg/acc', name: 'acc' }),
    ],
    [
      del('azurerm_management_lock', { scope: '/s/other' }),
      del('azurerm_storage_account', { id: '/s/rg/acc', name: 'acc' }),
    ],
  ],
  [
    'recovery_stripping',
    [
      del('aws_backup_plan', { id: 'p' }),
      update(
        'aws_dynamodb_table',
        { point_in_time_recovery: [{ enabled: true }] },
        { point_in_time_recovery: [{ enabled: false }] },
      ),
    ],
    [del('aws_backup_plan', { id: 'p' })],
  ],
  [
    'recreated_under_same_name',
    [
      del('aws_db_instance', { identifier: 'orders', ...SKIP }),
      create('aws_db_instance', { identifier: 'orders' }),
    ],
    [
      del('aws_db_instance', { identifier: 'orders', ...SKIP }),
      create('aws_db_instance', { identifier: 'orders2' }),
    ],
  ],
  [
    'public_data_exposure',
    [
      del('aws_s3_bucket_public_access_block', { bucket: 'b' }),
      create('aws_s3_bucket_acl', { bucket: 'b', acl: 'public-read' }),
    ],
    [
      del('aws_s3_bucket_public_access_block', { bucket: 'b' }),
      create('aws_s3_bucket_acl', { bucket: 'c', acl: 'public-read' }),
    ],
  ],
  [
    'public_database_exposure',
    [
      update(
        'aws_db_instance',
        { publicly_accessible: false },
        { publicly_accessible: true, vpc_security_group_ids: ['sg-1'] },
      ),
      update(
        'aws_security_group',
        { id: 'sg-1', ingress: [] },
        { id: 'sg-1', ingress: [{ cidr_blocks: ['0.0.0.0/0'] }] },
      ),
    ],
    [
      update(
        'aws_db_instance',
        { publicly_accessible: false },
        { publicly_accessible: true, vpc_security_group_ids: ['sg-2'] },
      ),
      update(
        'aws_security_group',
        { id: 'sg-1', ingress: [] },
        { id: 'sg-1', ingress: [{ cidr_blocks: ['0.0.0.0/0'] }] },
      ),
    ],
  ],
  [
    'audit_disabled_with_privilege_change',
    [
      update('aws_cloudtrail', { enable_logging: true }, { enable_logging: false }),
      create('aws_iam_user_policy', { policy: broad }),
    ],
    [create('aws_cloudtrail', { enable_logging: true }), create('aws_iam_user_policy', { policy: broad })],
  ],
  [
    'production_outage',
    [
      update('aws_ecs_service', { desired_count: 3 }, { desired_count: 0 }),
      update('kubernetes_deployment', { spec: [{ replicas: 3 }] }, { spec: [{ replicas: 0 }] }),
    ],
    [update('aws_ecs_service', { desired_count: 3 }, { desired_count: 0 })],
  ],
  [
    'production_outage',
    [
      update('aws_ecs_service', { desired_count: 3 }, { desired_count: 0 }),
      del('aws_appautoscaling_target', { id: 't' }),
    ],
    [
      update('aws_ecs_service', { desired_count: 3 }, { desired_count: 2 }),
      del('aws_appautoscaling_target', { id: 't' }),
    ],
  ],
  [
    'iam_widening_with_trust_change',
    [
      update(
        'aws_iam_role',
        { name: 'r', assume_role_policy: trusts('arn:1') },
        { name: 'r', assume_role_policy: trusts('arn:2') },
      ),
      create('aws_iam_role_policy', { role: 'r', policy: broad }),
    ],
    [
      update(
        'aws_iam_role',
        { name: 'r', assume_role_policy: trusts('arn:1') },
        { name: 'r', assume_role_policy: trusts('arn:2') },
      ),
      create('aws_iam_role_policy', { role: 'other', policy: broad }),
    ],
  ],
  [
    'last_of_kind_deleted',
    [del('aws_cloudtrail', { id: 't' }), keep('aws_vpc', { id: 'v' })],
    [del('aws_cloudtrail', { id: 't' }), keep('aws_cloudtrail', { id: 'u' }, 'aws_cloudtrail.u')],
  ],
];

describe('risks across changes', () => {
  it.each(PAIRS.map((pair, index) => [`${pair[0]} ${index}`, ...pair] as const))(
    '%s',
    (_, kind, shown, lookalike) => {
      expect(kinds(assess(shown))).toContain(kind);
      expect(kinds(assess(lookalike))).not.toContain(kind);
    },
  );

  it('a risk is a finding, with its members', () => {
    const { findings } = assess([
      database(),
      del('aws_db_snapshot', { db_instance_identifier: 'orders' }, 'aws_db_snapshot.s'),
    ]);
    const risk = findings.find((finding) => finding.class === 'cross_action_risk');
    expect(risk).toMatchObject({ rule: 'data_and_backup_deleted', tier: 4 });
    expect(risk?.evidence).toEqual([{ path: 'members', value: ['aws_db_instance.db', 'aws_db_snapshot.s'] }]);
  });
});

describe('across plans', () => {
  const safe = [database({ skip_final_snapshot: false, final_snapshot_identifier: 'f' })];
  const history = {
    findings: [{ address: 'aws_db_instance.db', class: 'protection_disabled', at: '2026-01-01T00:00:00Z' }],
  };

  it('a delete of what an earlier plan unprotected is unrecoverable', () => {
    expect(assess(safe).evaluation.worst_tier).toBe(3);
    const later = assess(safe, {}, history);
    expect(later.evaluation.changes[0]?.tier).toBe(4);
    expect(kinds(later)).toContain('protection_disabled_then_deleted');
  });

  it('history about something else says nothing', () => {
    expect(
      assess([database({}, 'aws_db_instance.other')], {}, history).evaluation.cross_action_risks,
    ).toEqual([]);
  });
});

describe('what the plan says about itself', () => {
  it('errored, incomplete, deferred, not applyable', () => {
    expect(kinds(assess([], { errored: true, applyable: false, complete: false }))).toEqual([
      'not_applyable',
      'incomplete_plan',
    ]);
    expect(kinds(assess([], { applyable: false, complete: true, errored: false }))).toEqual([]);
    expect(kinds(assess([create('aws_vpc', {})], { applyable: false }))).toEqual(['not_applyable']);
    const deferred = {
      reason: 'instance_count_unknown',
      resource_change: { address: 'a_b.c', type: 'a_b', change: { actions: ['create'] } },
    };
    const assessed = assess([], { deferred_changes: [deferred] });
    expect(assessed.evaluation.cross_action_risks[0]).toMatchObject({
      kind: 'incomplete_plan',
      members: ['a_b.c'],
      tier: 5,
    });
    expect(assessed.evaluation.notes.join()).toContain('a_b.c (create)');
  });

  it('drift, outputs, checks and action invocations are told', () => {
    const { notes } = assess([del('aws_db_instance', SKIP, 'aws_db_instance.db')], {
      resource_drift: [
        {
          address: 'aws_db_instance.db',
          type: 'aws_db_instance',
          change: { actions: ['update'], before: { skip_final_snapshot: false }, after: SKIP },
        },
      ],
      output_changes: { opened: { actions: ['update'], before_sensitive: true, after_sensitive: false } },
      checks: [{ address: { to_display: 'check.health' }, status: 'fail' }],
      action_invocations: [{ address: 'action.aws_lambda_invoke.x' }],
    }).evaluation;
    expect(notes.join('\n')).toMatch(
      /outside Terraform.*aws_db_instance\.db[\s\S]*no longer sensitive: opened[\s\S]*check\.health[\s\S]*action\.aws_lambda_invoke\.x/,
    );
  });

  it('says when the attribute that decided was changed outside Terraform', () => {
    const before = { point_in_time_recovery: [{ enabled: true }] };
    const { changes } = assess([del('aws_dynamodb_table', before, 'aws_dynamodb_table.t')], {
      resource_drift: [
        {
          address: 'aws_dynamodb_table.t',
          type: 'aws_dynamodb_table',
          change: {
            actions: ['update'],
            before: { point_in_time_recovery: [{ enabled: false }] },
            after: before,
          },
        },
      ],
    }).evaluation;
    expect(changes[0]?.why).toContain('changed outside Terraform: point_in_time_recovery.enabled');
  });
});
