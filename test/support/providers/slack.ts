/** Slack's Web API as it documents itself: tokens, `ok: false`, limits of blocks, dialogs that expire in three seconds. */
import { z } from 'zod';
import { slackSignature } from '../../../lib/notices/slack/signature.ts';
import { type Answered, type Asked, json, type WebServer, webServer } from './web.ts';

export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  text: string;
  blocks: readonly z.output<typeof Block>[];
  readonly thread_ts: string | null;
  /** Shown to this user only. */
  readonly user: string | null;
  edits: number;
}

export interface SlackServer extends WebServer {
  readonly messages: SlackMessage[];
  /** Dialogs that were opened. */
  readonly views: { readonly trigger_id: string; readonly view: z.output<typeof View> }[];
  /** The body and headers that Slack sends when somebody presses a button of a message. */
  press(message: SlackMessage, action: string, who: Who, at: Date): SlackRequest;
  /** The same for a dialog that is sent off. */
  submit(view: z.output<typeof View>, reason: string | null, who: Who, at: Date): SlackRequest;
}

export interface Who {
  readonly id: string;
  readonly team: string;
}

export interface SlackRequest {
  readonly body: string;
  readonly headers: Record<string, string>;
}

export interface SlackWorld {
  readonly token: string;
  readonly signingSecret: string;
  readonly channel: string;
}

const Plain = (most: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(most), emoji: z.boolean() });
const Button = z.strictObject({
  type: z.literal('button'),
  text: Plain(75),
  action_id: z.string().min(1).max(255),
  value: z.string().max(2000).optional(),
  url: z.url().max(3000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: z
    .strictObject({ title: Plain(100), text: Plain(300), confirm: Plain(30), deny: Plain(30) })
    .optional(),
});
const Leaf = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    text: z.string().min(1),
    style: z.partialRecord(z.enum(['bold', 'italic', 'code']), z.boolean()).optional(),
  }),
  z.strictObject({ type: z.literal('emoji'), name: z.string() }),
]);
const Section = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(Leaf) });
const Rich = z.discriminatedUnion('type', [
  Section,
  z.strictObject({ type: z.literal('rich_text_preformatted'), elements: z.array(Leaf) }),
  z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(Leaf) }),
  z.strictObject({
    type: z.literal('rich_text_list'),
    style: z.literal('bullet'),
    elements: z.array(Section),
  }),
]);
const Block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: Plain(150) }),
  z.strictObject({ type: z.literal('rich_text'), elements: z.array(Rich).min(1) }),
  z.strictObject({
    type: z.literal('actions'),
    block_id: z.string().optional(),
    elements: z.array(Button).min(1).max(25),
  }),
]);
/** What Slack accepts as the blocks of a message. */
export const Blocks = z.array(Block).max(50);
const View = z.strictObject({
  type: z.literal('modal'),
  callback_id: z.string().max(255),
  private_metadata: z.string().max(3000),
  title: Plain(24),
  submit: Plain(24),
  close: Plain(24),
  blocks: z.array(z.looseObject({ type: z.literal('input'), block_id: z.string(), label: Plain(2000) })),
});
const Post = z.looseObject({
  channel: z.string(),
  text: z.string().max(40_000).default(''),
  blocks: Blocks.default([]),
  thread_ts: z.string().optional(),
  user: z.string().optional(),
  ts: z.string().optional(),
});

export async function slackServer(world: SlackWorld): Promise<SlackServer> {
  const messages: SlackMessage[] = [];
  const views: SlackServer['views'] = [];
  const triggers = new Map<string, number>();
  let count = 0;
  const server = await webServer((asked) => answer(asked));

  function answer({ path, headers, body }: Asked): Answered {
    if (headers.authorization !== `Bearer ${world.token}`) return no('invalid_auth');
    const given: unknown = JSON.parse(body);
    if (path === '/views.open') return openView(given);
    const parsed = Post.safeParse(given);
    if (!parsed.success) return no('invalid_blocks');
    const { channel, text, blocks, thread_ts, user, ts } = parsed.data;
    if (channel !== world.channel) return no('channel_not_found');
    if (text === '' && blocks.length === 0) return no('no_text');
    switch (path) {
      case '/chat.postMessage':
      case '/chat.postEphemeral': {
        count += 1;
        const stamp = `1700000000.${String(count).padStart(6, '0')}`;
        messages.push({
          channel,
          ts: stamp,
          text,
          blocks,
          thread_ts: thread_ts ?? null,
          user: user ?? null,
          edits: 0,
        });
        return json(200, { ok: true, channel, ts: stamp });
      }
      case '/chat.update': {
        const found = messages.find((each) => each.ts === ts);
        if (found === undefined) return no('message_not_found');
        found.text = text;
        found.blocks = blocks;
        found.edits += 1;
        return json(200, { ok: true, channel, ts: found.ts });
      }
      default:
        return no('unknown_method');
    }
  }

  function openView(given: unknown): Answered {
    const parsed = z.object({ trigger_id: z.string(), view: View }).safeParse(given);
    if (!parsed.success) return no('invalid_arguments');
    const made = triggers.get(parsed.data.trigger_id);
    if (made === undefined) return no('invalid_trigger_id');
    triggers.delete(parsed.data.trigger_id);
    if (performance.now() - made > 3_000) return no('trigger_expired');
    views.push(parsed.data);
    return json(200, { ok: true, view: { id: 'V1' } });
  }

  function signed(payload: unknown, at: Date): SlackRequest {
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const timestamp = String(Math.floor(at.getTime() / 1000));
    return {
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': slackSignature(world.signingSecret, timestamp, Buffer.from(body)),
      },
    };
  }

  return {
    ...server,
    messages,
    views,
    press: (message, action, who, at) => {
      const buttons = message.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
      const pressed = buttons.find((each) => each.action_id === action);
      count += 1;
      const trigger_id = `${count}.trigger`;
      triggers.set(trigger_id, performance.now());
      return signed(
        {
          type: 'block_actions',
          user: { id: who.id, username: 'somebody', name: 'somebody', team_id: who.team },
          api_app_id: 'A1',
          token: 'legacy',
          container: { type: 'message', message_ts: message.ts, channel_id: message.channel },
          trigger_id,
          team: { id: who.team, domain: 'acme' },
          channel: { id: message.channel, name: 'ops' },
          message: { type: 'message', ts: message.ts, text: message.text, blocks: message.blocks },
          state: { values: {} },
          response_url: 'https://hooks.slack.com/actions/x',
          actions: [{ ...pressed, block_id: 'recourse', action_ts: '1700000000.1' }],
        },
        at,
      );
    },
    submit: (view, reason, who, at) =>
      signed(
        {
          type: 'view_submission',
          team: { id: who.team, domain: 'acme' },
          user: { id: who.id, username: 'somebody', name: 'somebody', team_id: who.team },
          view: {
            id: 'V1',
            callback_id: view.callback_id,
            private_metadata: view.private_metadata,
            state: { values: { reason: { reason: { type: 'plain_text_input', value: reason } } } },
          },
        },
        at,
      ),
  };
}

function no(error: string): Answered {
  return json(200, { ok: false, error });
}
