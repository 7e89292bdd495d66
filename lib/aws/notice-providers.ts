/** The ways in which people are told in the cloud: what policy configures, and mail by SES in any case. */

import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Providers } from '../core/policy/providers.ts';
import { configuredProviders } from '../notices/configured.ts';
import type { Provider } from '../notices/provider.ts';
import type { Clock } from '../ports/process.ts';
import type { Deployment } from './deployment.ts';
import { noticeSecrets } from './notice-secrets.ts';
import { sesSender } from './ses-sender.ts';

export function noticeProviders(deployment: Deployment, clock: Clock): Provider[] {
  const { policy, config } = deployment;
  const given = policy.approvals.providers;
  const ses = {
    from: config.notices.email.from,
    transport: { by: 'ses', region: null },
    notify: [],
  } as const;
  const settings: Providers = { ...given, email: given.email ?? ses };
  return configuredProviders(settings, {
    secrets: noticeSecrets(deployment, clock),
    clock,
    ses: sesSender(new SESv2Client({})),
  });
}
