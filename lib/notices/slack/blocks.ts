/**
 * A notice as Slack blocks. Everything from outside stands in `rich_text` elements and plain text, where Slack
 * reads no markup: no mention, link or formatting can come of it, so there is nothing to escape.
 */
import { cut } from '../clean.ts';
import type { AgentWords, Changes, NoticeContent, Tone } from '../content.ts';

export type Block = Readonly<Record<string, unknown>>;

/** `buttons`: whether the request can be decided by this message. */
export function blocksOf(content: NoticeContent, buttons: boolean, pageUrl: string | null): Block[] {
  const { title, alarm, command, facts, changes, reasons, said, agentWords } = content;
  const body: Block[] = [
    ...(alarm === null ? [] : [section(emoji(TONES[alarm.tone]), text(` ${alarm.text}`, { bold: true }))]),
    ...(command === null ? [] : [preformatted(command)]),
    section(...facts.flatMap(({ label, value }) => [text(`${label}: `, { bold: true }), text(`${value}\n`)])),
    ...(changes === null ? [] : changesOf(changes)),
    ...(reasons.length === 0
      ? []
      : [section(text('Why you are asked', { bold: true })), list(reasons.map((each) => [text(each)]))]),
    ...(said.length === 0
      ? []
      : [
          list(
            said.map(({ who, did, reason }) => [
              text(who, { bold: true }),
              text(reason === '' ? ` ${did}` : ` ${did}: “${reason}”`),
            ]),
          ),
        ]),
    ...(agentWords === null ? [] : agentOf(agentWords)),
  ];
  return [
    { type: 'header', text: { type: 'plain_text', text: cut(title, 150), emoji: false } },
    { type: 'rich_text', elements: body },
    ...actionsOf(content, buttons, pageUrl),
  ];
}

/** What a notification shows. Slack reads markup here, so it is escaped; its own words hold no names. */
export function fallbackOf({ subject }: NoticeContent): string {
  return subject.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What the buttons and the dialog carry, and Slack gives back. */
export function carried(approval: NonNullable<NoticeContent['approval']>): string {
  return JSON.stringify({ approval_id: approval.approval_id, digest: approval.digest });
}

export const ACTIONS = {
  approve: 'recourse_approve',
  reject: 'recourse_reject',
  open: 'recourse_open',
} as const;

/** The dialog that asks why. */
export function reasonView(value: string): Block {
  return {
    type: 'modal',
    callback_id: ACTIONS.reject,
    private_metadata: value,
    title: plain('Reject'),
    submit: plain('Reject'),
    close: plain('Back'),
    blocks: [
      {
        type: 'input',
        block_id: REASON,
        label: plain('Why? The agent is told.'),
        element: { type: 'plain_text_input', action_id: REASON, multiline: true, max_length: 2000 },
      },
    ],
  };
}

export const REASON = 'reason';

const TONES: Readonly<Record<Tone, string>> = {
  grave: 'red_circle',
  wary: 'large_orange_circle',
  calm: 'large_green_circle',
};

type Element = Readonly<Record<string, unknown>>;

/** Slack refuses an element without text. */
function text(given: string, style: Readonly<Record<string, boolean>> | null = null): Element {
  return { type: 'text', text: given === '' ? ' ' : given, ...(style === null ? {} : { style }) };
}

function emoji(name: string): Element {
  return { type: 'emoji', name };
}

function section(...elements: readonly Element[]): Element {
  return { type: 'rich_text_section', elements };
}

function preformatted(command: string): Element {
  return { type: 'rich_text_preformatted', elements: [text(command)] };
}

function list(items: readonly (readonly Element[])[]): Element {
  return { type: 'rich_text_list', style: 'bullet', elements: items.map((each) => section(...each)) };
}

function changesOf({ shown, more }: Changes): Element[] {
  if (shown.length === 0) return [];
  return [
    section(text('What changes, the worst first', { bold: true })),
    list(
      shown.map(({ action, address, consequence, why }) => [
        text(`${action.toUpperCase()} `, { bold: true }),
        text(address, { code: true }),
        text(`: ${consequence}. ${why}`),
      ]),
    ),
    ...(more === 0 ? [] : [section(text(`and ${more} more, none worse`))]),
  ];
}

function agentOf({ reason, operation, target }: AgentWords): Element[] {
  const words = [
    reason === '' ? '(none)' : reason,
    ...(operation === null ? [] : [`Operation, it says: ${operation}`]),
    ...(target === null ? [] : [`Target, it says: ${target}`]),
  ];
  return [
    section(
      text('The agent’s own words.', { bold: true }),
      text(' Nobody checked them; they may be wrong or meant to mislead.', { italic: true }),
    ),
    { type: 'rich_text_quote', elements: [text(words.join('\n'))] },
  ];
}

function actionsOf(content: NoticeContent, buttons: boolean, pageUrl: string | null): Block[] {
  const { approval, environment } = content;
  const open = pageUrl === null ? [] : [button('Open in the console', ACTIONS.open, { url: pageUrl })];
  if (!buttons || approval === null) return open.length === 0 ? [] : [{ type: 'actions', elements: open }];
  const value = carried(approval);
  const confirm = {
    title: plain('Approve?'),
    text: plain(cut(`This lets exactly this plan run in ${environment}, once.`, 300)),
    confirm: plain('Approve'),
    deny: plain('Back'),
  };
  const elements = [
    button('Approve', ACTIONS.approve, { value, style: 'primary', confirm }),
    button('Reject…', ACTIONS.reject, { value, style: 'danger' }),
    ...open,
  ];
  return [{ type: 'actions', block_id: 'recourse', elements }];
}

function button(label: string, actionId: string, more: Readonly<Record<string, unknown>>): Element {
  return { type: 'button', text: plain(label), action_id: actionId, ...more };
}

function plain(given: string) {
  return { type: 'plain_text', text: given, emoji: false };
}
