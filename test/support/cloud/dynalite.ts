/** DynamoDB in this process, with the tables that the stack makes. One server serves all tests of a file. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LISTED } from '../../../lib/aws/dynamo-item.ts';
import { TABLE_ROLES, type TableRole } from '../../../lib/aws/record-places.ts';

const dynalite: (options: { readonly ssl: boolean; readonly createTableMs: number }) => Server =
  createRequire(import.meta.url)('dynalite');

export type TableNames = { readonly [R in TableRole]: string };

export interface Dynalite {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  /** New, empty tables; each named by its role, or with a number. */
  makeTables(nameOf?: (role: TableRole) => string): Promise<TableNames>;
  stop(): Promise<void>;
}

export async function startDynalite(): Promise<Dynalite> {
  const server = dynalite({ ssl: false, createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('dynalite listens nowhere');
  const endpoint = `http://127.0.0.1:${address.port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  let made = 0;
  return {
    endpoint,
    client,
    async makeTables(nameOf = (role) => `${role}-${made}`) {
      made += 1;
      const names: [TableRole, string][] = TABLE_ROLES.map((role) => [role, nameOf(role)]);
      await Promise.all(names.map(([, name]) => makeTable(client, name)));
      return tableNames(Object.fromEntries(names));
    },
    async stop() {
      client.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function makeTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'under', 'at'].map((each) => ({
        AttributeName: each,
        AttributeType: 'S',
      })),
      KeySchema: keys('pk', 'sk'),
      GlobalSecondaryIndexes: [
        { IndexName: LISTED, KeySchema: keys('under', 'at'), Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  );
}

function keys(hash: string, range: string) {
  return [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
}

function tableNames(found: Readonly<Record<string, string>>): TableNames {
  const name = (role: TableRole): string => {
    const table = found[role];
    if (table === undefined) throw new Error(`no table for ${role}`);
    return table;
  };
  return {
    proposals: name('proposals'),
    approvals: name('approvals'),
    votes: name('votes'),
    links: name('links'),
    runs: name('runs'),
    task_tokens: name('task_tokens'),
    audit: name('audit'),
  };
}
