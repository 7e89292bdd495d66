/** SES: mail is kept, not sent. */
import { type AwsService, type Json, members, parseJson, ServiceError } from './service.ts';

export interface SentMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** The whole request. */
  readonly input: Json;
}

/** SES version 2; `fails` decides for each mail whether it is refused, and with which error. */
export function fakeMail(
  account: string,
  region: string,
  sent: SentMail[],
  fails: (mail: SentMail) => string | null = () => null,
): AwsService {
  const mailOf = (input: Json): SentMail => {
    const simple = members(members(input.Content).Simple);
    const to = members(input.Destination).ToAddresses;
    return {
      from: String(input.FromEmailAddress ?? ''),
      to: Array.isArray(to) ? to.map(String) : [],
      subject: String(members(simple.Subject).Data ?? ''),
      input,
    };
  };
  return {
    name: 'ses',
    accessDenied: 'AccessDeniedException',
    needs({ method, path, body }) {
      if (method !== 'POST' || path !== '/v2/email/outbound-emails') return null;
      const { from } = mailOf(parseJson(body));
      const address = /<([^>]+)>/.exec(from)?.[1] ?? from;
      const resource = `arn:aws:ses:${region}:${account}:identity/${address}`;
      return [{ action: 'ses:SendEmail', resource, context: { 'ses:FromAddress': address } }];
    },
    async answer({ body }) {
      const mail = mailOf(parseJson(body));
      const failure = fails(mail);
      if (failure !== null) throw new ServiceError(failure, 'the test says so');
      sent.push(mail);
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ MessageId: `mail-${sent.length}` }),
      };
    },
    error: (status, code, message) => ({
      status,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
      body: JSON.stringify({ message }),
    }),
  };
}
