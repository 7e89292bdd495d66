/** E-mail: one letter to each person, each approver's with a link of their own. */
import type { NoticeEvent } from '../../core/notice.ts';
import type { EmailSettings } from '../../core/policy/providers.ts';
import { type Audience, type Delivered, type Delivery, failed, type Provider } from '../provider.ts';
import { htmlPart } from './html-part.ts';
import { type Letter, textPart } from './text-part.ts';

/** One mail; addresses and headers are single lines of printable ASCII but for the subject. */
export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** `<id@domain>`. */
  readonly messageId: string;
  /** The message that this one follows; null for the first. */
  readonly follows: string | null;
}

/** Something that takes a mail off our hands. */
export interface MailSender {
  /** Resolves once the mail was accepted. Bounded in time. */
  send(mail: Mail): Promise<Delivered>;
  /** One sentence where what it needs cannot be read; sends nothing. */
  problem(): Promise<string | null>;
}

export function emailProvider(settings: EmailSettings, sender: MailSender): Provider {
  return {
    name: 'email',
    recipients: (event, audience) => recipients(settings, event, audience),
    deliver: (delivery) => deliver(settings, sender, delivery),
    problem: () => sender.problem(),
  };
}

function recipients({ notify }: EmailSettings, event: NoticeEvent, audience: Audience): readonly string[] {
  const { deciders, approvers, voters } = audience;
  switch (event.kind) {
    case 'approval_requested':
      return addresses(deciders, notify);
    case 'approval_expiring':
      return addresses(deciders);
    case 'approval_decided':
      // A vote that decides nothing yet is no news worth a letter.
      return event.state === 'pending' ? [] : addresses(approvers, notify);
    case 'approval_expired':
    case 'approval_withdrawn':
      return addresses(approvers, notify);
    case 'run_ended':
      return addresses(voters, notify);
    case 'warned_action_ran':
      return addresses(notify);
    case 'test':
      return event.to === null ? addresses(notify) : addresses([event.to]);
    case 'break_glass_used':
    case 'review_open':
    case 'override_made':
      return addresses(approvers, notify);
  }
}

/** Those of them that are addresses, each once, whatever its case. */
function addresses(...lists: readonly (readonly string[])[]): string[] {
  const found = new Map<string, string>();
  for (const name of lists.flat()) if (ADDRESS.test(name)) found.set(name.toLowerCase(), name);
  return [...found.values()];
}

/** Policy has checked them; this holds even for what did not come from there. */
const ADDRESS = /^[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}$/;

async function deliver(
  { from }: EmailSettings,
  sender: MailSender,
  { notice_id, recipient, content, link, pageUrl, opening }: Delivery,
): Promise<Delivered> {
  if (!ADDRESS.test(recipient)) return failed('the recipient is no e-mail address', 'never');
  const letter: Letter = { content, link: await link(recipient), pageUrl };
  const follows = opening !== null && opening.notice_id !== notice_id ? opening.notice_id : null;
  return sender.send({
    from,
    to: recipient,
    subject: oneLine(content.subject),
    text: textPart(letter),
    html: await htmlPart(letter),
    messageId: idOf(notice_id, from),
    follows: follows && idOf(follows, from),
  });
}

/** Nothing in a header can begin another one, whatever a composer let through. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** The same for every attempt, so that programs show a mail that came twice once. */
function idOf(noticeId: string, from: string): string {
  return `<${noticeId}@${/@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'recourse.invalid'}>`;
}
