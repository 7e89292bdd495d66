/** DynamoDB: judged here, done by dynalite. Tables may be encrypted with a key, which callers must then be allowed to use. */
import type { PolicyDocument } from './iam.ts';
import { type AwsService, type Json, jsonService, members, type Need, parseJson } from './service.ts';

export interface TableSettings {
  readonly policy?: PolicyDocument | undefined;
  readonly key?: { readonly arn: string; readonly policy: PolicyDocument };
}

export interface DynamoOptions {
  readonly account: string;
  readonly region: string;
  /** Of dynalite. */
  readonly endpoint: string;
  /** Told of each write that succeeded, in order for one item: what the table's stream would carry. */
  readonly onWrite?: (write: {
    readonly table: string;
    readonly operation: string;
    readonly input: Json;
  }) => void;
}

const OPERATIONS = [
  'GetItem',
  'PutItem',
  'Query',
  'UpdateItem',
  'DeleteItem',
  'Scan',
  'BatchGetItem',
  'DescribeTable',
] as const;
const WRITES: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

export function fakeDynamoDb(
  { account, region, endpoint, onWrite }: DynamoOptions,
  settingsOf: (table: string) => TableSettings = () => ({}),
): AwsService {
  const targets = Object.fromEntries(
    OPERATIONS.map((name) => [name, { needs: (input: Json) => needsOf(name, input), answer: () => ({}) }]),
  );

  function needsOf(operation: string, input: Json): Need[] {
    const named =
      operation === 'BatchGetItem' ? Object.keys(members(input.RequestItems)) : [String(input.TableName)];
    return named.flatMap((name): Need[] => {
      const table = name.startsWith('arn:') ? name : `arn:aws:dynamodb:${region}:${account}:table/${name}`;
      const { policy, key } = settingsOf(name);
      const index = typeof input.IndexName === 'string' ? `/index/${input.IndexName}` : '';
      const keys = leadingKeys(operation, input);
      const context = keys === null ? {} : { 'dynamodb:LeadingKeys': keys };
      const own: Need = { action: `dynamodb:${operation}`, resource: `${table}${index}`, policy, context };
      if (key === undefined || operation === 'DescribeTable') return [own];
      const via = { 'kms:ViaService': `dynamodb.${region}.amazonaws.com` };
      return [
        own,
        { action: 'kms:Decrypt', resource: key.arn, policy: key.policy, decidedBy: 'resource', context: via },
      ];
    });
  }

  const { needs, error } = jsonService('dynamodb', 'DynamoDB_20120810', '1.0', targets);
  return {
    name: 'dynamodb',
    accessDenied: 'AccessDeniedException',
    needs,
    error,
    async answer(request) {
      const target = request.headers.get('x-amz-target') ?? '';
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': request.headers.get('content-type') ?? '',
          'x-amz-target': target,
          'x-amz-date': '20260102T030405Z',
          authorization: `AWS4-HMAC-SHA256 Credential=fake/20260102/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
        },
        body: new Uint8Array(request.body),
      });
      const body = Buffer.from(await response.arrayBuffer());
      const operation = target.split('.')[1] ?? '';
      if (response.status === 200 && WRITES.has(operation)) {
        const input = parseJson(request.body);
        onWrite?.({ table: String(input.TableName), operation, input });
      }
      const type = response.headers.get('content-type') ?? 'application/x-amz-json-1.0';
      return { status: response.status, headers: { 'content-type': type }, body };
    },
  };
}

/** The partition keys that the request names; null where that cannot be told. */
function leadingKeys(operation: string, input: Json): string[] | null {
  const key = operation === 'PutItem' ? members(input.Item).pk : members(input.Key).pk;
  const named = members(key).S;
  if (typeof named === 'string') return [named];
  const [, value] = /^#?\w+ = (:\w+)/.exec(String(input.KeyConditionExpression ?? '')) ?? [];
  if (operation !== 'Query' || value === undefined) return null;
  const given = members(members(input.ExpressionAttributeValues)[value]).S;
  return typeof given === 'string' ? [given] : null;
}
