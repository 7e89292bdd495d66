/** The providers that a policy has settings for, in the order in which people are told. */
import type { Providers } from '../core/policy/providers.ts';
import type { Secrets } from '../ports.ts';
import { emailProvider, type MailSender } from './email/provider.ts';
import { smtpSender } from './email/smtp.ts';
import { failed, type Provider } from './provider.ts';

export interface Outside {
  readonly secrets: Secrets;
  /** Mail by SES; null on one machine. */
  readonly ses: MailSender | null;
}

export function configuredProviders(settings: Providers, outside: Outside): Provider[] {
  const { email } = settings;
  const found: Provider[] = [];
  if (email) found.push(emailProvider(email, senderOf(email.transport, outside)));
  return found;
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
