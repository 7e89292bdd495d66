/**
 * What people press in Slack. Who somebody is there is mapped by the operator to an approver; being in the
 * channel, or in another workspace that shares it, is no authority.
 */
import { z } from 'zod';
import type {
  Inbound,
  InboundDecision,
  InboundOutcome,
  Meaning,
  RawRequest,
  Reply,
} from '../../control/inbound.ts';
import type { SlackSettings } from '../../core/policy/providers.ts';
import type { Secrets } from '../../ports/people.ts';
import { approverOf } from '../approver-of.ts';
import { type SlackApi, slackApi } from './api.ts';
import { ACTIONS, REASON, reasonView } from './blocks.ts';
import { slackAuthenticity } from './signature.ts';

export function slackInbound(settings: SlackSettings, secrets: Secrets): Inbound {
  const api = slackApi(settings, secrets);
  return {
    name: 'slack',
    // Slack shows an error to whoever pressed when it has no answer after three seconds.
    patienceMs: 2_500,
    authenticate: async (request, now) =>
      slackAuthenticity(request, now, await secrets.read(settings.signingSecret)),
    read: (request) => meaningOf(settings, api, request),
  };
}

const User = z.object({ id: z.string().max(64), team_id: z.string().max(64).optional() });
const Team = z.object({ id: z.string().max(64) }).nullish();
const Payload = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('block_actions'),
    user: User,
    team: Team,
    trigger_id: z.string().max(256).optional(),
    actions: z.array(z.object({ action_id: z.string(), value: z.string().max(2000).optional() })).min(1),
  }),
  z.object({
    type: z.literal('view_submission'),
    user: User,
    team: Team,
    view: z.object({
      callback_id: z.string(),
      private_metadata: z.string().max(3000),
      state: z.object({
        values: z.record(z.string(), z.record(z.string(), z.object({ value: z.string().nullish() }))),
      }),
    }),
  }),
]);
type Payload = z.output<typeof Payload>;

const Carried = z.strictObject({ approval_id: z.string().max(64), digest: z.string().max(80) });

async function meaningOf(settings: SlackSettings, api: SlackApi, request: RawRequest): Promise<Meaning> {
  const parsed = Payload.safeParse(payloadOf(request.body));
  // Slack sends other kinds of payload too; it wants to know that they arrived and nothing more.
  if (!parsed.success) return { kind: 'other', reply: RECEIVED };
  const payload = parsed.data;
  const who = whoOf(settings, payload);
  switch (payload.type) {
    case 'block_actions': {
      const [action] = payload.actions;
      if (action?.action_id === ACTIONS.approve) {
        return decisionOf(action.value, { ...who, verdict: 'approve', reason: '' }, (outcome) =>
          tellPresser(settings, api, payload.user.id, outcome),
        );
      }
      if (action?.action_id !== ACTIONS.reject) return { kind: 'other', reply: RECEIVED };
      if (who.approver !== null && payload.trigger_id !== undefined && action.value !== undefined) {
        return askWhy(api, settings, payload.user.id, payload.trigger_id, action.value);
      }
      return decisionOf(action.value, { ...who, verdict: 'reject', reason: '' }, (outcome) =>
        tellPresser(settings, api, payload.user.id, outcome),
      );
    }
    case 'view_submission': {
      if (payload.view.callback_id !== ACTIONS.reject) return { kind: 'other', reply: RECEIVED };
      const reason = payload.view.state.values[REASON]?.[REASON]?.value ?? '';
      return decisionOf(
        payload.view.private_metadata,
        { ...who, verdict: 'reject', reason },
        async (outcome) => (outcome.refused ? inDialog(outcome.why) : RECEIVED),
      );
    }
  }
}

/** A user of another workspace has an id that means somebody else. */
function whoOf(
  settings: SlackSettings,
  { user, team }: Payload,
): Pick<InboundDecision, 'external' | 'approver'> {
  const home = user.team_id ?? team?.id ?? null;
  const ours = home === settings.workspace;
  const external = `Slack user ${user.id}${ours ? '' : ` of workspace ${home ?? 'unknown'}`}`;
  return { external, approver: ours ? approverOf(settings.approvers, user.id) : null };
}

function decisionOf(
  value: string | undefined,
  by: Omit<InboundDecision, 'approval_id' | 'digest'>,
  answer: (outcome: InboundOutcome) => Promise<Reply>,
): Meaning {
  const carried = Carried.safeParse(jsonOf(value ?? ''));
  if (!carried.success) return { kind: 'unreadable', why: 'this button is not one of ours' };
  return { kind: 'decision', decision: { ...by, ...carried.data }, answer };
}

async function askWhy(
  api: SlackApi,
  settings: SlackSettings,
  user: string,
  trigger_id: string,
  value: string,
): Promise<Meaning> {
  const opened = await api.post('views.open', { trigger_id, view: reasonView(value) }, SOON_MS);
  if (!opened.ok) {
    await whisper(
      api,
      settings,
      user,
      'The dialog did not open, so nothing was decided. Press Reject again.',
    );
  }
  return { kind: 'other', reply: RECEIVED };
}

/** Only whoever pressed sees it; what was decided shows in the message itself. */
async function tellPresser(
  settings: SlackSettings,
  api: SlackApi,
  user: string,
  outcome: InboundOutcome,
): Promise<Reply> {
  const text = outcome.refused
    ? outcome.why
    : outcome.state.state === 'pending'
      ? 'Your approval is recorded. More are needed.'
      : 'Your approval is recorded.';
  await whisper(api, settings, user, text);
  return RECEIVED;
}

async function whisper(api: SlackApi, settings: SlackSettings, user: string, words: string): Promise<void> {
  const text = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  await api.post('chat.postEphemeral', { channel: settings.channel, user, text }, SOON_MS).catch(() => null);
}

const SOON_MS = 2_000;
const RECEIVED: Reply = { status: 200, body: null };

function inDialog(why: string): Reply {
  return { status: 200, body: { response_action: 'errors', errors: { [REASON]: why } } };
}

/** The form's one field, JSON. */
function payloadOf(body: Uint8Array): unknown {
  const [payload, ...others] = new URLSearchParams(Buffer.from(body).toString('utf8')).getAll('payload');
  return payload === undefined || others.length > 0 ? null : jsonOf(payload);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
