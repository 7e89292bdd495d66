/** Rights that change where nobody looks any more, or together with who may take them on. */
import type { CrossActionRisk } from '../../finding.ts';
import type { Judgement } from '../judgement.ts';
import { evidencePath, has, isDelete, risk } from './links.ts';

const AUDIT_STORE = /(log|trail|audit|siem)/i;

/** Auditing stops, or its store is emptied, while rights, keys or secrets change. */
export function auditDisabledWithPrivilegeChange(
  judgements: readonly Judgement[],
  isTeardown: boolean,
): readonly CrossActionRisk[] {
  const silenced = judgements.filter(
    (judged) =>
      (has(judged, 'disable_audit_logging') && judged.change.action !== 'create' && !isRecreated(judged)) ||
      (judged.destroys &&
        has(judged, 'storage_delete') &&
        judged.tier === 4 &&
        AUDIT_STORE.test(judged.change.address)),
  );
  const powers = judgements.filter((judged) =>
    isDelete(judged)
      ? !isTeardown && has(judged, 'encryption_key_change', 'secret_delete')
      : has(judged, 'iam_policy_change', 'encryption_key_change', 'secret_delete', 'credential_exposure'),
  );
  if (silenced.length === 0 || powers.length === 0) return [];
  if (silenced.length === 1 && powers.length === 1 && silenced[0] === powers[0]) return [];
  return [
    risk(
      'audit_disabled_with_privilege_change',
      [...silenced, ...powers],
      5,
      'auditing goes off in the same plan that changes rights, keys or secrets',
    ),
  ];
}

/** A setting that is replaced is back after the apply: a gap, not an end. */
function isRecreated(judged: Judgement): boolean {
  return judged.destroys && judged.change.action !== 'delete' && judged.effects.length === 0;
}

/** Rights are widened in the same plan that changes who may take them on. */
export function wideningWithTrustChange(judgements: readonly Judgement[]): readonly CrossActionRisk[] {
  const trusting = judgements.filter((judged) =>
    judged.effects.some((effect) => effect.class === 'iam_policy_change' && changesTrust(effect)),
  );
  if (trusting.length === 0) return [];
  const widened = judgements.filter(
    (judged) =>
      judged.effects.some(
        (effect) =>
          effect.class === 'iam_policy_change' &&
          effect.evidence.some((item) => item.value === 'broad Allow'),
      ) || attachesAdmin(judged),
  );
  const pairs = trusting.flatMap((trust) =>
    widened
      .slice(0, 200)
      .filter((grant) => {
        const role = grant.view.after.role;
        return typeof role !== 'string' || [trust.view.after.name, trust.view.after.id].includes(role);
      })
      .map((grant) => [trust, grant]),
  );
  return pairs.length === 0
    ? []
    : [
        risk(
          'iam_widening_with_trust_change',
          pairs.slice(0, 200).flat(),
          5,
          'broad rights are granted while it changes who may assume the role',
        ),
      ];
}

function changesTrust(effect: Judgement['effects'][number]): boolean {
  return evidencePath(effect) === 'assume_role_policy';
}

function attachesAdmin(judged: Judgement): boolean {
  const policy = judged.view.after.policy_arn;
  return (
    typeof policy === 'string' &&
    !judged.destroys &&
    /AdministratorAccess|IAMFullAccess|PowerUserAccess/.test(policy)
  );
}
