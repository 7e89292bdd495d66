/** Mail by SMTP. TLS is demanded, never merely offered; only a server on this machine may do without. */
import { createTransport } from 'nodemailer';
import type { SmtpSettings } from '../../core/policy/providers.ts';
import type { Secrets } from '../../ports/people.ts';
import { type Delivered, failed } from '../provider.ts';
import { messageFields } from './mime.ts';
import type { Mail, MailSender } from './provider.ts';

export interface SmtpOptions {
  /** Certificates of authorities to trust beside the machine's own, for a server within a company. */
  readonly ca?: string;
}

export function smtpSender(settings: SmtpSettings, secrets: Secrets, options: SmtpOptions = {}): MailSender {
  return {
    send: (mail) => send(settings, secrets, options, mail),
    problem: async () => {
      if (settings.login === null) return null;
      return secrets.read(settings.login.password).then(
        () => null,
        (error: unknown) => reasonOf(error),
      );
    },
  };
}

async function send(
  { host, port, security, login }: SmtpSettings,
  secrets: Secrets,
  { ca }: SmtpOptions,
  mail: Mail,
): Promise<Delivered> {
  const auth = login === null ? null : { user: login.user, pass: await secrets.read(login.password) };
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    ...(auth === null ? {} : { auth }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    // A path or URL in a mail would be read by this machine.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail(messageFields(mail));
    return { outcome: 'delivered', receipt: null };
  } catch (error) {
    return refusalOf(error, auth?.pass ?? null);
  } finally {
    transport.close();
  }
}

/** 5xx to the recipient or to the mail itself is for good; what an operator may mend (login, TLS) is not. */
function refusalOf(error: unknown, password: string | null): Delivered {
  const code = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0;
  const kind = error instanceof Error && 'code' in error ? String(error.code) : '';
  const said = reasonOf(error);
  const why = password === null || password === '' ? said : said.replaceAll(password, '[redacted]');
  const forever = code >= 500 && code < 600 && (kind === 'EENVELOPE' || kind === 'EMESSAGE');
  return failed(why, forever ? 'never' : 'later');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
