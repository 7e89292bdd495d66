/** ServiceNow: a change request for each request, which says how it went. */

import type { NoticeEvent } from '../../core/notice.ts';
import type { ServiceNowSettings } from '../../core/policy/providers.ts';
import type { Secrets } from '../../ports/people.ts';
import { type Delivered, type Delivery, failed, type Provider } from '../provider.ts';
import { SYS_ID, type TableAnswer, type Tables, tables } from './api.ts';
import { descriptionOf, noteOf, shortOf } from './text.ts';

export const CHANGES = 'change_request';

export function serviceNowProvider(settings: ServiceNowSettings, secrets: Secrets): Provider {
  const api = tables(settings, secrets);
  return {
    name: 'servicenow',
    recipients,
    deliver: (delivery) => deliver(settings, api, delivery),
    problem: async () => {
      try {
        await secrets.read(settings.password);
        if (settings.callbackSecret !== null) await secrets.read(settings.callbackSecret);
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}

/** Changes are about requests; what happens beside them is told elsewhere. */
function recipients(event: NoticeEvent): readonly string[] {
  switch (event.kind) {
    case 'approval_requested':
    case 'approval_decided':
    case 'approval_expired':
    case 'approval_withdrawn':
    case 'run_ended':
    case 'test':
      return [CHANGES];
    case 'approval_expiring':
    case 'warned_action_ran':
    case 'break_glass_used':
    case 'review_open':
    case 'override_made':
      return [];
  }
}

async function deliver(settings: ServiceNowSettings, api: Tables, delivery: Delivery): Promise<Delivered> {
  const { event, content, opening } = delivery;
  if (event.kind === 'approval_requested') return opened(settings, api, delivery);
  if (event.kind === 'test') {
    // Whether it can be read; a change request would be somebody's work.
    const found = await api.find(CHANGES, 'correlation_id=recourse-test', ['sys_id'], 1);
    return found.ok ? { outcome: 'delivered', receipt: null } : refusalOf(found);
  }
  const sysId = opening?.state === 'delivered' ? opening.receipt?.sys_id : undefined;
  if (sysId === undefined || !SYS_ID.test(sysId)) {
    return { outcome: 'skipped', why: 'there is no change request for it' };
  }
  const state = event.kind === 'run_ended' ? null : (content.approval?.state ?? null);
  const decided = state === 'approved' || state === 'rejected' ? { approval: state } : {};
  const answer = await api.change(CHANGES, sysId, { work_notes: noteOf(content), ...decided });
  return answer.ok ? { outcome: 'delivered', receipt: null } : refusalOf(answer);
}

/** An attempt before this one may have made it although nobody heard: it is looked for first. */
async function opened(settings: ServiceNowSettings, api: Tables, delivery: Delivery): Promise<Delivered> {
  const { content, pageUrl } = delivery;
  if (content.approval === null) return failed('the notice is about no request', 'never');
  const { approval_id, digest } = content.approval;
  const found = await api.find(CHANGES, `correlation_id=${approval_id}`, ['sys_id', 'number'], 1);
  if (!found.ok) return refusalOf(found);
  const made =
    found.rows.length > 0
      ? found
      : await api.create(CHANGES, {
          type: 'normal',
          short_description: shortOf(content),
          description: descriptionOf(content, pageUrl),
          correlation_id: approval_id,
          correlation_display: digest,
          ...(settings.assignmentGroup === null ? {} : { assignment_group: settings.assignmentGroup }),
        });
  if (!made.ok) return refusalOf(made);
  const { sys_id = '', number = '' } = made.rows[0] ?? {};
  if (!SYS_ID.test(sys_id)) return failed('ServiceNow named no change request');
  return { outcome: 'delivered', receipt: { sys_id, number } };
}

function refusalOf({ why, retryAfter }: Extract<TableAnswer, { ok: false }>): Delivered {
  return failed(why, 'later', retryAfter);
}
