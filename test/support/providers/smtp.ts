/** A mail server on the loopback that behaves as SMTP servers do, refusals and delays included. */
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { type Certified, certificateFor } from './certificate.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | null;
  /** As it came over the wire. */
  readonly raw: string;
}

export interface MailServer {
  readonly port: number;
  readonly certificate: Certified;
  readonly mails: readonly ReceivedMail[];
  /** What the server says next, once each: to RCPT or at the end of DATA. */
  refuse(at: 'rcpt' | 'data', code: number, text: string): void;
  close(): Promise<void>;
}

export interface MailServerSettings {
  readonly user?: string;
  readonly password?: string;
  /** No STARTTLS is offered: what a downgrade on the way looks like. */
  readonly noStartTls?: boolean;
  /** TLS from the first byte. */
  readonly tls?: boolean;
  /** In milliseconds, before the answer to DATA. */
  readonly slow?: number;
}

export async function mailServer(settings: MailServerSettings = {}): Promise<MailServer> {
  const certificate = certificateFor('localhost');
  const mails: ReceivedMail[] = [];
  const refusals: { readonly at: 'rcpt' | 'data'; readonly error: Error }[] = [];
  const next = (at: 'rcpt' | 'data') => {
    const index = refusals.findIndex((each) => each.at === at);
    return index < 0 ? null : (refusals.splice(index, 1)[0]?.error ?? null);
  };
  const options: SMTPServerOptions = {
    ...certificate,
    secure: settings.tls === true,
    hideSTARTTLS: settings.noStartTls === true,
    disabledCommands: settings.noStartTls === true ? ['STARTTLS'] : [],
    authOptional: settings.user === undefined,
    allowInsecureAuth: false,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === settings.user && password === settings.password
        ? done(null, { user: username })
        : done(refusal(535, `5.7.8 authentication failed for ${username} with ${password}`)),
    onRcptTo: (_address, _session, done) => done(next('rcpt')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const refused = next('data');
        if (refused === null) {
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map((each) => each.address),
            secure: session.secure,
            user: session.user === undefined ? null : String(session.user),
            raw: Buffer.concat(chunks).toString('utf8'),
          });
        }
        setTimeout(() => done(refused), settings.slow ?? 0);
      });
    },
  };
  const server = new SMTPServer(options);
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const bound = server.server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    certificate,
    mails,
    refuse: (at, code, text) => refusals.push({ at, error: refusal(code, text) }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** The parts of a mail with their transfer encoding undone, and its headers by lower-case name. */
export function readMail(raw: string): {
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly html: string;
} {
  const [head = '', body = ''] = splitAt(raw, '\r\n\r\n');
  const headers = headersOf(head);
  const boundary = /boundary="?([^";]+)"?/.exec(headers.get('content-type') ?? '')?.[1];
  const parts = boundary === undefined ? [] : body.split(`--${boundary}`).slice(1, -1);
  const part = (type: string) => {
    for (const each of parts) {
      const [partHead = '', partBody = ''] = splitAt(each.replace(/^\r\n/, ''), '\r\n\r\n');
      const fields = headersOf(partHead);
      if ((fields.get('content-type') ?? '').startsWith(type)) {
        return decoded(partBody, fields.get('content-transfer-encoding') ?? '7bit');
      }
    }
    return '';
  };
  return { headers, text: part('text/plain'), html: part('text/html') };
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}

function headersOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const [name, value] = splitAt(line, ':');
    const known = fields.get(name.toLowerCase());
    fields.set(name.toLowerCase(), known === undefined ? value.trim() : `${known}\n${value.trim()}`);
  }
  return fields;
}

function decoded(text: string, encoding: string): string {
  if (encoding.toLowerCase() === 'base64') return Buffer.from(text, 'base64').toString('utf8');
  if (encoding.toLowerCase() !== 'quoted-printable') return text;
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
