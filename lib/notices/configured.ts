/** Who tells people, by what a policy has settings for. */
import type { Providers } from '../core/policy/providers.ts';
import type { Secrets } from '../ports/people.ts';
import type { Clock } from '../ports/process.ts';
import { emailProvider, type MailSender } from './email/provider.ts';
import { smtpSender } from './email/smtp.ts';
import { failed, type Provider } from './provider.ts';
import { serviceNowProvider } from './servicenow/provider.ts';
import { slackProvider } from './slack/provider.ts';
import { webhookProvider } from './webhook/provider.ts';

export interface Outside {
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Mail by SES; null on one machine. */
  readonly ses: MailSender | null;
}

/** In the order in which people are told. */
export function configuredProviders(settings: Providers, outside: Outside): Provider[] {
  const { email, slack, servicenow, webhook } = settings;
  const { secrets, clock } = outside;
  return [
    ...(email ? [emailProvider(email, senderOf(email.transport, outside))] : []),
    ...(slack ? [slackProvider(slack, secrets)] : []),
    ...(servicenow ? [serviceNowProvider(servicenow, secrets)] : []),
    ...(webhook ? [webhookProvider(webhook, secrets, clock)] : []),
  ];
}

function senderOf(
  transport: NonNullable<Providers['email']>['transport'],
  { secrets, ses }: Outside,
): MailSender {
  return transport.by === 'smtp' ? smtpSender(transport, secrets) : (ses ?? NO_SES);
}

const NO_SES: MailSender = {
  send: async () => failed('SES is for the cloud', 'never'),
  problem: async () => 'SES is for the cloud; on one machine give smtp',
};
