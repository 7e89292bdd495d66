/** The ways in which people are told in the cloud: what policy configures, and mail by SES in any case. */

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Providers } from '../core/policy/providers.ts';
import { configuredProviders } from '../notices/configured.ts';
import type { Provider } from '../notices/provider.ts';
import type { Clock, Secrets } from '../ports.ts';
import { cloudSecrets } from './cloud-secrets.ts';
import type { Deployment } from './deployment.ts';
import { sesSender } from './ses-sender.ts';

export function noticeSecrets({ config }: Deployment, clock: Clock): Secrets {
  const { slack, servicenow, webhook } = config.notices;
  const objects = [slack, servicenow, webhook].flatMap((each) => each?.secret ?? []);
  return cloudSecrets({ client: new SecretsManagerClient({}), clock, objects });
}

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
