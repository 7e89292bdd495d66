/** What the command line needs of AWS. Built as a file of its own, which only the commands that need it load. */
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { type AwsCredentials, signedFetch } from '../lib/aws/signed-fetch.ts';

export { signedFetch };

/** From where AWS's own tools take them: environment, profile, single sign-on, container, instance. */
export async function awsCredentials(profile?: string): Promise<AwsCredentials> {
  return fromNodeProviderChain(profile === undefined ? {} : { profile })();
}
