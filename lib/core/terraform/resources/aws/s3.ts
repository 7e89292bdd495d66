import {
  admits,
  alike,
  all,
  any,
  becomes,
  blocked,
  type Check,
  changed,
  children,
  effect,
  type Fields,
  firstAt,
  is,
  isDestroyed,
  lowered,
  numberOf,
  on,
  otherwise,
  plain,
  type RuleTable,
  removed,
  rule,
  set,
  textsAt,
  turnedOff,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';

const PUBLIC_ACLS = ['public-read', 'public-read-write', 'authenticated-read', 'website'];

export const AWS_S3: RuleTable = {
  ...alike(
    ['aws_s3_bucket', 'aws_s3_directory_bucket', 'aws_s3tables_table_bucket'],
    rule(
      ['storage_delete'],
      [
        blocked(lockedForCompliance, 'object lock in compliance mode'),
        when(
          all(on('force_destroy'), replicatedElsewhere),
          3,
          'force_destroy empties the bucket, but it replicates to a bucket that stays',
        ),
        when(on('force_destroy'), 4, 'force_destroy deletes every object and every version first', {
          advice: 'set force_destroy = false, or copy the objects elsewhere first',
        }),
        otherwise(2, 'force_destroy is off: S3 refuses unless the bucket is empty; its name may be lost', {
          advice: 'make sure that nothing else uses the bucket',
        }),
      ],
      turnedOn('force_destroy', 'protection_disabled', {
        why: 'force_destroy is switched on: a later delete empties the bucket',
      }),
      turnedOff('versioning.enabled', 'protection_disabled'),
      becomes('acl', PUBLIC_ACLS, 'expose_data_publicly'),
      removed('replication_configuration', 'backup_retention_reduction'),
      removed('server_side_encryption_configuration', 'remove_encryption'),
      removed('logging', 'disable_audit_logging'),
      removed('object_lock_configuration', 'protection_disabled'),
      admits('policy', 'expose_data_publicly'),
      expiry('lifecycle_rule'),
    ),
  ),
  aws_s3_bucket_versioning: rule(
    ['protection_disabled'],
    [
      when(is('versioning_configuration.status', 'Suspended', 'Disabled'), 1, 'versioning was off anyway', {
        classes: [],
      }),
      otherwise(1, 'versioning is suspended: from now on overwrites and deletes are final'),
    ],
    turnedOff('versioning_configuration.status', 'protection_disabled', {
      why: 'versioning is suspended: from now on overwrites and deletes are final',
    }),
    turnedOff('versioning_configuration.mfa_delete', 'protection_disabled'),
  ),
  aws_s3_bucket_lifecycle_configuration: rule(
    [],
    [otherwise(1, 'the rules are in configuration; without them objects are kept')],
    expiry('rule'),
  ),
  ...alike(
    ['aws_s3_bucket_public_access_block', 'aws_s3_account_public_access_block'],
    rule(
      ['expose_data_publicly', 'protection_disabled'],
      [otherwise(1, 'the guard against public access is gone')],
      ...[
        'block_public_acls',
        'block_public_policy',
        'ignore_public_acls',
        'restrict_public_buckets',
      ].flatMap((flag) => [turnedOff(flag, 'expose_data_publicly'), turnedOff(flag, 'protection_disabled')]),
    ),
  ),
  ...alike(
    [
      'aws_s3_bucket_policy',
      'aws_s3_access_point',
      'aws_s3control_access_point_policy',
      'aws_s3control_bucket_policy',
    ],
    rule(
      ['iam_policy_change'],
      [otherwise(1, 'the policy text is in configuration')],
      admits('policy', 'expose_data_publicly'),
      changed('policy', 'iam_policy_change', { onCreate: true }),
    ),
  ),
  aws_s3_bucket_acl: rule(
    ['iam_policy_change'],
    [otherwise(1, 'the grants are in configuration')],
    becomes('acl', PUBLIC_ACLS, 'expose_data_publicly'),
    publicGrantee,
    changed('acl', 'iam_policy_change'),
    changed('access_control_policy', 'iam_policy_change'),
  ),
  aws_s3_bucket_ownership_controls: rule(
    [],
    [otherwise(1, 'ownership settings, recreated from configuration')],
    turnsInto('rule.object_ownership', ['ObjectWriter', 'BucketOwnerPreferred'], 'expose_data_publicly', {
      why: 'ACLs count again: objects can be made public one by one',
    }),
  ),
  aws_s3_bucket_server_side_encryption_configuration: rule(
    ['remove_encryption'],
    [otherwise(1, 'encryption falls back to S3-managed keys')],
    turnsInto('rule.apply_server_side_encryption_by_default.sse_algorithm', ['AES256'], 'remove_encryption', {
      why: 'from a KMS key to S3-managed keys',
    }),
    changed('rule.apply_server_side_encryption_by_default.kms_master_key_id', 'encryption_key_change'),
  ),
  ...alike(
    ['aws_s3_bucket_replication_configuration', 'aws_s3_bucket_object_lock_configuration'],
    rule(
      ['backup_retention_reduction', 'protection_disabled'],
      [otherwise(1, 'copies or locks already made stay; new objects get none')],
      lowered('rule.default_retention.days', 'backup_retention_reduction'),
      lowered('rule.default_retention.years', 'backup_retention_reduction'),
      lowered('rule.default_retention.days', 'protection_disabled'),
      turnsInto('rule.default_retention.mode', ['GOVERNANCE'], 'protection_disabled'),
      turnedOff('rule.status', 'backup_retention_reduction'),
    ),
  ),
  aws_s3_bucket_logging: rule(
    ['disable_audit_logging'],
    [otherwise(1, 'access logs stop; the gap cannot be filled later')],
    changed('target_bucket', 'disable_audit_logging'),
  ),
  ...alike(
    ['aws_s3_object', 'aws_s3_bucket_object', 'aws_s3_object_copy'],
    rule(
      ['storage_delete'],
      [
        when(
          any(set('content'), set('content_base64'), set('source')),
          2,
          'the content is in the configuration; the provider deletes every version of the key',
        ),
        otherwise(4, 'the content is not in the plan, and the provider deletes every version of the key', {
          advice: 'copy the object elsewhere first',
        }),
      ],
      becomes('acl', PUBLIC_ACLS, 'expose_data_publicly'),
      turnedOn('force_destroy', 'protection_disabled'),
      overwritten,
    ),
  ),
  ...plain(1, 'bucket settings, recreated from configuration', [
    'aws_s3_bucket_cors_configuration',
    'aws_s3_bucket_accelerate_configuration',
    'aws_s3_bucket_intelligent_tiering_configuration',
    'aws_s3_bucket_inventory',
    'aws_s3_bucket_metric',
    'aws_s3_bucket_analytics_configuration',
    'aws_s3_bucket_notification',
    'aws_s3_bucket_request_payment_configuration',
    'aws_s3_bucket_website_configuration',
  ]),
};

function lockedForCompliance(view: View): ReturnType<Check> {
  const own = is('object_lock_configuration.rule.default_retention.mode', 'COMPLIANCE')(view);
  if (own !== null) return own;
  const child = children(view, 'aws_s3_bucket_object_lock_configuration', 'bucket').find(
    (lock) => firstAt(lock.values, 'rule.default_retention.mode') === 'COMPLIANCE',
  );
  return child === undefined
    ? null
    : [{ path: `${child.address}.rule.default_retention.mode`, value: 'COMPLIANCE' }];
}

/** A replication rule that is on, to a bucket that this plan does not destroy. */
function replicatedElsewhere(view: View): ReturnType<Check> {
  const sources = [
    ...children(view, 'aws_s3_bucket_replication_configuration', 'bucket').map((child) => ({
      where: `${child.address}.rule`,
      rules: child.values,
    })),
    { where: 'replication_configuration', rules: view.before.replication_configuration },
  ];
  for (const source of sources) {
    const target = [
      ...textsAt(source.rules, 'rule.destination.bucket'),
      ...textsAt(source.rules, 'rules.destination.bucket'),
    ].find((bucket) => {
      const seen = view.world.named(bucket).filter((resident) => resident.type === 'aws_s3_bucket');
      return !seen.some(isDestroyed);
    });
    if (target !== undefined) return [{ path: `${source.where}.destination.bucket`, value: target }];
  }
  return null;
}

/** Lifecycle rules that newly expire objects or versions, or expire them sooner. Creates count. */
function expiry(block: string): Watch {
  return (view) => {
    const [before, after] = [expiries(view.before, block), expiries(view.after, block)];
    const worse = [...after].find(([key, days]) => days < (before.get(key) ?? Number.POSITIVE_INFINITY));
    if (worse === undefined) return [];
    return effect(
      'backup_retention_reduction',
      {
        tier: 4,
        advice: 'make sure that everything the rule covers may go: it runs daily and cannot be undone',
      },
      `objects are deleted for good after ${worse[1]} days (${worse[0]})`,
      [{ path: `after.${block}.${worse[0]}`, value: worse[1] }],
    );
  };
}

const EXPIRES = [
  'expiration.days',
  'noncurrent_version_expiration.noncurrent_days',
  'noncurrent_version_expiration.days',
];

/** Shortest expiry by kind and scope of the rule, of rules that are on. */
function expiries(root: Fields, block: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const rules = root[block];
  for (const item of Array.isArray(rules) ? rules : []) {
    const status = firstAt(item, 'status') ?? firstAt(item, 'enabled');
    if (status === 'Disabled' || status === false) continue;
    const scope = JSON.stringify([firstAt(item, 'filter.prefix') ?? firstAt(item, 'prefix') ?? '']);
    for (const path of EXPIRES) {
      const days = numberOf(firstAt(item, path));
      if (days === null || days <= 0) continue;
      const key = `${path} ${scope === '[""]' ? 'everything' : scope}`;
      found.set(key, Math.min(days, found.get(key) ?? days));
    }
    if (firstAt(item, 'expiration.date') !== undefined) found.set('expiration.date', 0);
  }
  return found;
}

function publicGrantee(view: View): ReturnType<Watch> {
  const open = (root: Fields): boolean =>
    textsAt(root, 'access_control_policy.grant.grantee.uri').some((uri) =>
      /AllUsers|AuthenticatedUsers/.test(uri),
    );
  if (open(view.before) || !open(view.after)) return [];
  return effect('expose_data_publicly', {}, 'a grant to everybody', [
    { path: 'after.access_control_policy.grant.grantee.uri', value: 'AllUsers or AuthenticatedUsers' },
  ]);
}

/** An overwrite loses the old content unless the bucket keeps versions or the old content is in configuration. */
function overwritten(view: View): ReturnType<Watch> {
  if (view.action !== 'update') return [];
  const keys = ['etag', 'content', 'content_base64', 'source', 'source_hash'];
  const key = keys.find((name) => view.before[name] !== undefined && view.before[name] !== view.after[name]);
  if (key === undefined) return [];
  const kept = typeof view.before.version_id === 'string' && !['', 'null'].includes(view.before.version_id);
  const known = typeof view.before.content === 'string' || typeof view.before.content_base64 === 'string';
  return effect(
    null,
    { tier: kept || known ? 1 : 2 },
    kept
      ? 'overwritten; the bucket keeps the old version'
      : 'overwritten; the old content is not kept by the bucket',
    [{ path: 'version_id', value: view.before.version_id ?? null }],
  );
}
