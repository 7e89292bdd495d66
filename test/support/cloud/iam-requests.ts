/** Requests and statements for tests of the evaluator. */
import { type AccessRequest, access, type PolicyDocument, type Statement } from './iam.ts';

export const ACCOUNT = '111122223333';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/mcp`;
export const OBJECT = 'arn:aws:s3:::artifacts/outputs/abc';

export function request(
  action = 's3:GetObject',
  resource = OBJECT,
  context: Record<string, string | string[]> = {},
): AccessRequest {
  const keys = Object.entries(context).map(
    ([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value] as const,
  );
  return { action, resource, principal: { role: ROLE, account: ACCOUNT }, context: new Map(keys) };
}

export const document = (...Statement: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });
export const allow = (more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: '*',
  Resource: '*',
  ...more,
});
export const deny = (more: Partial<Statement> = {}): Statement => ({ ...allow(more), Effect: 'Deny' });

export const byIdentity = (asked: AccessRequest, ...statements: Statement[]) =>
  access(asked, { identity: [document(...statements)], decidedBy: 'either' }).allowed;
