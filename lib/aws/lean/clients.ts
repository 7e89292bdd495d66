/** The ports of lib/aws over signed requests: DynamoDB, reading S3, starting machines, fetching public keys. */
import type { DynamoApi, DynamoPage } from '../dynamo-api.ts';
import type { DynamoItem } from '../dynamo-item.ts';
import type { PublicKeyApi } from '../keys-api.ts';
import type { StartApi } from '../machines-api.ts';
import type { ObjectReader } from '../objects-api.ts';
import { LeanError, type LeanOptions, type LeanSend, leanSender } from './signed-requests.ts';

export interface LeanClients {
  readonly dynamo: DynamoApi;
  readonly machines: StartApi;
  readonly keys: PublicKeyApi;
  objects(bucket: string): ObjectReader;
}

export function leanClients(options: LeanOptions): LeanClients {
  const send = leanSender(options);
  const dynamo = jsonCaller(send, 'dynamodb', 'DynamoDB_20120810', '1.0');
  const states = jsonCaller(send, 'states', 'AWSStepFunctions', '1.0');
  const kms = jsonCaller(send, 'kms', 'TrentService', '1.1');
  return {
    dynamo: {
      async getItem(input) {
        const { Item } = await dynamo('GetItem', input);
        return Item === undefined ? {} : { Item: itemOf(Item) };
      },
      putItem: (input) => dynamo('PutItem', input),
      async query(input): Promise<DynamoPage> {
        const { Items, LastEvaluatedKey } = await dynamo('Query', input);
        if (!Array.isArray(Items)) throw new TypeError('DynamoDB gave no list of items');
        return {
          Items: Items.map(itemOf),
          ...(LastEvaluatedKey === undefined ? {} : { LastEvaluatedKey: itemOf(LastEvaluatedKey) }),
        };
      },
    },
    machines: {
      async startExecution({ machine, name, input }) {
        await states('StartExecution', { stateMachineArn: machine, name, input });
      },
    },
    keys: {
      async getPublicKey(keyId) {
        const { PublicKey } = await kms('GetPublicKey', { KeyId: keyId });
        if (typeof PublicKey !== 'string') throw new TypeError('KMS gave no public key');
        return Buffer.from(PublicKey, 'base64');
      },
    },
    objects: (bucket) => ({
      async get(key, most) {
        if (!/^[\w./-]+$/.test(key))
          throw new TypeError(`not a key that is read here: ${JSON.stringify(key)}`);
        try {
          const request = {
            service: 's3',
            method: 'GET',
            bucket,
            path: `/${key}`,
            headers: {},
            body: '',
          } as const;
          return (await send({ ...request, most })).body;
        } catch (error) {
          if (error instanceof LeanError && error.name === 'NoSuchKey') return null;
          throw error;
        }
      },
    }),
  };
}

/** DynamoDB's own limit for one answer is 16 MB. */
const MOST_JSON = 17_000_000;

type Members = Readonly<Record<string, unknown>>;

function jsonCaller(send: LeanSend, service: string, prefix: string, version: '1.0' | '1.1') {
  return async (operation: string, input: object): Promise<Members> => {
    const { body } = await send({
      service,
      method: 'POST',
      path: '/',
      headers: {
        'content-type': `application/x-amz-json-${version}`,
        'x-amz-target': `${prefix}.${operation}`,
      },
      body: JSON.stringify(input),
      most: MOST_JSON,
    });
    const answer: unknown = JSON.parse(Buffer.from(body).toString());
    if (!isObject(answer)) throw new TypeError(`${service} did not answer ${operation} with an object`);
    return answer;
  };
}

/** What the store asked for is text and numbers, which are the same in JSON; it checks each that it reads. */
function itemOf(value: unknown): DynamoItem {
  if (!isObject(value) || !Object.values(value).every(isObject)) {
    throw new TypeError('DynamoDB gave something that is no item');
  }
  return value as DynamoItem;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
