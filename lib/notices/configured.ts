/** What a policy has settings for: who tells people, and who brings what they decided elsewhere. */
import type { Inbound } from '../control/inbound.ts';
import type { Providers } from '../core/policy/providers.ts';
import type { Clock, Secrets } from '../ports.ts';
import { emailProvider, type MailSender } from './email/provider.ts';
import { smtpSender } from './email/smtp.ts';
import { failed, type Provider } from './provider.ts';
import { serviceNowProvider } from './servicenow/provider.ts';
import { slackInbound } from './slack/inbound.ts';
import { slackProvider } from './slack/provider.ts';
import { signedInbound, webhookInbound } from './webhook/inbound.ts';
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

/** For `controlApp`. */
export function configuredInbound(settings: Providers, secrets: Secrets): Inbound[] {
  const { slack, servicenow, webhook } = settings;
  const fromWebhook = webhook ? webhookInbound(webhook, secrets) : null;
  return [
    ...(slack ? [slackInbound(slack, secrets)] : []),
    ...(servicenow && servicenow.callbackSecret !== null
      ? [signedInbound('servicenow', servicenow.callbackSecret, servicenow.approvers, secrets)]
      : []),
    ...(fromWebhook === null ? [] : [fromWebhook]),
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
