/** SDK clients that talk to the fake AWS as one role. */
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { Credentials, FakeAws } from './fake-aws.ts';

export function configFor(aws: FakeAws, credentials: Credentials) {
  return { endpoint: aws.endpoint, region: aws.region, credentials };
}

export function s3For(aws: FakeAws, credentials: Credentials = aws.owner): S3Client {
  return new S3Client({ ...configFor(aws, credentials), forcePathStyle: true });
}

export function kmsFor(aws: FakeAws, credentials: Credentials = aws.owner): KMSClient {
  return new KMSClient(configFor(aws, credentials));
}
