import { randomBytes } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DynamoApi, overDynamoClient } from '../../lib/aws/dynamo-api.ts';
import { RecordTooLarge } from '../../lib/aws/dynamo-item.ts';
import { openDynamoStore } from '../../lib/aws/dynamo-store.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import type { TokenRecord } from '../../lib/ports/records.ts';
import type { Page, Store } from '../../lib/ports/store.ts';
import { CorruptRecord } from '../../lib/stored-record.ts';
import { describeStore, type StorePlace } from '../contracts/store.contract.ts';
import { type Dynalite, startDynalite, type TableNames } from '../support/cloud/dynalite.ts';
import { sampleApproval, samplePlan, sampleRun, sampleVote } from '../support/sample-records.ts';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());

const NOW = '2026-01-02T03:04:05.000Z';
const clock = { now: () => new Date(NOW) };
const DAY = 86_400;

async function dynamoPlace(): Promise<StorePlace> {
  const tables = await dynalite.makeTables();
  const api = overDynamoClient(dynalite.client);
  return {
    open: async () => openDynamoStore({ api, tables, clock, random: randomBytes }),
    remove: async () => undefined,
  };
}

describeStore('DynamoDB', dynamoPlace);

const quota = (count: number) => ({ subject: 's', count, expires_at: NOW });

describe('records in DynamoDB', () => {
  let tables: TableNames;
  let store: Store;
  beforeEach(async () => {
    tables = await dynalite.makeTables();
    store = openDynamoStore({ api: overDynamoClient(dynalite.client), tables, clock, random: randomBytes });
  });

  async function itemOf(table: string, pk: string, sk = '-') {
    const found = await dynalite.client.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: sk } } }),
    );
    return found.Item;
  }

  it('lie in the table of their kind, one item each', async () => {
    const [plan, vote] = [samplePlan(1, NOW), sampleVote(1, 'alice', NOW)];
    await store.create('plan', plan.plan_id, plan);
    await store.create('vote', 'apr alice', vote);
    expect(await itemOf(tables.proposals, `plan ${plan.plan_id}`)).toMatchObject({
      version: { N: '1' },
      json: { S: JSON.stringify(plan) },
      under: { S: 'plan plans' },
      at: { S: `${NOW} ${plan.plan_id}` },
    });
    expect(await itemOf(tables.votes, 'vote apr alice')).toMatchObject({
      under: { S: `vote ${vote.approval_id}` },
    });
  });

  it('of one audit chain are one partition, in order, and in no index', async () => {
    const event = {
      chain: 'a b',
      seq: 7,
      at: NOW,
      actor: 'gateway',
      environment: 'dev',
      type: 't',
      data: {},
    };
    const whole = { ...event, prev: sha256('p'), hash: sha256('h') };
    await store.create('audit', 'a b 000000000007', whole);
    const item = await itemOf(tables.audit, 'audit a b', '000000000007');
    expect(Object.keys(item ?? {}).sort()).toEqual(['json', 'pk', 'sk', 'version', 'written']);
    expect(await store.get('audit', 'a b 000000000007')).toEqual({ value: whole, version: 1 });
    await expect(store.replace('audit', 'a b 000000000007', 1, whole)).rejects.toThrow('never replaced');
    for (const wrong of ['a b 7', '000000000007', ' 000000000007', 'a 0000000000071']) {
      await expect(store.get('audit', wrong)).rejects.toThrow('not the key of an audit event');
    }
  });

  it('are forgotten only when nothing hangs on them any more', async () => {
    const at = (text: string) => Math.ceil(Date.parse(text) / 1_000);
    const plan = samplePlan(1, NOW);
    const run = sampleRun(1, NOW);
    const link_use = { token_hash: sha256('t'), used_at: NOW };
    const token = {
      token_hash: sha256('t'),
      holder: { kind: 'approver', email: 'a' },
      created_at: NOW,
    } as const;
    await store.create('plan', 'p', plan);
    await store.create('approval', 'a', sampleApproval(1, NOW));
    await store.create('approval_pointer', 'd', {
      digest: sha256('d'),
      approval_id: sampleApproval(1, NOW).approval_id,
    });
    await store.create('run', 'r', run);
    await store.create('spend', 's', {
      approval_id: sampleApproval(1, NOW).approval_id,
      run_id: run.run_id,
      spent_at: NOW,
    });
    await store.create('link_use', 'l', link_use);
    await store.create('quota', 'q', quota(1));
    await store.create('quota', 'odd', { ...quota(1), expires_at: 'never' });
    await store.create('token', 't', { ...token, revoked_at: null });
    const ttl = async (table: string, pk: string) => (await itemOf(table, pk))?.ttl?.N;
    expect(await ttl(tables.proposals, 'plan p')).toBe(String(at(plan.expires_at) + 30 * DAY));
    expect(await ttl(tables.approvals, 'approval a')).toBe(String(at(plan.expires_at) + 30 * DAY));
    expect(await ttl(tables.approvals, 'approval_pointer d')).toBe(String(at(NOW) + 30 * DAY));
    expect(await ttl(tables.runs, 'run r')).toBe(String(at(NOW) + 30 * DAY));
    expect(await ttl(tables.runs, 'spend s')).toBe(String(at(NOW) + 30 * DAY));
    expect(await ttl(tables.links, 'link_use l')).toBe(String(at(NOW) + 30 * DAY));
    expect(await ttl(tables.proposals, 'quota q')).toBe(String(at(NOW) + DAY));
    expect(await ttl(tables.proposals, 'quota odd')).toBeUndefined();
    expect(await ttl(tables.votes, 'token t')).toBeUndefined();
    const api = overDynamoClient(dynalite.client);
    expect(() => openDynamoStore({ api, tables, clock, random: randomBytes, retentionDays: 7 })).toThrow(
      '8 days',
    );
  });

  it('of a kind whose table is not given are out of reach, and it says so', async () => {
    const { votes: _, ...others } = tables;
    const api = overDynamoClient(dynalite.client);
    const agents = openDynamoStore({ api, tables: others, clock, random: randomBytes });
    const vote = sampleVote(1, 'alice', NOW);
    await expect(agents.get('vote', 'k')).rejects.toThrow('no votes table');
    await expect(agents.create('vote', 'k', vote)).rejects.toThrow('no votes table');
    await expect(agents.replace('vote', 'k', 1, vote)).rejects.toThrow('no votes table');
    await expect(agents.list('vote', { under: 'u', order: 'oldest_first', limit: 1 })).rejects.toThrow(
      'no votes',
    );
    await expect(store.get('checkpoint', '000000000001')).rejects.toThrow('in their bucket');
  });

  it('that are too large are refused before they are sent, and say how large they may be', async () => {
    const large = { ...quota(1), subject: 'ü'.repeat(200_000) };
    await expect(store.create('quota', 'k', large)).rejects.toThrow(RecordTooLarge);
    await expect(store.create('quota', 'k', large)).rejects.toThrow('400000');
    await expect(store.create('quota', 'k'.repeat(2_048), quota(1))).rejects.toThrow('may have 2048');
    const place = store.create('token', 'k'.repeat(1_020), {
      token_hash: sha256('t'),
      holder: { kind: 'approver', email: 'a' },
      created_at: NOW,
      revoked_at: null,
    });
    await expect(place).rejects.toThrow('may have 1024');
  });

  it.each([
    ['no JSON', { json: { S: '{"count":' } }],
    ['no object', { json: { S: '7' } }],
    ['null', { json: { S: 'null' } }],
    ['bytes', { json: { B: Buffer.from('{}') } }],
    ['no text', {}],
    ['no version', { json: { S: '{}' }, version: { S: 'one' } }],
  ])('that hold %s are rejected, and none is skipped', async (_, tampering) => {
    const place = {
      pk: { S: 'token k' },
      sk: { S: '-' },
      under: { S: 'token tokens' },
      at: { S: `${NOW} k` },
    };
    const Item = { ...place, version: { N: '1' }, ...tampering };
    await dynalite.client.send(new PutItemCommand({ TableName: tables.votes, Item }));
    await expect(store.get('token', 'k')).rejects.toThrow(CorruptRecord);
    await expect(store.get('token', 'k')).rejects.toThrow('token "k"');
    const listed = store.list('token', { under: 'tokens', order: 'oldest_first', limit: 9 });
    await expect(listed).rejects.toThrow(CorruptRecord);
  });

  it('are not read again where a claim is lost at the first attempt', async () => {
    let reads = 0;
    const api = overDynamoClient(dynalite.client);
    const counted: DynamoApi = {
      ...api,
      getItem: (input) => {
        reads += 1;
        return api.getItem(input);
      },
    };
    const counting = openDynamoStore({ api: counted, tables, clock, random: randomBytes });
    expect(await counting.create('quota', 'k', quota(1))).toBe('created');
    expect(await counting.create('quota', 'k', quota(2))).toBe('exists');
    expect(await counting.replace('quota', 'k', 7, quota(2))).toBe('changed');
    expect(reads).toBe(0);
  });

  it('are listed in shorter pages where they are large, and none is lost', async () => {
    const holder = { kind: 'agent', name: 'n'.repeat(350_000), human: null } as const;
    for (let count = 10; count < 40; count += 1) {
      const token = { token_hash: sha256(`${count}`), holder, created_at: NOW, revoked_at: null };
      await store.create('token', `t${count}`, token);
    }
    const seen: string[] = [];
    const sizes: number[] = [];
    let after: string | null = null;
    do {
      const page: Page<TokenRecord> = await store.list('token', {
        under: 'tokens',
        order: 'oldest_first',
        limit: 1_000,
        after,
      });
      seen.push(...page.items.map((each) => each.token_hash));
      sizes.push(page.items.length);
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => sha256(`${n + 10}`)));
    expect(sizes.length).toBeGreaterThan(1);
  });
});

describe('a write whose answer was lost', () => {
  let api: DynamoApi;
  let store: Store;
  beforeEach(async () => {
    api = overDynamoClient(dynalite.client);
    const tables = await dynalite.makeTables();
    // As the SDK does it: the first request persists, its answer is lost, and the second one is refused.
    const retried: DynamoApi = {
      ...api,
      async putItem(input) {
        await api.putItem(input).catch(() => undefined);
        try {
          return await api.putItem(input);
        } catch (error) {
          throw Object.assign(error instanceof Error ? error : new Error(), { $metadata: { attempts: 2 } });
        }
      },
    };
    store = openDynamoStore({ api: retried, tables, clock, random: randomBytes });
  });

  it('counts as won when it had won', async () => {
    expect(await store.create('quota', 'k', quota(1))).toBe('created');
    expect(await store.replace('quota', 'k', 1, quota(2))).toBe('replaced');
    expect(await store.get('quota', 'k')).toEqual({ value: quota(2), version: 2 });
  });

  it('does not count as won where another, even an equal one, was first', async () => {
    expect(await store.create('quota', 'k', quota(1))).toBe('created');
    expect(await store.create('quota', 'k', quota(1))).toBe('exists');
    expect(await store.replace('quota', 'k', 1, quota(2))).toBe('replaced');
    expect(await store.replace('quota', 'k', 1, quota(2))).toBe('changed');
  });
});
