import { describe, expect, it } from 'vitest';
import { admitsEverybody } from '../../../lib/core/terraform/exposure.ts';

const open = (Condition: object): boolean =>
  admitsEverybody(
    JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*', Condition }],
    }),
  );

describe('conditions that keep strangers out', () => {
  it.each([
    { StringEquals: { 'aws:SourceVpce': 'vpce-1' } },
    { StringEquals: { 'aws:PrincipalOrgID': ['o-1', 'o-2'] } },
    { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/*' } },
    { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:eu-west-1:111122223333:t' } },
    { ArnEquals: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' } },
    { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '198.51.100.7/32'] } },
    { StringEquals: { 'kms:CallerAccount': '111122223333' } },
    { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-1/r-1/*' } },
    { Null: { 'aws:SourceVpce': 'false' } },
    { StringLike: { 'aws:UserAgent': '*' }, StringEquals: { 'aws:SourceAccount': '111122223333' } },
  ])('%j', (condition) => expect(open(condition)).toBe(false));
});

describe('conditions that let everybody through', () => {
  it.each([
    {},
    { StringLike: { 'aws:UserAgent': '*' } },
    { StringLike: { 'aws:Referer': 'https://example.com/*' } },
    { Bool: { 'aws:SecureTransport': 'true' } },
    { StringEquals: { 's3:x-amz-acl': 'private' } },
    { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
    { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } },
    { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '::/0'] } },
    { NotIpAddress: { 'aws:SourceIp': '192.0.2.1/32' } },
    { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
    { StringEqualsIfExists: { 'aws:SourceVpce': 'vpce-1' } },
    { 'ForAllValues:StringEquals': { 'aws:PrincipalOrgID': 'o-1' } },
    { StringLike: { 'aws:PrincipalArn': '*' } },
    { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/admin' } },
    { Null: { 'aws:SourceVpce': 'true' } },
  ])('%j', (condition) => expect(open(condition)).toBe(true));
});
