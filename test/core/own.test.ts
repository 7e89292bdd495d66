import { describe, expect, it } from 'vitest';
import { NO_OWN, ownMatcher, ownProblem } from '../../lib/core/own.ts';

const own = ownMatcher({
  names: ['recourse-prod-*', '/var/lib/recourse'],
  arns: [
    'arn:aws:dynamodb:eu-west-1:111122223333:table/gw-plans',
    'arn:aws:kms:eu-west-1:111122223333:key/1234-5678',
    '/subscriptions/1/resourceGroups/gateway-rg',
  ],
  tags: { 'recourse:environment': 'prod' },
});

describe('what a text names', () => {
  it.each([
    'recourse-prod-mcp',
    'RECOURSE-prod-mcp',
    '/aws/lambda/recourse-prod-mcp',
    'arn:aws:s3:::recourse-prod-artifacts/*',
    'arn:aws:s3:::recourse-*',
    'arn:aws:s3:::*ecourse-prod-artifacts',
    'arn:aws:lambda:eu-west-1:111122223333:function:recourse-prod-mcp:1',
    'arn:aws:dynamodb:eu-west-1:111122223333:table/gw-plans/index/listed',
    'arn:aws:dynamodb:*:*:table/g?-*',
    'recourse-prod-artifacts.s3.amazonaws.com',
    'recourse-prod-apply@project.iam.gserviceaccount.com',
    '/subscriptions/1/resourcegroups/gateway-rg/providers/Microsoft.Storage/storageAccounts/x',
    '/var/lib/recourse/keys',
    'aws s3 rm s3://recourse-prod-artifacts/frozen',
  ])('%s is the gateway’s', (text) => expect(own.named(text)).not.toBeNull());

  it.each([
    'app-role',
    '*',
    'arn:aws:s3:::*',
    'arn:aws:dynamodb:*:*:table/*',
    'arn:aws:s3:::*-logs',
    'arn:aws:dynamodb:eu-west-1:111122223333:table/gw-plans-of-somebody-else',
    '/var/lib/recourses',
    'recourse-staging-mcp',
    '',
  ])('%j is not', (text) => expect(own.named(text)).toBeNull());

  it('tells tags by key and value', () => {
    expect(own.tagged('recourse:environment', 'prod')).toBe('recourse:environment=prod');
    expect(own.tagged('recourse:environment', 'dev')).toBeNull();
    expect(own.tagged('environment', 'prod')).toBeNull();
  });

  it('takes no time over long patterns', () => {
    const start = performance.now();
    own.named(`recourse${'*a'.repeat(1000)}`);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('a list that cannot be used', () => {
  it.each([
    [{ ...NO_OWN, names: ['*'] }, /too much/],
    [{ ...NO_OWN, names: ['a-*'] }, /too much/],
    [{ ...NO_OWN, arns: ['recourse-prod'] }, /no ARN/],
    [{ ...NO_OWN, tags: { Owner: '' } }, /key and a value/],
  ])('%j', (list, problem) => {
    expect(ownProblem(list)).toMatch(problem);
    expect(() => ownMatcher(list)).toThrow(problem);
  });
  it('nothing at all can', () => expect(ownMatcher(NO_OWN).isEmpty).toBe(true));
});
