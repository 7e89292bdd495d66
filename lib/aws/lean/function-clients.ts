/** The lean clients of a function: its region, and the credentials that Lambda gives it. */
import { required, type Variables } from '../variables.ts';
import { type LeanClients, leanClients } from './clients.ts';

/** `AWS_ENDPOINT_URL` leads elsewhere than to AWS, as it does for the SDK's clients. Throws where a variable is missing. */
export function functionClients(env: Variables, chance: () => number): LeanClients {
  const given = required(env);
  const sessionToken = env.AWS_SESSION_TOKEN;
  return leanClients({
    region: given('AWS_REGION'),
    credentials: {
      accessKeyId: given('AWS_ACCESS_KEY_ID'),
      secretAccessKey: given('AWS_SECRET_ACCESS_KEY'),
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    fetch,
    chance,
    endpoint: env.AWS_ENDPOINT_URL,
  });
}
