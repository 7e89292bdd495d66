/** The secrets of the ways in which people are told, and by which their answers are recognised. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Secrets } from '../ports/people.ts';
import type { Clock } from '../ports/process.ts';
import { cloudSecrets } from './cloud-secrets.ts';
import type { Deployment } from './deployment.ts';

export function noticeSecrets({ config }: Deployment, clock: Clock): Secrets {
  const { slack, servicenow, webhook } = config.notices;
  const objects = [slack, servicenow, webhook].flatMap((each) => each?.secret ?? []);
  return cloudSecrets({ client: new SecretsManagerClient({}), clock, objects });
}
