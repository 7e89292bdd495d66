/**
 * What a human did beside voting, from the record that the human side wrote and signed. An event only names it:
 * whoever can tell an event could otherwise put words into a human's mouth.
 */
import { breakGlassStatement } from '../core/break-glass.ts';
import type { OverrideId, PlanId } from '../core/ids.ts';
import type { NoticeEvent } from '../core/notice.ts';
import { overrideStatement } from '../core/override.ts';
import { isClosed } from '../core/review.ts';
import type { OverrideScope } from '../core/statement.ts';
import type { NoticeDeps } from './deps.ts';

interface Act {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export type HumanAct =
  | (Act & { readonly kind: 'break_glass_used'; readonly plan_id: PlanId; readonly expires_at: string })
  | (Act & { readonly kind: 'review_open'; readonly plan_id: PlanId })
  | (Act & {
      readonly kind: 'override_made';
      readonly override_id: OverrideId;
      readonly scope: OverrideScope;
      readonly expires_at: string;
    });

export type HumanEvent = Extract<NoticeEvent, { readonly by: unknown }>;

/** Or why there is nothing to tell. */
export async function readAct(
  { store, verifier, environment }: NoticeDeps,
  event: HumanEvent,
): Promise<HumanAct | { readonly skip: string }> {
  const verify = verifier.verifyStatement.bind(verifier);
  switch (event.kind) {
    case 'break_glass_used': {
      const found = (await store.get('break_glass', event.plan_id))?.value;
      if (found?.break_glass_id !== event.break_glass_id || found.environment !== environment) return UNKNOWN;
      const { by, reason, plan_id, made_at: at, expires_at, signature } = found;
      const statement = breakGlassStatement(found);
      if (!verify({ type: 'recourse.break-glass.v1', statement }, signature)) return UNSIGNED;
      return { kind: event.kind, by, reason, at, plan_id, expires_at };
    }
    case 'review_open': {
      const found = (await store.get('review', event.review_id))?.value;
      if (found === undefined || found.environment !== environment) return UNKNOWN;
      if (isClosed(found, verify)) return { skip: 'the review is closed by now' };
      const { by, reason, plan_id, opened_at: at } = found;
      return { kind: event.kind, by, reason, at, plan_id };
    }
    case 'override_made': {
      const found = (await store.get('override', event.override_id))?.value;
      if (found === undefined || found.environment !== environment) return UNKNOWN;
      if (found.revoked !== null) return { skip: 'the override is revoked by now' };
      const { by, reason, made_at: at, override_id, scope, expires_at, signature } = found;
      const statement = overrideStatement(found);
      if (!verify({ type: 'recourse.override.v1', statement }, signature)) return UNSIGNED;
      return { kind: event.kind, by, reason, at, override_id, scope, expires_at };
    }
  }
}

const UNKNOWN = { skip: 'there is no record of it' } as const;
const UNSIGNED = { skip: 'the record of it is not signed by the human side' } as const;
