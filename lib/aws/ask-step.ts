/** The steps of the `approval` machine: asking, and telling how it ended. None of them decides anything. */
import * as z from 'zod';
import { approvalNow } from '../control/approvals.ts';
import type { ApprovalRecord } from '../core/approval.ts';
import { type ApprovalId, parseApprovalId } from '../core/ids.ts';
import type { NoticeEvent, NoticeKind } from '../core/notice.ts';
import { confirmed } from '../notices/confirmed.ts';
import { outbox } from '../notices/outbox.ts';
import { remind } from '../notices/remind.ts';
import { type TellNowDeps, tellNow, workOff } from '../notices/tell-now.ts';

export type AskDeps = TellNowDeps;

export type AskEvent =
  | { readonly step: 'ask'; readonly approvalId: ApprovalId; readonly taskToken: string }
  | { readonly step: 'decided' | 'expired' | 'failed'; readonly approvalId: ApprovalId }
  | { readonly step: 'tell'; readonly event: NoticeEvent }
  /** By the clock: what is still owed, and what time brought about. */
  | { readonly step: 'work' };

/** By its name the machine goes on at once: humans were faster than it. */
export class AlreadyDecided extends Error {
  override readonly name = 'AlreadyDecided';
}

export async function askStep(deps: AskDeps, event: AskEvent): Promise<void> {
  switch (event.step) {
    case 'ask':
      return ask(deps, event.approvalId, event.taskToken);
    case 'decided':
      return;
    case 'expired':
      return tellOf(deps, await readApproval(deps, event.approvalId), 'approval_expired');
    case 'failed':
      deps.report(`the machine of ${event.approvalId} failed; the request stands until it expires`);
      return;
    case 'tell': {
      // Whoever serves agents may start this machine with any event: what is told is what the records say.
      const known = await confirmed(deps, event.event);
      if (known === null) deps.report(`nobody was told of ${event.event.kind}: no record says so`);
      else await tellNow(deps, known, TELL_MS);
      return;
    }
    case 'work':
      await remind(deps, outbox(deps));
      await workOff(deps);
      return;
  }
}

/** The token is stored before anybody can vote by what this sends; who voted before is found afterwards. */
async function ask(deps: AskDeps, approvalId: ApprovalId, token: string): Promise<void> {
  const approval = await readApproval(deps, approvalId);
  const record = { approval_id: approvalId, token, expires_at: approval.expires_at };
  if ((await deps.store.create('task_token', approvalId, record)) === 'exists') {
    const standing = await deps.store.get('task_token', approvalId);
    if (standing !== null && standing.value.token !== token) {
      await deps.store.replace('task_token', approvalId, standing.version, record);
    }
  }
  await tellOf(deps, approval, 'approval_requested');
  const plan = (await deps.store.get('plan', approval.plan_id))?.value ?? null;
  const { state } = await approvalNow(deps, approval, plan);
  if (state.state !== 'pending') throw new AlreadyDecided(`${approvalId} is ${state.state}`);
}

async function tellOf(
  deps: AskDeps,
  { approval_id, plan_id, environment, created_at, expires_at }: ApprovalRecord,
  kind: 'approval_requested' | 'approval_expired',
): Promise<void> {
  const at = kind === 'approval_expired' ? expires_at : created_at;
  await tellNow(deps, { kind, at, environment, approval_id, plan_id }, TELL_MS);
}

/** In milliseconds; what is owed then is worked off later. */
const TELL_MS = 20_000;

async function readApproval({ store, environment }: AskDeps, id: ApprovalId): Promise<ApprovalRecord> {
  const approval = (await store.get('approval', id))?.value;
  if (approval === undefined || approval.environment !== environment)
    throw new Error(`there is no approval ${id}`);
  return approval;
}

const KINDS = [
  'approval_requested',
  'approval_decided',
  'approval_expiring',
  'approval_expired',
  'approval_withdrawn',
  'run_ended',
  'warned_action_ran',
  'break_glass_used',
  'review_open',
  'override_made',
] as const satisfies readonly NoticeKind[];

const approvalId = z.string().transform((text, context) => {
  const id = parseApprovalId(text);
  if (id !== null) return id;
  context.addIssue('not the id of an approval');
  return z.NEVER;
});

const eventSchema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('ask'), approval_id: approvalId, task_token: z.string().min(1).max(2048) }),
  z.object({ step: z.enum(['decided', 'expired', 'failed']), approval_id: approvalId }),
  z.object({
    step: z.literal('tell'),
    event: z.looseObject({ kind: z.enum(KINDS), environment: z.string() }),
  }),
  z.object({ step: z.literal('work') }),
]);

/** Throws for what the machine's definition cannot give. An event only says what to look at. */
export function parseAskEvent(value: unknown): AskEvent {
  const event = eventSchema.parse(value);
  switch (event.step) {
    case 'ask':
      return { step: 'ask', approvalId: event.approval_id, taskToken: event.task_token };
    case 'decided':
    case 'expired':
    case 'failed':
      return { step: event.step, approvalId: event.approval_id };
    case 'tell':
      return { step: 'tell', event: event.event as unknown as NoticeEvent };
    case 'work':
      return { step: 'work' };
  }
}
