/** Slack: one message for a request, which changes as the request does; what follows goes into its thread. */
import type { SlackSettings } from '../../core/policy/providers.ts';
import type { Secrets } from '../../ports/people.ts';
import { type Delivered, type Delivery, failed, type Provider } from '../provider.ts';
import { type SlackAnswer, type SlackApi, slackApi } from './api.ts';
import { blocksOf, fallbackOf } from './blocks.ts';

export function slackProvider(settings: SlackSettings, secrets: Secrets): Provider {
  const api = slackApi(settings, secrets);
  return {
    name: 'slack',
    recipients: () => [settings.channel],
    deliver: (delivery) => deliver(api, delivery),
    problem: async () => {
      try {
        await secrets.read(settings.botToken);
        await secrets.read(settings.signingSecret);
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}

async function deliver(api: SlackApi, delivery: Delivery): Promise<Delivered> {
  const message = messageOf(delivery);
  switch (delivery.event.kind) {
    case 'approval_requested':
      return posted(await api.post('chat.postMessage', message));
    case 'approval_decided':
    case 'approval_expired':
    case 'approval_withdrawn':
      return changed(api, delivery, message);
    case 'approval_expiring':
      return posted(await api.post('chat.postMessage', { ...message, ...thread(delivery, true) }));
    case 'run_ended':
    case 'warned_action_ran':
      return posted(await api.post('chat.postMessage', { ...message, ...thread(delivery, false) }));
    case 'break_glass_used':
    case 'review_open':
    case 'override_made':
    case 'test':
      return posted(await api.post('chat.postMessage', message));
  }
}

/** Buttons only where the message is the one that changes when it is decided. */
function messageOf({ event, content, recipient, pageUrl, notice_id }: Delivery) {
  const asks = event.kind === 'approval_requested' || event.kind === 'approval_decided';
  return {
    channel: recipient,
    text: fallbackOf(content),
    blocks: blocksOf(content, asks && content.approval?.open === true, pageUrl),
    mrkdwn: false,
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: 'recourse_notice', event_payload: { notice_id, kind: event.kind } },
  };
}

/** Where the request was told; null where it never was. */
function original({ opening }: Delivery): { readonly channel: string; readonly ts: string } | null {
  if (opening?.state !== 'delivered' || opening.receipt === null) return null;
  const { channel, ts } = opening.receipt;
  return channel === undefined || ts === undefined ? null : { channel, ts };
}

function thread(delivery: Delivery, broadcast: boolean) {
  const first = original(delivery);
  return first === null ? {} : { channel: first.channel, thread_ts: first.ts, reply_broadcast: broadcast };
}

/** The message says how it ended, and its buttons go, whoever decided and wherever. */
async function changed(
  api: SlackApi,
  delivery: Delivery,
  message: ReturnType<typeof messageOf>,
): Promise<Delivered> {
  const first = original(delivery);
  if (first !== null) {
    const { text, blocks } = message;
    const answer = await api.post('chat.update', { ...first, text, blocks });
    if (answer.ok) return { outcome: 'delivered', receipt: first };
    if (!GONE.includes(answer.error ?? '')) return refusalOf(answer);
  }
  if (delivery.content.approval?.open === true) {
    return {
      outcome: 'skipped',
      why: 'the request is not told in Slack, and a vote alone decides nothing yet',
    };
  }
  return posted(await api.post('chat.postMessage', message));
}

/** Somebody deleted the message, or Slack lets nobody change it any more. */
const GONE = ['message_not_found', 'cant_update_message', 'edit_window_closed'];
/** What no repetition mends: the message itself is refused. */
const HOPELESS = [
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_too_long',
  'msg_blocks_too_long',
  'no_text',
];

function posted(answer: SlackAnswer): Delivered {
  if (!answer.ok) return refusalOf(answer);
  const { channel, ts } = answer.data;
  const receipt = typeof channel === 'string' && typeof ts === 'string' ? { channel, ts } : null;
  return { outcome: 'delivered', receipt };
}

function refusalOf({ error, why, retryAfter }: Extract<SlackAnswer, { ok: false }>): Delivered {
  return failed(why, HOPELESS.includes(error ?? '') ? 'never' : 'later', retryAfter);
}
