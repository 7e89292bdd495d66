/** What the pipeline does around every tool: audit, limits, argument errors, paging. */
import { describe, expect, test } from 'vitest';
import { MAX_ARGUMENT_BYTES } from '../../lib/gateway.ts';
import { TOOLS } from '../../lib/tools/table.ts';
import { change, type Harness, makeHarness, planJsonOf } from '../support/harness.ts';

async function events(harness: Harness): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const chains = await harness.store.list('chain', { under: 'chains', order: 'oldest_first', limit: 10 });
  const pages = chains.items.map(({ chain }) =>
    harness.store.list('audit', { under: chain, order: 'oldest_first', limit: 1000 }),
  );
  return (await Promise.all(pages)).flatMap((page) => [...page.items]);
}

describe('every call', () => {
  test('is in the audit before it is answered, and its answer after', async () => {
    const harness = makeHarness();
    await harness.call('gateway_get_plan', { plan_id: 'x' });
    await harness.call('nonsense', {});
    await harness.call('gateway_get_plan', { plan_id: 'x', extra: 1 });
    const seen = await events(harness);
    expect(seen.map((each) => each.type)).toEqual(
      Array.from({ length: 3 }, () => ['call.received', 'call.answered']).flat(),
    );
    expect(seen.filter((each) => each.type === 'call.answered').map((each) => each.data.error)).toEqual([
      'plan_not_found',
      'invalid_arguments',
      'invalid_arguments',
    ]);
  });

  test('keeps secrets of its arguments out of the audit, with an HMAC of the original', async () => {
    const harness = makeHarness();
    const secret = ['s3cr3t', 'value', '4711'].join('-');
    await harness.call('gateway_terraform_plan', { password: secret, nested: { api_token: secret } });
    const [received] = await events(harness);
    expect(JSON.stringify(received)).not.toContain(secret);
    expect(received?.data.arguments_hmac).toMatch(/^hmac:[0-9a-f]{64}$/);
  });

  test('larger than the limit is refused by size, and only its size is kept', async () => {
    const harness = makeHarness();
    const answer = await harness.call('gateway_request_approval', {
      plan_id: 'x',
      reason: 'y'.repeat(MAX_ARGUMENT_BYTES),
    });
    expect(answer).toMatchObject({ status: 'refused', error: { code: 'invalid_arguments' } });
    expect(answer.error?.message).toContain(String(MAX_ARGUMENT_BYTES));
    const [received] = await events(harness);
    expect(received?.data.arguments).toEqual({ bytes: expect.any(Number) });
  });

  test('that breaks inside says nothing of the inside', async () => {
    const harness = makeHarness();
    Object.assign(harness.ctx, { terraform: () => Promise.reject(new Error('secret path /root/x')) });
    const answer = await harness.call('gateway_terraform_plan', {});
    expect(answer.error?.code).toBe('execution_failed');
    expect(JSON.stringify(answer)).not.toContain('secret path');
    expect(harness.reports.join()).toContain('secret path');
  });
});

describe('arguments', () => {
  test.each(TOOLS.map((tool) => [tool.name] as const))('%s refuses what it does not know', async (name) => {
    const answer = await makeHarness().call(name, { unknown_thing: true });
    expect(answer).toMatchObject({ status: 'refused', error: { code: 'invalid_arguments' } });
    expect(answer.error?.message).toContain('"unknown_thing"');
  });

  test('paths that leave the root, absolute ones, and control characters', async () => {
    const harness = makeHarness();
    for (const cwd of ['..', 'a/../../b', '/etc', 'C:\\x', 'a\\..\\..']) {
      expect((await harness.call('gateway_terraform_plan', { cwd })).error?.code, cwd).toBe(
        'path_outside_root',
      );
    }
    for (const cwd of ['a\u0000b', 'a\nb', 'a\u202eb', '']) {
      expect((await harness.call('gateway_terraform_plan', { cwd })).error?.code).toBe('invalid_arguments');
    }
    expect((await harness.call('gateway_terraform_plan', { cwd: 'a/../b/.' })).status).toBe('needs_approval');
  });

  test('flags of terraform that are not allowed, and workspaces that could be flags', async () => {
    const harness = makeHarness();
    for (const args of [
      ['-out=x'],
      ['-state=/etc/x'],
      ['-chdir=..'],
      ['-var-file=../x'],
      ['--', 'x'],
      ['-input=true'],
    ]) {
      expect((await harness.call('gateway_terraform_plan', { args })).error?.code, args.join(' ')).toBe(
        'invalid_arguments',
      );
    }
    expect((await harness.call('gateway_terraform_plan', { workspace: '-x' })).error?.code).toBe(
      'invalid_arguments',
    );
    expect((await harness.call('gateway_terraform_plan', { ref: 'main' })).error?.code).toBe(
      'invalid_arguments',
    );
    expect(harness.terraform.plans).toBe(0);
  });
});

describe('limits', () => {
  test('calls a minute, for each agent, shared by processes; the next minute starts afresh', async () => {
    const harness = makeHarness();
    const policy = { ...harness.ctx.policy, limits: { ...harness.ctx.policy.limits, callsPerMinute: 3 } };
    Object.assign(harness.ctx, { policy });
    const call = (agent: string) =>
      harness.call('gateway_get_plan', { plan_id: 'x' }, { agent, human: null });
    for (let times = 0; times < 3; times += 1) expect((await call('a')).error?.code).toBe('plan_not_found');
    expect((await call('a')).error).toMatchObject({
      code: 'quota_exceeded',
      message: expect.stringMatching(/Wait \d+ seconds/),
    });
    expect((await call('b')).error?.code).toBe('plan_not_found');
    harness.now = new Date(harness.now.getTime() + 60_000);
    expect((await call('a')).error?.code).toBe('plan_not_found');
  });

  test('pending approvals for each agent; decided ones make room', async () => {
    const harness = makeHarness();
    const policy = {
      ...harness.ctx.policy,
      limits: { ...harness.ctx.policy.limits, pendingApprovalsPerAgent: 2 },
    };
    Object.assign(harness.ctx, { policy });
    const asks: string[] = [];
    const ask = async () => {
      harness.terraform.serial += 1;
      const plan = await harness.call('gateway_terraform_plan', {});
      return harness.call('gateway_request_approval', { plan_id: plan.plan_id, reason: 'why' });
    };
    for (let times = 0; times < 2; times += 1) asks.push(String((await ask()).approval_id));
    expect((await ask()).error?.code).toBe('quota_exceeded');
    await harness.vote(String(asks.at(-1)), 'reject');
    expect((await ask()).status).toBe('pending');
  });
});

describe('paging', () => {
  test('an output above the limit comes page by page, cut between characters, and whole in the end', async () => {
    const harness = makeHarness({ environment: 'dev' });
    const policy = { ...harness.ctx.policy, limits: { ...harness.ctx.policy.limits, outputBytes: 1000 } };
    Object.assign(harness.ctx, { policy });
    const text = 'é→𝄞x'.repeat(700);
    const output = await harness.blobs.put(new TextEncoder().encode(text));
    harness.executor.result = { ...harness.executor.result, output };
    const plan = await harness.call('gateway_terraform_plan', {});
    let answer = await harness.call('gateway_terraform_apply', { plan_id: plan.plan_id });
    let whole = answer.output ?? '';
    expect(answer.truncated).toBe(true);
    for (let pages = 0; answer.next_cursor && pages < 50; pages += 1) {
      answer = await harness.call('gateway_get_plan', { plan_id: plan.plan_id, cursor: answer.next_cursor });
      whole += answer.output;
    }
    expect(whole).toBe(text);
    expect(answer).toMatchObject({ truncated: false, next_cursor: null });
  });

  test("a cursor of another plan's output is refused", async () => {
    const harness = makeHarness({ environment: 'dev' });
    const secret = await harness.blobs.put(new TextEncoder().encode('state'));
    const plan = await harness.call('gateway_terraform_plan', {});
    for (const cursor of [`${secret}@0`, 'x', `${secret}`, `${secret}@-1`, 'changes@x']) {
      expect(
        (await harness.call('gateway_get_plan', { plan_id: plan.plan_id, cursor })).error?.code,
        cursor,
      ).toBe('invalid_arguments');
    }
  });

  test('an evaluation of many changes is capped, worst first, and paged', async () => {
    const harness = makeHarness({ environment: 'dev' });
    const many = Array.from({ length: 120 }, (_, index) =>
      change(`terraform_data.n${index}`, ['create'], null, { input: index }),
    );
    harness.terraform.planJson = planJsonOf([
      ...many,
      change('aws_db_instance.last', ['delete'], { skip_final_snapshot: true }, null),
    ]);
    const plan = await harness.call('gateway_terraform_plan', {});
    expect(plan.evaluation).toMatchObject({ total_changes: 121, next_cursor: 'changes@50' });
    expect(plan.evaluation?.changes).toHaveLength(50);
    expect(plan.evaluation?.changes[0]?.address).toBe('aws_db_instance.last');
    const addresses = new Set(plan.evaluation?.changes.map((each) => each.address));
    for (let cursor = plan.evaluation?.next_cursor; cursor; ) {
      const page = await harness.call('gateway_get_plan', { plan_id: plan.plan_id, cursor });
      for (const each of page.evaluation?.changes ?? []) addresses.add(each.address);
      cursor = page.evaluation?.next_cursor;
    }
    expect(addresses.size).toBe(121);
  });
});
