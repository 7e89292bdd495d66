/** Who brings what people decided elsewhere, by what a policy has settings for. */
import type { Inbound } from '../control/inbound.ts';
import type { Providers } from '../core/policy/providers.ts';
import type { Secrets } from '../ports/people.ts';
import { slackInbound } from './slack/inbound.ts';
import { signedInbound, webhookInbound } from './webhook/inbound.ts';

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
