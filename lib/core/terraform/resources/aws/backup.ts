import {
  alike,
  blocked,
  effect,
  type Fields,
  fieldsOf,
  lowered,
  on,
  otherwise,
  plain,
  type RuleTable,
  removed,
  rule,
  set,
  turnedOn,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';

/** AWS Backup, DLM and lifecycle rules that prune. */
export const AWS_BACKUP: RuleTable = {
  ...alike(
    ['aws_backup_vault', 'aws_backup_logically_air_gapped_vault'],
    rule(
      ['delete_backup_vault'],
      [
        when(on('force_destroy'), 4, 'force_destroy deletes every recovery point in the vault first', {
          advice: 'set force_destroy = false',
        }),
        otherwise(2, 'refused unless the vault is empty'),
      ],
      turnedOn('force_destroy', 'protection_disabled'),
    ),
  ),
  aws_backup_vault_lock_configuration: rule(
    ['protection_disabled'],
    [
      blocked(set('changeable_for_days'), 'a compliance-mode vault lock'),
      otherwise(1, 'the governance-mode lock is lifted: recovery points become deletable'),
    ],
    lowered('min_retention_days', 'protection_disabled'),
    lowered('max_retention_days', 'backup_retention_reduction'),
  ),
  aws_backup_vault_policy: rule(
    ['iam_policy_change', 'protection_disabled'],
    [otherwise(1, 'the policy text is in configuration; a deny in it no longer holds')],
  ),
  ...alike(
    ['aws_backup_plan', 'aws_backup_selection', 'aws_backup_framework'],
    rule(
      ['backup_retention_reduction'],
      [otherwise(1, 'no new recovery points; existing ones stay')],
      lowered('rule.lifecycle.delete_after', 'backup_retention_reduction', {
        why: 'new recovery points are kept for a shorter time; existing ones stay',
      }),
      fewer('rule', 'a backup rule is removed'),
      fewer('selection_tag', 'resources drop out of backup'),
      fewer('resources', 'resources drop out of backup'),
    ),
  ),
  aws_dlm_lifecycle_policy: rule(
    ['backup_retention_reduction'],
    [otherwise(1, 'the snapshot schedule stops; existing snapshots stay')],
    lowered('policy_details.schedule.retain_rule.count', 'backup_retention_reduction', {
      tier: 4,
      why: 'fewer snapshots are kept: the lifecycle manager deletes the older ones',
    }),
    lowered('policy_details.schedule.retain_rule.interval', 'backup_retention_reduction', {
      tier: 4,
      why: 'snapshots are kept for a shorter time: older ones are deleted',
    }),
    turnsInto('state', ['DISABLED'], 'backup_retention_reduction'),
  ),
  aws_backup_region_settings: rule(
    ['backup_retention_reduction'],
    [otherwise(1, 'only leaves state')],
    optedOut,
  ),
  ...plain(1, 'backup reporting and notices, recreated from configuration', [
    'aws_backup_vault_notifications',
    'aws_backup_report_plan',
    'aws_backup_global_settings',
    'aws_backup_restore_testing_plan',
    'aws_backup_restore_testing_selection',
  ]),
  aws_ecr_lifecycle_policy: rule(
    [],
    [otherwise(1, 'without the policy images are kept')],
    pruning('policy', 'images that the rule covers are deleted for good'),
  ),
  aws_rbin_rule: rule(
    ['protection_disabled'],
    [otherwise(1, 'deleted snapshots and images are no longer kept in the Recycle Bin')],
    lowered('retention_period.retention_period_value', 'backup_retention_reduction'),
    removed('lock_configuration', 'protection_disabled'),
  ),
};

/** A list gets shorter. */
function fewer(path: string, why: string): Watch {
  const count = (fields: Fields): number => (Array.isArray(fields[path]) ? fields[path].length : 0);
  return (view) => {
    const [was, now] = [count(view.before), count(view.after)];
    if (view.action === 'create' || now >= was) return [];
    return effect('backup_retention_reduction', {}, why, [{ path, value: `${was} → ${now}` }]);
  };
}

/** A pruning policy document is new or different. Creates count: it prunes what is there already. */
function pruning(path: string, why: string): Watch {
  return (view) => {
    const [was, now] = [smallestCount(view.before[path]), smallestCount(view.after[path])];
    if (now === null || (was !== null && now >= was)) return [];
    return effect('backup_retention_reduction', { tier: 4 }, why, [
      { path: `after.${path}.countNumber`, value: now },
    ]);
  };
}

function smallestCount(policy: unknown): number | null {
  if (typeof policy !== 'string') return null;
  const counts = [...policy.matchAll(/"countNumber"\s*:\s*"?(\d+)/g)].map((match) => Number(match[1]));
  return counts.length === 0 ? (policy.includes('"expire"') ? 0 : null) : Math.min(...counts.slice(0, 1000));
}

function optedOut(view: View): ReturnType<Watch> {
  const key = 'resource_type_opt_in_preference';
  const now = fieldsOf(view.after[key]);
  const lost = Object.entries(fieldsOf(view.before[key])).find(
    ([name, value]) => value === true && now[name] === false,
  );
  if (lost === undefined) return [];
  return effect('backup_retention_reduction', {}, `${lost[0]} is opted out of backup`, [
    { path: `${key}.${lost[0]}`, value: true },
  ]);
}
