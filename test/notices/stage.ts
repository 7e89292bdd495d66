/** Notices on the control side's stage: records in memory, real signatures, a clock that is moved by hand. */
import type { ControlDeps } from '../../lib/control/deps.ts';
import { controlApp } from '../../lib/control/http.ts';
import type { Inbound } from '../../lib/control/inbound.ts';
import { castVote } from '../../lib/control/vote.ts';
import type { ApprovalRecord, Verdict } from '../../lib/core/approval.ts';
import type { NoticeRecord } from '../../lib/core/delivery.ts';
import type { NoticeEvent } from '../../lib/core/notice.ts';
import { sweepSecrets } from '../../lib/executor/sweep.ts';
import type { NoticeDeps } from '../../lib/notices/deps.ts';
import { outbox } from '../../lib/notices/outbox.ts';
import type { Provider } from '../../lib/notices/provider.ts';
import type { Secrets } from '../../lib/ports/people.ts';
import { type Setting, stage } from '../control/stage.ts';

export type NoticeStage = Awaited<ReturnType<typeof noticeStage>>;

export async function noticeStage(
  providers: readonly Provider[],
  setting: Setting = {},
  inbound: readonly Inbound[] = [],
) {
  const on = await stage(setting);
  const reports: string[] = [];
  const deps: NoticeDeps = {
    store: on.deps.store,
    audit: on.audit,
    verifier: on.deps.verifier,
    hasher: on.deps.hasher,
    clock: on.clock,
    random: on.deps.random,
    policy: on.deps.policy,
    environment: on.deps.environment,
    providers,
    origin: on.deps.origin,
    sweep: sweepSecrets,
    report: (message) => reports.push(message),
  };
  const box = outbox(deps);
  // The control side that tells people of its votes, and takes what they decide elsewhere.
  const errors: unknown[] = [];
  const control: ControlDeps = { ...on.deps, notices: box, onError: (error) => errors.push(error) };
  const app = controlApp(control, inbound);
  const post = async (path: string, body: string, headers: Readonly<Record<string, string>>) =>
    app.request(`https://public.example.com${path}`, { method: 'POST', body, headers });
  /** As somebody who decides in the console. */
  const decide = async (approval: ApprovalRecord, who: string, verdict: Verdict, reason = 'because') =>
    castVote(control, { approval_id: approval.approval_id, verdict, reason, approver: who, via: 'console' });
  return {
    ...on,
    control,
    errors,
    post,
    decide,
    deps,
    box,
    reports,
    advance: (ms: number) => {
      on.clock.at = new Date(on.clock.at.getTime() + ms);
    },
    notices: () => allNotices(deps),
  };
}

export async function allNotices({ store }: Pick<NoticeDeps, 'store'>): Promise<NoticeRecord[]> {
  const found: NoticeRecord[] = [];
  for (const under of ['waiting', 'delivered', 'skipped', 'dead']) {
    found.push(...(await store.list('notice', { under, order: 'oldest_first', limit: 1000 })).items);
  }
  return found;
}

export function requested({ approval_id, plan_id, created_at, environment }: ApprovalRecord): NoticeEvent {
  return { kind: 'approval_requested', at: created_at, environment, approval_id, plan_id };
}

export function decided(
  approval: ApprovalRecord,
  approver: string,
  verdict: 'approve' | 'reject',
  state: 'approved' | 'rejected' | 'pending',
): NoticeEvent {
  const { approval_id, plan_id, environment, created_at: at } = approval;
  return {
    kind: 'approval_decided',
    at,
    environment,
    approval_id,
    plan_id,
    approver,
    verdict,
    via: 'api',
    state,
  };
}

/** Secrets by name, as an operator keeps them. */
export function secretsOf(values: Readonly<Record<string, string>>): Secrets {
  return {
    read: async (name) => {
      const value = values[name];
      if (value === undefined) throw new Error(`${name} cannot be read`);
      return value;
    },
  };
}
