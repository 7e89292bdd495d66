/** A mail as the bytes that go over the wire, for senders that take them whole. */
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Mail } from './provider.ts';

/** Rejects where the mail cannot be put together; nothing is read from files or URLs. */
export async function rawMessage(mail: Mail): Promise<Uint8Array> {
  const composed = new MailComposer({
    ...messageFields(mail),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composed.compile().build();
}

/** What every sender says of a mail; programs that answer by themselves are told not to. */
export function messageFields(mail: Mail) {
  const { from, to, subject, text, html, messageId, follows } = mail;
  return {
    from,
    to,
    subject,
    text,
    html,
    messageId,
    ...(follows === null ? {} : { inReplyTo: follows, references: [follows] }),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}
