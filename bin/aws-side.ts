/** What the command line needs of AWS. Built as a file of its own, which only the commands that need it load. */
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { type AwsCredentials, signedFetch } from '../lib/aws/signed-fetch.ts';
import { type AwsCall, answerOf } from '../lib/doctor/cloud/aws-call.ts';

export { signedFetch };

/** From where AWS's own tools take them: environment, profile, single sign-on, container, instance. */
export async function awsCredentials(profile?: string): Promise<AwsCredentials> {
  return fromNodeProviderChain(profile === undefined ? {} : { profile })();
}

const TIMEOUT_MS = 10_000;

/** Asks AWS's services as the holder of these credentials. */
export function awsCaller(credentials: AwsCredentials, region: string): AwsCall {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return async ({ service, host = service, method, path, headers, body }) => {
    // IAM is in one place for all regions of a partition.
    const global = service === 'iam' && !region.startsWith('cn-') && !region.startsWith('us-gov-');
    const address = global ? `iam.${suffix}` : `${host}.${region}.${suffix}`;
    const send = signedFetch({
      service,
      region: global ? 'us-east-1' : region,
      credentials,
      now: () => new Date(),
      fetch,
    });
    const response = await send(`https://${address}${path}`, {
      method,
      headers,
      ...(body !== '' && { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return answerOf(response.status, response.headers.get('x-amzn-errortype'), await response.text());
  };
}
