import {
  added,
  alike,
  changed,
  effect,
  type Fields,
  lowered,
  otherwise,
  type RuleTable,
  textsAt,
  turnedOn,
  type View,
  type Watch,
} from '../vocabulary.ts';
import { google, plainGoogle } from './google-rule.ts';

/** Audit logs, sinks and exclusions. */
export const GOOGLE_AUDIT: RuleTable = {
  ...plainGoogle(
    1,
    'what is recorded stays; the gap cannot be filled later',
    [
      'google_project_iam_audit_config',
      'google_organization_iam_audit_config',
      'google_folder_iam_audit_config',
      'google_logging_project_sink',
      'google_logging_folder_sink',
      'google_logging_organization_sink',
      'google_logging_billing_account_sink',
      'google_logging_metric',
      'google_logging_linked_dataset',
      'google_scc_notification_config',
      'google_scc_source',
    ],
    ['disable_audit_logging'],
    fewerLogTypes,
    added('filter', 'disable_audit_logging'),
    turnedOn('disabled', 'disable_audit_logging'),
    changed('destination', 'disable_audit_logging'),
    moreExclusions,
  ),
  ...plainGoogle(
    1,
    'logs are kept again',
    [
      'google_logging_project_exclusion',
      'google_logging_folder_exclusion',
      'google_logging_organization_exclusion',
      'google_logging_billing_account_exclusion',
    ],
    [],
    exclusion,
  ),
  ...alike(
    [
      'google_logging_project_bucket_config',
      'google_logging_folder_bucket_config',
      'google_logging_organization_bucket_config',
    ],
    google(
      ['disable_audit_logging'],
      [otherwise(3, 'a log bucket can be restored for 7 days')],
      lowered('retention_days', 'disable_audit_logging', {
        tier: 3,
        why: 'older entries are deleted after a grace of 7 days',
        advice: 'raise retention_days again within 7 days if this was a mistake',
      }),
      lowered('retention_days', 'backup_retention_reduction', {
        tier: 3,
        why: 'older entries are deleted after a grace of 7 days',
      }),
      turnedOn('locked', 'disable_audit_logging', { why: 'locking is one-way' }),
    ),
  ),
};

function fewerLogTypes(view: View): ReturnType<Watch> {
  const kinds = (fields: Fields): readonly string[] => textsAt(fields, 'audit_log_config.log_type');
  const lost = kinds(view.before).filter((kind) => !kinds(view.after).includes(kind));
  const exempt = textsAt(view.after, 'audit_log_config.exempted_members').length;
  if (view.action === 'create' || (lost.length === 0 && exempt === 0)) return [];
  return effect(
    'disable_audit_logging',
    {},
    `audit log types off: ${lost.join(', ') || 'members are exempted'}`,
    [{ path: 'audit_log_config', value: lost }],
  );
}

function moreExclusions(view: View): ReturnType<Watch> {
  const count = (fields: Fields): number => (Array.isArray(fields.exclusions) ? fields.exclusions.length : 0);
  if (view.action === 'create' || count(view.after) <= count(view.before)) return [];
  return effect('disable_audit_logging', {}, 'more log entries are excluded', [
    { path: 'exclusions', value: count(view.after) },
  ]);
}

function exclusion(view: View): ReturnType<Watch> {
  if (view.after.disabled === true) return [];
  if (view.action === 'update' && view.before.filter === view.after.filter && view.before.disabled !== true)
    return [];
  return effect('disable_audit_logging', {}, 'log entries that match are no longer kept', [
    { path: 'after.filter', value: view.after.filter ?? null },
  ]);
}
