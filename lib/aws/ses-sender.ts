/** Mail by Amazon SES, as the very bytes that SMTP would carry. */
import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { rawMessage } from '../notices/email/mime.ts';
import type { MailSender } from '../notices/email/provider.ts';
import { failed } from '../notices/provider.ts';
import { errorName } from './error-name.ts';

export function sesSender(client: Pick<SESv2Client, 'send'>): MailSender {
  return {
    send: async (mail) => {
      const raw = await rawMessage(mail);
      try {
        await client.send(
          new SendEmailCommand({
            FromEmailAddress: mail.from,
            Destination: { ToAddresses: [mail.to] },
            Content: { Raw: { Data: raw } },
          }),
          { abortSignal: AbortSignal.timeout(SEND_MS) },
        );
        return { outcome: 'delivered', receipt: null };
      } catch (error) {
        // All else (throttling, a sender or sandbox that an operator may mend, an outage) may pass.
        const name = errorName(error) ?? 'unknown error';
        return failed(`SES: ${name}`, name === 'BadRequestException' ? 'never' : 'later');
      }
    },
    problem: async () => null,
  };
}

const SEND_MS = 20_000;
