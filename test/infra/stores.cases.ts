/** Retention, encryption, transport, public access, deletion protection, streams and expiry: of all that keeps data. */
import { describe, expect, test } from 'vitest';
import { TABLE_ROLES } from '../../lib/aws/record-places.ts';
import { cloudTemplate, list, object } from '../support/cloud/template.ts';

describe.each([
  ['dev', 90, false],
  ['staging', 180, true],
  ['prod', 400, true],
])('%s', (environment, days, kept) => {
  const template = cloudTemplate(environment);
  const { account } = template;
  const prefix = `recourse-${environment}`;
  const dataKey = template.keys.get(`${prefix}-data`)?.arn;
  const afterwards = kept ? 'Retain' : 'Delete';

  test('tables', () => {
    const tables = template.ofType('AWS::DynamoDB::Table');
    expect(tables.map(({ properties }) => properties.TableName).sort()).toEqual(
      TABLE_ROLES.map((role) => `${prefix}-${role.replace('_', '-')}`).sort(),
    );
    for (const { properties, raw } of tables) {
      expect(properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: kept,
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'listed',
            KeySchema: [
              { AttributeName: 'under', KeyType: 'HASH' },
              { AttributeName: 'at', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { KMSMasterKeyId: dataKey, SSEEnabled: true, SSEType: 'KMS' },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      });
      expect([raw.DeletionPolicy, raw.UpdateReplacePolicy]).toEqual([afterwards, afterwards]);
      expect(properties.StreamSpecification).toEqual(
        properties.TableName === `${prefix}-audit` ? { StreamViewType: 'NEW_AND_OLD_IMAGES' } : undefined,
      );
    }
  });

  test('buckets are private, versioned, encrypted, and asked over TLS 1.2 or later', () => {
    const buckets = template.ofType('AWS::S3::Bucket');
    expect(buckets.map(({ properties }) => properties.BucketName)).toEqual([
      `${prefix}-access-logs-${account}`,
      `${prefix}-artifacts-${account}`,
      `${prefix}-checkpoints-${account}`,
    ]);
    for (const { properties, raw } of buckets) {
      expect(properties).toMatchObject({
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: 'Enabled' },
      });
      const logs = properties.BucketName === `${prefix}-access-logs-${account}`;
      const [rule] = list(object(properties.BucketEncryption).ServerSideEncryptionConfiguration).map(object);
      expect(rule).toEqual(
        logs
          ? { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }
          : {
              // Without a bucket key, so that the right to decrypt can be held to a prefix.
              BucketKeyEnabled: false,
              ServerSideEncryptionByDefault: { KMSMasterKeyID: dataKey, SSEAlgorithm: 'aws:kms' },
            },
      );
      if (!logs)
        expect(object(properties.LoggingConfiguration).DestinationBucketName).toBe(
          `${prefix}-access-logs-${account}`,
        );
      expect([raw.DeletionPolicy, raw.UpdateReplacePolicy]).toEqual([afterwards, afterwards]);
      const denials = template.buckets
        .get(String(properties.BucketName))
        ?.statements.filter(({ effect, actions }) => effect === 'Deny' && actions.includes('s3:*'))
        .map(({ conditions }) => conditions);
      expect(denials).toEqual([
        { Bool: { 'aws:SecureTransport': ['false'] } },
        { NumericLessThan: { 's3:TlsVersion': ['1.2'] } },
      ]);
    }
  });

  test('objects are forgotten by prefix; checkpoints are locked', () => {
    const bucket = (name: string) =>
      template
        .ofType('AWS::S3::Bucket')
        .find(({ properties }) => properties.BucketName === `${prefix}-${name}-${account}`);
    const rules = list(object(bucket('artifacts')?.properties.LifecycleConfiguration).Rules).map(object);
    expect(rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
      ['frozen/', 60],
      ['outputs/', 60],
      ['jobs/', 7],
      ['results/', 7],
      [undefined, undefined],
    ]);
    expect(bucket('checkpoints')?.properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Days: days, Mode: kept ? 'COMPLIANCE' : 'GOVERNANCE' } },
      },
    });
    expect(bucket('checkpoints')?.properties.LifecycleConfiguration).toBeUndefined();
  });

  test('keys', () => {
    const keys = template.ofType('AWS::KMS::Key').map(({ properties, raw }) => ({
      spec: properties.KeySpec,
      usage: properties.KeyUsage,
      rotated: properties.EnableKeyRotation,
      afterwards: raw.DeletionPolicy,
    }));
    expect(keys).toEqual([
      { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY', rotated: undefined, afterwards },
      { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY', rotated: undefined, afterwards },
      { spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC', rotated: undefined, afterwards },
      { spec: undefined, usage: undefined, rotated: true, afterwards },
    ]);
  });

  test('logs are encrypted and kept as long as the configuration says', () => {
    const groups = template.ofType('AWS::Logs::LogGroup');
    expect(groups).toHaveLength(16);
    for (const { properties, raw } of groups) {
      expect(properties).toMatchObject({ KmsKeyId: dataKey, RetentionInDays: days });
      expect(raw.DeletionPolicy).toBe(afterwards);
    }
  });

  test('queues and topics are encrypted and asked over TLS', () => {
    expect(
      template.ofType('AWS::SQS::Queue').map(({ properties }) => properties.SqsManagedSseEnabled),
    ).toEqual([true]);
    expect(template.ofType('AWS::SNS::Topic').map(({ properties }) => properties.KmsMasterKeyId)).toEqual([
      dataKey,
    ]);
    for (const type of ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']) {
      expect(JSON.stringify(template.ofType(type)[0]?.properties)).toContain('"aws:SecureTransport":"false"');
    }
  });
});
