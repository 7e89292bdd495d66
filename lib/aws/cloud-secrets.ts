/**
 * Secrets of the operator in AWS Secrets Manager. A name in upper case is a key of one of the JSON objects that
 * the environment's configuration names; an ARN is that secret, or with `#` behind it a key of it.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Secrets } from '../ports/people.ts';
import type { Clock } from '../ports/process.ts';
import { errorName } from './error-name.ts';
import { CALL_MS, within } from './within.ts';

export interface CloudSecretsOptions {
  readonly client: Pick<SecretsManagerClient, 'send'>;
  readonly clock: Clock;
  /** ARNs of secrets that are JSON objects; the first that has a key counts. */
  readonly objects: readonly string[];
}

export function cloudSecrets({ client, clock, objects }: CloudSecretsOptions): Secrets {
  const kept = new Map<string, { readonly text: string; readonly until: number }>();
  const text = async (arn: string): Promise<string> => {
    const known = kept.get(arn);
    const now = clock.now().getTime();
    if (known !== undefined && now < known.until) return known.text;
    const read = await fetched(client, arn);
    kept.set(arn, { text: read, until: now + KEPT_MS });
    return read;
  };
  return {
    async read(name) {
      if (name.startsWith('arn:')) {
        const [arn = '', key] = name.split('#');
        return key === undefined ? text(arn) : keyOf(await text(arn), key, arn);
      }
      for (const arn of objects) {
        const found = member(await text(arn), name);
        if (found !== null) return found;
      }
      throw new Error(`${name} is a key of none of the secrets that the configuration names under notices`);
    },
  };
}

/** A secret that was renewed is seen after this. */
const KEPT_MS = 300_000;

async function fetched(client: Pick<SecretsManagerClient, 'send'>, arn: string): Promise<string> {
  const answer = await client
    .send(new GetSecretValueCommand({ SecretId: arn }), within(CALL_MS))
    .catch((error: unknown) => {
      throw new Error(`the secret ${arn} cannot be read (${errorName(error) ?? 'unknown error'})`);
    });
  if (answer.SecretString === undefined || answer.SecretString === '') {
    throw new Error(`the secret ${arn} holds no text`);
  }
  return answer.SecretString;
}

function keyOf(text: string, key: string, arn: string): string {
  const found = member(text, key);
  if (found === null) throw new Error(`the secret ${arn} is no JSON object with a text under ${key}`);
  return found;
}

function member(text: string, key: string): string | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return null;
    const found = Object.entries(parsed).find(([name]) => name === key)?.[1];
    return typeof found === 'string' && found !== '' ? found : null;
  } catch {
    return null;
  }
}
