/** The main job in the cloud: plan, stop, a human approves by the link in a mail, exactly that is applied, once. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Box, openBox } from '../support/cloud/box/box.ts';
import { moduleServer } from '../support/module-server.ts';
import { describeWith } from '../support/tools.ts';
import { callTool, settle } from './agent.ts';
import { decide, field, mailsAbout, mailTo, post } from './approver.ts';
import { AGENT, boxFiles, OTHER_AGENT, SECRETS } from './files.ts';
import { apply, ask, folder, furnish, plan, stateOf } from './scene.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describeWith('terraform', 'the main job in the cloud', () => {
  let box: Box;
  beforeAll(async () => {
    box = await openBox('prod', boxFiles('prod'), { secrets: SECRETS });
    furnish(box);
  });
  afterAll(async () => box?.stop());

  it('plans, waits for a human, applies exactly that, once', async () => {
    const cwd = folder(box, 'vpc');
    const planned = await plan(box, cwd);
    expect(planned, box.printed()).toMatchObject({
      status: 'needs_approval',
      decision: 'escalate',
      executed: false,
    });
    expect((await apply(box, planned)).error?.code).toBe('approval_required');
    const approval = await ask(box, planned);
    expect((await apply(box, planned)).error?.code).toBe('approval_pending');

    const mail = await mailTo(box, approval, 'alice@example.com');
    await mailTo(box, approval, 'bob@example.com');
    expect(mail.text).toContain('terraform_data.a');
    expect(
      mailsAbout(box, approval)
        .map(({ to }) => to)
        .sort(),
    ).toEqual(['alice@example.com', 'bob@example.com']);
    expect((await decide(box, mail.link, 'approve')).statusCode).toBe(200);

    const applied = await apply(box, planned);
    expect(applied, box.printed()).toMatchObject({ status: 'succeeded', executed: true, exit_code: 0 });
    expect(applied.output).toContain('Apply complete');
    expect(stateOf(box, cwd)?.resources).toHaveLength(1);
    expect((await apply(box, planned)).error?.code).toBe('plan_used');
    // The machine that waited went on, and nobody was refused what the template should have let them do.
    await box.machines.settled();
    expect(box.machines.executions.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
    expect(box.fake.aws.calls.filter(({ allowed }) => !allowed)).toEqual([]);
  });

  it('reads the commit into the plan, and says what is missing', async () => {
    expect((await plan(box, 'network/nothing')).error?.code).toBe('source_not_found');
    expect((await callTool(box, AGENT, 'gateway_terraform_plan', { cwd: 'elsewhere/vpc' })).error?.code).toBe(
      'source_not_found',
    );
    const refused = await callTool(box, AGENT, 'gateway_terraform_plan', { cwd: 'network/vpc', ref: 'main' });
    expect(refused.error?.message).toContain('has no refs');
  });

  it('gives terraform the secrets of the source, and nobody else', async () => {
    const main = [
      'variable "pin" { type = string }',
      'variable "sizes" { type = list(number) }',
      'resource "terraform_data" "a" {',
      '  input = format("%d sizes, pin %s", length(var.sizes), var.pin)',
      '}',
      'resource "terraform_data" "each" {',
      '  for_each = toset([var.pin])',
      '}',
      'output "pin" { value = var.pin }',
    ].join('\n');
    box.fake.s3.poke('example-sources', 'network/secrets/main.tf', Buffer.from(main));
    const planned = await plan(box, 'network/secrets');
    expect(planned, box.printed()).toMatchObject({ status: 'needs_approval' });
    const approval = await ask(box, planned);
    const mail = await mailTo(box, approval, 'alice@example.com');
    const page = await box.control('GET', mail.link, { headers: { accept: 'text/html' } });
    await decide(box, mail.link, 'approve');
    const applied = await apply(box, planned);
    expect(applied, box.printed()).toMatchObject({ status: 'succeeded' });
    expect(applied.output).toContain('Apply complete');
    expect(JSON.stringify(stateOf(box, 'network/secrets'))).toContain('2 sizes, pin swordfish-4711');
    expect(planned.evaluation?.changes.map(({ address }) => address)).toContainEqual(
      expect.stringMatching(/^terraform_data\.each\["/),
    );
    const records = await box.store(null).get('plan', planned.plan_id ?? '');
    for (const seen of [planned, records, mail.text, page.body, applied, box.printed()]) {
      expect(JSON.stringify(seen)).not.toContain('swordfish');
    }
  });

  it('stops before terraform runs where the scan finds something, and goes on once that is approved', async () => {
    const main = 'resource "terraform_data" "a" {\n  input = nonsensitive("abc")\n}\n';
    box.fake.s3.poke('example-sources', 'network/scanned-first/main.tf', Buffer.from(main));
    const target = { cwd: 'network/scanned-first' };
    const before = box.builds.runs.length;
    const stopped = await plan(box, target.cwd);
    expect(stopped, box.printed()).toMatchObject({
      status: 'needs_approval',
      next: { tool: 'gateway_request_approval' },
    });
    const lanes = box.builds.runs.slice(before).map(({ project }) => project.replace('recourse-prod-', ''));
    expect(lanes).toEqual(['source']);
    const go = { ...target, plan_id: stopped.plan_id };
    expect((await callTool(box, AGENT, 'gateway_terraform_plan', go)).error?.code).toBe('approval_required');
    const first = await mailTo(box, await ask(box, stopped), 'alice@example.com');
    await decide(box, first.link, 'approve');
    const other = await callTool(box, AGENT, 'gateway_terraform_plan', { ...go, args: ['-destroy'] });
    expect(other.error?.code).toBe('arguments_changed');
    const planned = await settle(box, AGENT, await callTool(box, AGENT, 'gateway_terraform_plan', go));
    expect(planned, box.printed()).toMatchObject({ status: 'needs_approval' });
    expect(planned.plan_id).not.toBe(stopped.plan_id);
    expect((await callTool(box, AGENT, 'gateway_terraform_plan', go)).error?.code).toBe('plan_used');
    const second = await mailTo(box, await ask(box, planned), 'bob@example.com');
    await decide(box, second.link, 'approve');
    expect(await apply(box, planned), box.printed()).toMatchObject({ status: 'succeeded' });
  });

  it('downloads modules only once their source is approved, and stops again for what they bring', async () => {
    const server = await moduleServer({ 'main.tf': 'resource "terraform_data" "m" {}\n' });
    const write = (name: string) =>
      box.fake.s3.poke(
        'example-sources',
        `network/${name}/main.tf`,
        Buffer.from(`module "m" {\n  source = "${server.source}"\n}\n`),
      );
    write('module-good');
    write('module-bad');
    const goOn = async (cwd: string) => {
      const stopped = await plan(box, cwd);
      expect(stopped, box.printed()).toMatchObject({ status: 'needs_approval' });
      await decide(box, (await mailTo(box, await ask(box, stopped), 'alice@example.com')).link, 'approve');
      const args = { cwd, plan_id: stopped.plan_id };
      return settle(box, AGENT, await callTool(box, AGENT, 'gateway_terraform_plan', args));
    };
    const first = plan(box, 'network/module-good');
    expect(await first).toMatchObject({ status: 'needs_approval' });
    expect(server.requests()).toBe(0);
    const good = await goOn('network/module-good');
    expect(good, box.printed()).toMatchObject({ status: 'needs_approval' });
    expect(good.evaluation?.changes.map(({ address }) => address)).toEqual(['module.m.terraform_data.m']);
    expect(server.downloads()).toBe(1);

    server.serve({
      'main.tf':
        'resource "terraform_data" "m" {\n  provisioner "local-exec" {\n    command = "touch ran"\n  }\n}\n',
    });
    const before = box.builds.runs.length;
    const bad = await goOn('network/module-bad');
    expect(bad, box.printed()).toMatchObject({ status: 'needs_approval' });
    expect(bad.evaluation).toBeUndefined();
    expect(bad.reasons?.map((each) => each.class)).toContain('code_execution');
    const lanes = box.builds.runs.slice(before).map(({ project }) => project.replace('recourse-prod-', ''));
    expect(lanes).toEqual(['source', 'source']);
    await server.close();
  });

  it('applies nothing that a human rejected', async () => {
    const cwd = folder(box, 'rejected');
    const planned = await plan(box, cwd);
    const approval = await ask(box, planned);
    const { link } = await mailTo(box, approval, 'bob@example.com');
    expect((await decide(box, link, 'reject', 'not during the freeze')).statusCode).toBe(200);
    const refused = await apply(box, planned);
    expect(refused.error?.code).toBe('approval_rejected');
    expect(refused.error?.message).toContain('not during the freeze');
    expect(stateOf(box, cwd)).toBeNull();
  });

  it('does not take an agent’s own human for an approver', async () => {
    const planned = await plan(box, folder(box, 'four-eyes'));
    const approval = await ask(box, planned);
    await mailTo(box, approval, 'alice@example.com');
    const vote = await box.control('POST', `/iam/api/approvals/${approval}/decision`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ verdict: 'approve', reason: 'mine' }),
      principal: 'arn:aws:sts::111122223333:assumed-role/ci/session',
    });
    expect(vote.statusCode).toBe(403);
    expect((await apply(box, planned)).error?.code).toBe('approval_pending');
  });

  it('lets an approver decide with a signed request', async () => {
    const planned = await plan(box, folder(box, 'signed'));
    const approval = await ask(box, planned);
    const vote = await box.control('POST', `/iam/api/approvals/${approval}/decision`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ verdict: 'approve', reason: 'by IAM' }),
      principal: 'arn:aws:sts::111122223333:assumed-role/alice/session',
    });
    expect(vote.statusCode, vote.body).toBe(200);
    expect(await apply(box, planned), box.printed()).toMatchObject({ status: 'succeeded' });
  });

  it('keeps plans of other agents apart', async () => {
    const planned = await plan(box, folder(box, 'mine'));
    expect((await apply(box, planned, OTHER_AGENT)).error?.code).toBe('not_your_plan');
  });

  it('decides nothing when a scanner opens the link, whatever method it has', async () => {
    const planned = await plan(box, folder(box, 'scanned'));
    const approval = await ask(box, planned);
    const { link } = await mailTo(box, approval, 'alice@example.com');
    const before = await eventsOf(box, 'approval.viewed', approval);
    for (let times = 0; times < 10; times += 1) {
      const method = ['GET', 'HEAD', 'GET'][times % 3] ?? 'GET';
      const headers =
        times % 2 === 0 ? { purpose: 'prefetch', 'sec-purpose': 'prefetch' } : { accept: 'text/html' };
      expect((await box.control(method, link, { headers })).statusCode).toBe(200);
    }
    expect((await eventsOf(box, 'approval.viewed', approval)) - before).toBe(10);
    expect((await apply(box, planned)).error?.code).toBe('approval_pending');
  });

  it('takes a link once, for its own approval, and as it was made', async () => {
    const [first, second] = [await plan(box, folder(box, 'link-1')), await plan(box, folder(box, 'link-2'))];
    const [one, two] = [await ask(box, first), await ask(box, second)];
    const { link } = await mailTo(box, one, 'alice@example.com');
    const token = new URL(link, 'https://x.invalid').searchParams.get('t') ?? '';
    const page = await box.control('GET', link, { headers: { accept: 'text/html' } });
    const digest = field(page.body, 'digest');
    expect(
      (await post(box, `/a/${two}?t=${token}`, { verdict: 'approve', reason: '', digest })).statusCode,
    ).toBe(404);
    const forged = `${token.slice(0, -4)}${token.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
    expect(
      (await post(box, `/a/${one}?t=${forged}`, { verdict: 'approve', reason: '', digest })).statusCode,
    ).toBe(404);
    expect((await apply(box, first)).error?.code).toBe('approval_pending');
    expect((await decide(box, link, 'approve')).statusCode).toBe(200);
    // The same vote again is told what stands; another one is refused.
    expect((await post(box, link, { verdict: 'reject', reason: 'no', digest })).statusCode).toBe(409);
    expect(await apply(box, first)).toMatchObject({ status: 'succeeded' });
    expect((await apply(box, second)).error?.code).toBe('approval_pending');
  });
});

async function eventsOf(box: Box, type: string, approval: string): Promise<number> {
  const store = box.store(null);
  let count = 0;
  for (const { chain } of (await store.list('chain', { under: 'chains', order: 'oldest_first', limit: 1000 }))
    .items) {
    const events = await store.list('audit', { under: chain, order: 'oldest_first', limit: 1000 });
    count += events.items.filter(
      (event) => event.type === type && event.data.approval_id === approval,
    ).length;
  }
  return count;
}
