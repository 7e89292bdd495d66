import type { CrossActionRisk } from '../../finding.ts';
import type { AppliedHistory } from '../applied-history.ts';
import type { Judgement } from '../judgement.ts';
import { keyTest } from '../shapes.ts';
import { DATA_CLASSES, MACHINE, namesIn, risk } from './links.ts';

const GUARD_ATTRIBUTE =
  /(deletion_?protection|delete_protection|termination|api_stop|skip_final|force_destroy|force_delete|delete_automated|delete_contents|final_snapshot|final_backup|deletion_policy|prevent|drop_protection|retain_backups|purge_protection|create_snapshot_before|archive_on_destroy|when_deleted|reclaim_policy|close_on_deletion|delete_data_disks|delete_on_termination)/i;
export const GUARDED = new Set([
  ...DATA_CLASSES,
  'secret_delete',
  'encryption_key_change',
  'delete_backup_vault',
  'account_delete',
]);

/** A guard against deletion goes off on something that lives on: a later plan can then destroy it unseen. */
export function protectionDisabledForLater(judgements: readonly Judgement[]): readonly CrossActionRisk[] {
  return judgements
    .filter((judged) => judged.change.action === 'update' && holdsSomething(judged))
    .filter((judged) =>
      judged.effects.some(
        (effect) =>
          effect.class === 'protection_disabled' &&
          effect.evidence.some((item) => GUARD_ATTRIBUTE.test(item.path)),
      ),
    )
    .map((judged) =>
      risk(
        'protection_disabled_for_later_delete',
        [judged],
        5,
        'its guard against deletion goes off now; a later plan could destroy it without a trace',
      ),
    );
}

function holdsSomething(judged: Judgement): boolean {
  return judged.nature.some((kind) => GUARDED.has(kind)) || MACHINE.test(judged.change.type);
}

export const LOCK = /(_lock|_lien|_lock_configuration|immutability_policy|vault_policy|legal_hold)$/;

/** A lock goes together with what it locked; or an earlier plan took the protection off what goes now. */
export function protectionDisabledThenDeleted(
  judgements: readonly Judgement[],
  history: AppliedHistory | undefined,
): readonly CrossActionRisk[] {
  const gone = judgements.filter((judged) => judged.destroys && judged.tier >= 2);
  return [...locksAndLocked(judgements, gone), ...unprotectedEarlier(gone, history)];
}

const namesLocked = keyTest(
  (key) =>
    /(scope|parent|target|vault|bucket|resource|container|restrictions)/.test(key) && key !== 'target_type',
);

function locksAndLocked(
  judgements: readonly Judgement[],
  gone: readonly Judgement[],
): readonly CrossActionRisk[] {
  const locks = judgements.filter((judged) => judged.destroys && isLock(judged));
  if (locks.length === 0) return [];
  const scopes = new Map<string, Judgement[]>();
  for (const lock of locks) {
    for (const scope of namesIn(lock.change.type, lock.view.before, namesLocked)) {
      const group = scopes.get(scope);
      if (group === undefined) scopes.set(scope, [lock]);
      else group.push(lock);
    }
  }
  const byLock = new Map<Judgement, Judgement[]>();
  for (const judged of gone) {
    if (isLock(judged)) continue;
    for (const lock of scopesOver(judged, scopes)) {
      if (lock === judged) continue;
      byLock.set(lock, [...(byLock.get(lock) ?? []), judged]);
    }
  }
  return [...byLock].map(([lock, locked]) =>
    risk(
      'protection_disabled_then_deleted',
      [lock, ...new Set(locked)],
      4,
      'the lock is taken off and what it locked is deleted in the same plan',
    ),
  );
}

function isLock(judged: Judgement): boolean {
  if (judged.change.type === 'aws_organizations_policy_attachment') return true;
  if (judged.change.type === 'azapi_resource') return /\/locks@/i.test(String(judged.view.before.type));
  return LOCK.test(judged.change.type);
}

/** Locks whose scope is the object's identifier or a path above it. */
function scopesOver(
  judged: Judgement,
  scopes: ReadonlyMap<string, readonly Judgement[]>,
): readonly Judgement[] {
  const found: Judgement[] = [];
  const keys = ['id', 'arn', 'name', 'self_link', 'bucket', 'project_id', 'number'];
  for (const key of keys) {
    const identity = judged.view.before[key];
    if (typeof identity !== 'string') continue;
    let part = identity.toLowerCase();
    while (part !== '') {
      found.push(...(scopes.get(part) ?? []));
      if (!part.startsWith('/')) break;
      part = part.slice(0, part.lastIndexOf('/'));
    }
  }
  return found;
}

function unprotectedEarlier(
  gone: readonly Judgement[],
  history: AppliedHistory | undefined,
): readonly CrossActionRisk[] {
  const earlier = new Map(
    (history?.findings ?? [])
      .filter((finding) => finding.class === 'protection_disabled')
      .map((finding) => [finding.address, finding.at]),
  );
  return gone.flatMap((judged) => {
    const at = earlier.get(judged.change.address) ?? earlier.get(judged.change.previousAddress ?? '');
    return at === undefined
      ? []
      : [
          risk(
            'protection_disabled_then_deleted',
            [judged],
            4,
            `an earlier plan (${at}) took its protection off; this one deletes it`,
          ),
        ];
  });
}
