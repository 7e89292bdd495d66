/** What must not work in the cloud, tried against the deployed shape: records, objects and builds that lie. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { canonicalJson, sha256 } from '../../lib/core/canonical.ts';
import { parsePlanId, runIdOf } from '../../lib/core/ids.ts';
import { type Box, openBox } from '../support/cloud/box/box.ts';
import { jobResult, packResult } from '../support/cloud/box/results.ts';
import { describeWith } from '../support/tools.ts';
import { callTool } from './agent.ts';
import { decide, mailTo, post } from './approver.ts';
import { AGENT, boxFiles, SECRETS } from './files.ts';
import { apply, ask, folder, furnish, plan, stateOf } from './scene.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describeWith('terraform', 'the cloud under attack', () => {
  let box: Box;
  beforeAll(async () => {
    box = await openBox('prod', boxFiles('prod'), { secrets: SECRETS });
    furnish(box);
  });
  afterAll(async () => box?.stop());

  const printedBy = (name: string): string =>
    [...box.functions].flatMap(([each, { printed }]) => (each === name ? printed : [])).join('');

  async function approved(name: string, input = 'one') {
    const cwd = folder(box, name, input);
    const planned = await plan(box, cwd);
    const approval = await ask(box, planned);
    const { link } = await mailTo(box, approval, 'alice@example.com');
    expect((await decide(box, link, 'approve')).statusCode).toBe(200);
    return { cwd, planned, approval, link };
  }

  it('refuses a plan whose file was changed in the bucket after the approval', async () => {
    const { cwd, planned } = await approved('changed-file');
    const record = (await box.store(null).get('plan', planned.plan_id ?? ''))?.value;
    const frozen =
      record !== undefined && 'frozen' in record && record.frozen.kind === 'terraform' ? record.frozen : null;
    const key = `frozen/${frozen?.artifact.slice('sha256:'.length)}`;
    const bytes = box.fake.s3.peek(box.artifacts, key) ?? Buffer.alloc(0);
    box.fake.s3.poke(box.artifacts, key, Buffer.concat([bytes.subarray(0, -8), Buffer.from('tampered')]));
    expect((await apply(box, planned)).error?.code).toBe('plan_tampered');
    expect(stateOf(box, cwd)).toBeNull();
  });

  it('counts no vote that was written without the key, and lets the agents’ role write none', async () => {
    const planned = await plan(box, folder(box, 'forged-vote'));
    const approval = await ask(box, planned);
    const record = (await box.store(null).get('approval', approval))?.value;
    if (record === undefined) throw new Error('no approval');
    const vote = {
      approval_id: record.approval_id,
      digest: record.digest,
      environment: 'prod',
      approver: 'alice@example.com',
      verdict: 'approve',
      reason: '',
      voted_at: new Date().toISOString(),
      expires_at: record.expires_at,
      signature: Buffer.alloc(64, 1).toString('base64'),
      audit: record.audit,
    } as const;
    const key = `${approval} alice@example.com`;
    await expect(box.store('mcp').create('vote', key, vote)).rejects.toThrow(/not authorized/i);
    await expect(box.store('ask-approval').create('vote', key, vote)).rejects.toThrow(/not authorized/i);
    expect(await box.store(null).create('vote', key, vote)).toBe('created');
    expect((await apply(box, planned)).error?.code).toBe('approval_pending');
  });

  it('does not believe a proposal that was rewritten to be allowed', async () => {
    const cwd = folder(box, 'rewritten');
    const planned = await plan(box, cwd);
    const mcp = box.store('mcp');
    const found = await mcp.get('plan', planned.plan_id ?? '');
    if (found === null || !('decision' in found.value)) throw new Error('no plan');
    const allowed = { ...found.value, state: 'ready', decision: 'allow', reasons: [] } as const;
    expect(await mcp.replace('plan', found.value.plan_id, found.version, allowed)).toBe('replaced');
    const refused = await apply(box, planned);
    expect(refused.error).toMatchObject({
      code: 'plan_tampered',
      message: expect.stringContaining('Plan again'),
    });
    const lines = ['mcp', 'authorize-run'].map((name) => printedBy(name).includes('"PlanRewritten":1'));
    expect(lines, 'the metric that the alarm watches').toEqual([false, true]);
    expect(stateOf(box, cwd)).toBeNull();
  });

  it('shows humans only what was judged: a plan that hides what it does until it is approved is not approved', async () => {
    const cwd = folder(box, 'masked', 'three');
    const planned = await plan(box, cwd);
    const approval = await ask(box, planned);
    const { link } = await mailTo(box, approval, 'alice@example.com');
    const mcp = box.store('mcp');
    const found = await mcp.get('plan', planned.plan_id ?? '');
    if (found === null || !('digest' in found.value)) throw new Error('no plan');
    const { plan_id } = found.value;
    const masked = { ...found.value, evaluation: null, evaluationBlob: null, reasons: [] };
    expect(await mcp.replace('plan', plan_id, found.version, masked)).toBe('replaced');
    const forged = { plan_id, expires_at: masked.expires_at };
    await expect(
      mcp.create('judgement', `${plan_id} ${sha256(canonicalJson(masked))}`, forged),
    ).rejects.toThrow(/not authorized/i);
    const vote = { verdict: 'approve', reason: '', digest: planned.digest ?? '' };
    expect((await post(box, link, vote)).statusCode).not.toBe(200);
    expect((await apply(box, planned)).error?.code).not.toBeUndefined();
    expect(stateOf(box, cwd)).toBeNull();
    expect(await mcp.replace('plan', plan_id, found.version + 1, found.value)).toBe('replaced');
    expect((await decide(box, link, 'approve')).statusCode).toBe(200);
    expect(await apply(box, planned)).toMatchObject({ status: 'succeeded' });
  });

  it('refuses a plan whose JSON the planner forged', async () => {
    const cwd = folder(box, 'forged-json', 'two');
    // A planner that was taken over says of its plan file that it changes nothing.
    box.builds.after = async (run) => {
      if (!run.project.endsWith('terraform-plan')) return;
      const key = `results/terraform-plan/${run.job}/result.zip`;
      const { result, blobs } = jobResult(box.fake.s3.peek(box.artifacts, key));
      if (result.kind !== 'planned') return;
      const shown = JSON.parse(Buffer.from(blobs.get(result.plan_json) ?? []).toString());
      shown.resource_changes[0].change.after.input = 'harmless';
      box.fake.s3.poke(box.artifacts, key, packResult(result, blobs, 'plan_json', JSON.stringify(shown)));
    };
    const planned = await plan(box, cwd);
    box.builds.after = null;
    expect(planned, box.printed()).toMatchObject({ status: 'needs_approval' });
    const approval = await ask(box, planned);
    const { link } = await mailTo(box, approval, 'alice@example.com');
    expect((await decide(box, link, 'approve')).statusCode).toBe(200);
    const refused = await apply(box, planned);
    expect(refused, box.printed()).toMatchObject({ status: 'failed', error: { code: 'plan_tampered' } });
    expect(stateOf(box, cwd)).toBeNull();
  });

  it('runs one of two plans that share a digest and an approval', async () => {
    const cwd = folder(box, 'twins');
    const [one, two] = [await plan(box, cwd), await plan(box, cwd)];
    expect(one.digest).toBe(two.digest);
    const approval = await ask(box, one);
    expect(await ask(box, two)).toBe(approval);
    const { link } = await mailTo(box, approval, 'alice@example.com');
    await decide(box, link, 'approve');
    const ended = await Promise.all([apply(box, one), apply(box, two)]);
    expect(ended.map(({ status }) => status).sort()).toEqual(['refused', 'succeeded']);
    const applies = box.builds.runs.filter(({ project }) => project.endsWith('terraform-apply'));
    const runs = await Promise.all(
      [one, two].map(({ plan_id }) =>
        box.store(null).get('run', runIdOf(parsePlanId(plan_id ?? '') ?? fail())),
      ),
    );
    expect(runs.filter((run) => run !== null)).toHaveLength(1);
    expect(applies.length).toBeGreaterThan(0);
  });

  it('starts a plan once however often it is asked to at the same time', async () => {
    const { planned } = await approved('at-once');
    const before = box.builds.runs.length;
    const ended = await Promise.all([1, 2, 3, 4].map(() => apply(box, planned)));
    expect(ended.filter(({ status, executed }) => status === 'succeeded' && executed).length).toBeGreaterThan(
      0,
    );
    expect(
      box.builds.runs.slice(before).filter(({ project }) => project.endsWith('terraform-apply')),
    ).toHaveLength(1);
  });

  it('lets nobody start what the machine is not asked to: a crafted execution decides nothing', async () => {
    const cwd = folder(box, 'crafted');
    const planned = await plan(box, cwd);
    const machine = [...box.template.machines.values()].find(({ arn }) => arn.endsWith('-run'))?.arn ?? '';
    const input = {
      plan_id: planned.plan_id,
      begin: 'authorize',
      kinds: ['terraform-apply'],
      caller: { agent: 'ci-bot', human: null },
      step: { next: 'terraform-apply', job_id: 'job_made_up' },
      build: { id: 'x', status: 'SUCCEEDED' },
      failure: null,
    };
    for (const begin of ['authorize', 'judge', 'terraform-apply']) {
      const name = `crafted-${begin}`;
      box.machines.start({
        executionArn: `${machine.replace(':stateMachine:', ':execution:')}:${name}`,
        machine,
        name,
        input: JSON.stringify({ ...input, begin }),
      });
    }
    const before = box.builds.runs.length;
    await box.machines.settled();
    expect(box.builds.runs.length).toBe(before);
    expect(stateOf(box, cwd)).toBeNull();
  });

  it('records a build that failed, before and in a run', async () => {
    box.builds.before = async ({ project }) => {
      if (project.endsWith('terraform-plan')) throw new Error('the image is gone');
    };
    const failed = await plan(box, folder(box, 'build-fails'));
    expect(failed).toMatchObject({ status: 'plan_failed', error: { code: 'execution_failed' } });
    expect(failed.error?.message).toContain('terraform-plan');
    box.builds.before = null;
    const { planned } = await approved('apply-fails');
    box.builds.before = async ({ project }) => {
      if (project.endsWith('terraform-apply')) throw new Error('out of memory');
    };
    const ended = await apply(box, planned);
    box.builds.before = null;
    expect(ended).toMatchObject({ status: 'failed', executed: true, error: { code: 'execution_failed' } });
    expect(ended.error?.message).toContain('plan again');
    expect((await apply(box, planned)).error?.code).toBe('plan_used');
  });

  it('records a run whose machine was stopped', async () => {
    const { planned } = await approved('stopped');
    let reached = () => {};
    const inBuild = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    box.builds.before = async ({ project }) => {
      if (!project.endsWith('terraform-apply')) return;
      reached();
      await held;
      throw new Error('stopped');
    };
    const going = callTool(box, AGENT, 'gateway_terraform_apply', { plan_id: planned.plan_id });
    await inBuild;
    const execution = box.machines.executions.findLast(
      ({ machine, status }) => machine.endsWith('-run') && status === 'RUNNING',
    );
    box.machines.stop?.(execution?.arn ?? '', 'a human said so');
    await execution?.over;
    release();
    expect(await going).toMatchObject({ status: 'cancelled', error: { code: 'interrupted' } });
    box.builds.before = null;
    await box.machines.settled();
  });

  it('tells of a request that nobody decided in time; a vote after that counts no more', async () => {
    const planned = await plan(box, folder(box, 'too-late'));
    const approval = await ask(box, planned);
    const { link } = await mailTo(box, approval, 'alice@example.com');
    const store = box.store(null);
    const found = await store.get('approval', approval);
    if (found === null) throw new Error('no approval');
    const expired = { ...found.value, expires_at: new Date(Date.now() - 1000).toISOString() };
    await store.replace('approval', approval, found.version, expired);
    box.machines.timeOut(approval);
    await box.machines.settled();
    expect(
      (await post(box, link, { verdict: 'approve', reason: '', digest: expired.digest })).statusCode,
    ).not.toBe(200);
    expect((await apply(box, planned)).error?.code).toBe('approval_expired');
  });

  it('takes the store for the truth when the machine waits no more, and a second callback for nothing', async () => {
    const planned = await plan(box, folder(box, 'machine-gone'));
    const approval = await ask(box, planned);
    const { link } = await mailTo(box, approval, 'alice@example.com');
    box.machines.timeOut(approval);
    await box.machines.settled();
    expect((await decide(box, link, 'approve')).statusCode).toBe(200);
    const again = { verdict: 'approve', reason: 'as agreed', digest: planned.digest ?? '' };
    expect((await post(box, link, again)).statusCode).toBe(200);
    expect(await apply(box, planned)).toMatchObject({ status: 'succeeded' });
  });

  it('keeps the token of the waiting machine from everybody but the control side', async () => {
    for (const role of ['mcp', 'authorize-run', 'finish-run']) {
      const reader = box.store(role);
      await expect(reader.get('task_token', 'apr_x')).rejects.toThrow(/not authorized/i);
    }
  });
});

function fail(): never {
  throw new Error('no plan id');
}
