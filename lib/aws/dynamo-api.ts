/**
 * What the record store asks of DynamoDB, in the shapes of its JSON API. Two adapters give it: one over the
 * SDK's client, and a lean one (lean/clients.ts) for the function whose bundle has no room for that client.
 */
import {
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from './dynamo-item.ts';
import { CALL_MS, within } from './within.ts';

/**
 * A rejection has the service's error name in `name` and, where the service answered, in
 * `$metadata.attempts` how often the request was sent.
 */
export interface DynamoApi {
  getItem(input: GetItemCommandInput): Promise<{ readonly Item?: DynamoItem | undefined }>;
  putItem(input: PutItemCommandInput): Promise<unknown>;
  query(input: QueryCommandInput): Promise<DynamoPage>;
}

export interface DynamoPage {
  readonly Items?: readonly DynamoItem[] | undefined;
  readonly LastEvaluatedKey?: DynamoItem | undefined;
}

export function overDynamoClient(client: DynamoDBClient, timeoutMs = CALL_MS): DynamoApi {
  return {
    getItem: (input) => client.send(new GetItemCommand(input), within(timeoutMs)),
    putItem: (input) => client.send(new PutItemCommand(input), within(timeoutMs)),
    query: (input) => client.send(new QueryCommand(input), within(timeoutMs)),
  };
}
