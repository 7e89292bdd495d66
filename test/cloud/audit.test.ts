/** The audit in the cloud: sealed by the deployed sealer as the table's stream tells it, verified by anybody. */
import { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { verifyAudit } from '../../lib/audit/verify.ts';
import { overKmsClient } from '../../lib/aws/keys-api.ts';
import { fetchPublicKey, sealVerifier } from '../../lib/aws/kms-keys.ts';
import { overS3Client } from '../../lib/aws/objects-api.ts';
import { openS3Checkpoints, withCheckpoints } from '../../lib/aws/s3-checkpoints.ts';
import type { AuditEvent } from '../../lib/core/audit.ts';
import { type Box, openBox } from '../support/cloud/box/box.ts';
import { configFor, kmsFor, s3For } from '../support/cloud/fake-clients.ts';
import { describeWith } from '../support/tools.ts';
import { callTool } from './agent.ts';
import { decide, mailTo } from './approver.ts';
import { AGENT, ALICE, boxFiles, SECRETS } from './files.ts';
import { apply, ask, folder, furnish, plan } from './scene.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describeWith('terraform', 'the audit in the cloud', () => {
  let box: Box;
  let events: readonly AuditEvent[];
  /** What a tampering test must put back, newest first. */
  let undo: (() => Promise<unknown>)[] = [];

  /** A plan, its approval and its run, all of it sealed. */
  beforeAll(async () => {
    box = await openBox('prod', boxFiles('prod'), { secrets: SECRETS });
    furnish(box);
    const planned = await plan(box, folder(box, 'vpc'));
    await box.seal();
    const { link } = await mailTo(box, await ask(box, planned), 'alice@example.com');
    await decide(box, link, 'approve');
    expect(await apply(box, planned), box.printed()).toMatchObject({ status: 'succeeded' });
    await box.machines.settled();
    await box.seal();
  });
  beforeEach(async () => {
    events = await everyEvent(box);
  });
  afterEach(async () => {
    for (const each of undo.reverse()) await each();
    undo = [];
    await box.seal();
  });
  afterAll(async () => box?.stop());

  async function verify() {
    const { aws } = box.fake;
    const checkpoints = openS3Checkpoints(overS3Client(s3For(aws), box.checkpoints));
    const seals = box.template.keys.get('recourse-prod-seals')?.arn ?? '';
    const key = await fetchPublicKey(overKmsClient(kmsFor(aws)), seals);
    const store = withCheckpoints(box.store(null), checkpoints);
    return verifyAudit({ store, verifySeal: sealVerifier(key) });
  }
  const askControl = async () => {
    const answer = await box.control('GET', '/iam/api/audit/verification', { principal: ALICE });
    return { status: answer.statusCode, ...JSON.parse(answer.body) };
  };

  const owner = () => new DynamoDBClient(configFor(box.fake.aws, box.fake.aws.owner));
  const placeOf = (chain: string, seq: number) => ({
    pk: { S: `audit ${chain}` },
    sk: { S: String(seq).padStart(12, '0') },
  });
  const put = (chain: string, seq: number, event: object) =>
    owner().send(
      new PutItemCommand({
        TableName: box.tables.audit,
        Item: { ...placeOf(chain, seq), version: { N: '1' }, json: { S: JSON.stringify(event) } },
      }),
    );
  async function edit(event: AuditEvent, other: object): Promise<void> {
    undo.push(() => put(event.chain, event.seq, event));
    await put(event.chain, event.seq, other);
  }
  async function remove(event: AuditEvent): Promise<void> {
    undo.push(() => put(event.chain, event.seq, event));
    const Key = placeOf(event.chain, event.seq);
    await owner().send(new DeleteItemCommand({ TableName: box.tables.audit, Key }));
  }

  /** The chain of the function that agents call. */
  const chain = () => events.filter((event) => event.chain.startsWith('mcp-'));
  function at(seq: number): AuditEvent {
    const event = chain()[seq - 1];
    if (event === undefined) throw new Error(`the chain has no event ${seq}`);
    return event;
  }

  /** The sealer is told; how many alarms it raised is a metric of its log. */
  async function alarms(): Promise<number> {
    const sealer = box.functions.get('seal-audit');
    const from = sealer?.printed.length ?? 0;
    await box.seal();
    // What it printed may come after its answer.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const printed = sealer?.printed.slice(from).join('') ?? '';
    return [...printed.matchAll(/"AuditTampered":(\d+)[,}]/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  }

  it('holds after plan, approval and apply, each step in it, all of it sealed', async () => {
    const verified = await verify();
    expect(verified, box.printed()).toMatchObject({ ok: true, events: events.length });
    expect(verified.ok && verified.checkpoints).toBeGreaterThanOrEqual(2);
    const types = new Set(events.map(({ type }) => type));
    expect([...types]).toEqual(
      expect.arrayContaining([
        'plan.created',
        'approval.requested',
        'vote.cast',
        'run.authorized',
        'run.succeeded',
      ]),
    );
    const writers = new Set(events.map((event) => event.chain.split('-')[0]));
    expect(writers.size, [...writers].join()).toBeGreaterThanOrEqual(4);
    expect(sealedHeads(box)).toEqual(new Map(events.map(({ chain: name, seq }) => [name, seq])));
    expect(box.fake.aws.calls.filter(({ allowed }) => !allowed)).toEqual([]);
    expect(await alarms()).toBe(0);
  });

  it('tells an auditor so through the control API, which has no key that seals', async () => {
    expect(await askControl(), box.printed()).toMatchObject({ status: 200, holds: true });
    const answer = await box.control('GET', '/iam/api/audit/verification', { principal: AGENT });
    expect(answer.statusCode).toBe(403);
  });

  it('does not seal twice what the stream tells twice, whether the sealer is the same or a new one', async () => {
    await callTool(box, AGENT, 'gateway_get_plan', { plan_id: 'plan_none' });
    const batch = box.stream.take();
    expect(batch.Records.length).toBeGreaterThan(0);
    const sealer = box.functions.get('seal-audit');
    await sealer?.invoke(batch);
    const once = box.fake.s3.keys(box.checkpoints).length;
    await sealer?.invoke(batch);
    sealer?.rest();
    await sealer?.invoke(batch);
    expect(box.fake.s3.keys(box.checkpoints).length).toBe(once);
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('finds an edited event, and raises the alarm', async () => {
    await edit(at(2), { ...at(2), actor: 'human:nobody@example.com' });
    expect(await alarms(), box.printed()).toBe(1);
    expect(await verify()).toMatchObject({ problem: { kind: 'edited', chain: at(2).chain, seq: 2 } });
    expect(await askControl()).toMatchObject({ status: 200, holds: false });
  });

  it('finds a removed event, and raises the alarm', async () => {
    await remove(at(2));
    expect(await alarms()).toBe(1);
    expect(await verify()).toMatchObject({ problem: { kind: 'removed', chain: at(2).chain, seq: 2 } });
  });

  it('finds events that changed places', async () => {
    await edit(at(2), at(3));
    await edit(at(3), at(2));
    expect(await alarms()).toBe(2);
    expect(await verify()).toMatchObject({ problem: { kind: 'reordered', chain: at(2).chain, seq: 2 } });
  });

  it('finds a chain that was cut at its end', async () => {
    const last = chain().length;
    await remove(at(last));
    expect(await alarms()).toBe(1);
    expect(await verify()).toMatchObject({ problem: { kind: 'truncated', seq: last } });
  });

  it('finds a chain that vanished whole', async () => {
    const name = at(1).chain;
    const opening = { TableName: box.tables.audit, Key: { pk: { S: `chain ${name}` }, sk: { S: '-' } } };
    const { Item } = await owner().send(new GetItemCommand(opening));
    for (const event of chain()) await remove(event);
    undo.push(() => owner().send(new PutItemCommand({ TableName: box.tables.audit, Item })));
    await owner().send(new DeleteItemCommand(opening));
    expect(await alarms()).toBe(chain().length + 1);
    expect(await verify()).toMatchObject({ problem: { kind: 'chain_missing', chain: name } });
  });

  it('lets no role of the gateway change an event or a checkpoint', async () => {
    const { aws } = box.fake;
    const table = `arn:aws:dynamodb:eu-west-1:111122223333:table/${box.tables.audit}`;
    const object = `arn:aws:s3:::${box.checkpoints}/checkpoints/000000000001.json`;
    for (const { arn, name } of box.template.roles.values()) {
      for (const action of ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'])
        expect(aws.judge(arn, { action, resource: table }).allowed, `${name} ${action}`).toBe(false);
      for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention'])
        expect(aws.judge(arn, { action, resource: object }).allowed, `${name} ${action}`).toBe(false);
    }
  });
});

async function everyEvent(box: Box): Promise<AuditEvent[]> {
  const store = box.store(null);
  const chains = await store.list('chain', { under: 'chains', order: 'oldest_first', limit: 1000 });
  const lists = chains.items.map(({ chain }) =>
    store.list('audit', { under: chain, order: 'oldest_first', limit: 1000 }),
  );
  return (await Promise.all(lists)).flatMap(({ items }) => items);
}

/** How far each chain is sealed. */
function sealedHeads(box: Box): Map<string, number> {
  const { s3 } = box.fake;
  const keys = [...s3.keys(box.checkpoints)].sort();
  const heads = keys.flatMap((key) => JSON.parse(String(s3.peek(box.checkpoints, key))).heads);
  return new Map(heads.map(({ chain, seq }) => [chain, seq]));
}
