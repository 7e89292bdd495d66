/** Decided in ServiceNow, which does not call back: the clock has the human side look. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Box, openBox } from '../support/cloud/box/box.ts';
import { object } from '../support/cloud/read-template.ts';
import { type ServiceNowServer, serviceNowServer } from '../support/providers/servicenow.ts';
import { json } from '../support/providers/web.ts';
import { callTool } from './agent.ts';
import { AGENT, boxFiles, SECRETS } from './files.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:servicenow-AbCdEf';
const LOGIN = { user: 'recourse', password: 'correct horse' };
const SETTINGS = `servicenow: { instance: 'https://now.example.com', user: recourse, password: NOW_PASSWORD, approvers: { alice.smith: alice@example.com } }`;

describe('ServiceNow in the cloud', () => {
  let now: ServiceNowServer;
  let box: Box;
  beforeAll(async () => {
    now = await serviceNowServer(LOGIN);
    const written = boxFiles('prod');
    const edited = (file: string, from: string, to: string) => (written[file] ?? '').replace(from, to);
    const files = {
      'config/prod.yaml': edited(
        'config/prod.yaml',
        'notices: {',
        `notices: { servicenow: { secret: '${SECRET}' },`,
      ),
      'policy/prod.yaml': edited('policy/prod.yaml', 'email: {}', `email: {}, ${SETTINGS}`),
    };
    const value = JSON.stringify({ NOW_PASSWORD: LOGIN.password });
    const secrets = [...SECRETS, { arn: SECRET, value }];
    box = await openBox('prod', files, { secrets, serviceNow: now.origin });
  });
  afterAll(async () => {
    await box?.stop();
    await now?.close();
  });

  /** As the rule of the template would: its own input, to its own target. */
  async function tick(): Promise<unknown> {
    const rule = box.template
      .ofType('AWS::Events::Rule')
      .find(({ properties }) => properties.Name === 'recourse-prod-servicenow');
    const [target] = Object(rule?.properties.Targets).map(object);
    expect(target.Arn).toMatch(/:function:recourse-prod-control$/);
    return box.functions.get('control')?.invoke(JSON.parse(String(target.Input)));
  }

  async function asked(command: string) {
    const { plan_id } = await callTool(box, AGENT, 'gateway_shell_exec', { command });
    const before = now.changes.length;
    const request = await callTool(box, AGENT, 'gateway_request_approval', {
      plan_id,
      reason: 'the release needs it',
    });
    const change = await vi.waitUntil(() => now.changes[before], { timeout: 20_000, interval: 20 });
    // Which change it is must be written down before anybody can look.
    await vi.waitUntil(() => box.functions.get('ask-approval')?.counts().pending === 0, {
      timeout: 20_000,
      interval: 20,
    });
    return { id: request.approval_id, change };
  }
  const statusOf = async (approval_id: string | undefined) =>
    (await callTool(box, AGENT, 'gateway_check_approval', { approval_id })).status;

  it('takes up what a named approver decided there, once, and nothing of anybody else', async () => {
    const { id, change } = await asked('make deploy');
    now.answer(change, 'somebody.else', 'approved');
    await tick();
    expect(await statusOf(id)).toBe('pending');
    now.answer(change, 'alice.smith', 'approved');
    await tick();
    await tick();
    expect(await statusOf(id), box.printed()).toBe('approved');
    // It is told there too, which takes a request of its own.
    await vi.waitFor(() => expect(change.approval).toBe('approved'), { timeout: 20_000 });
    const votes = await box.store(null).list('vote', { under: id ?? '', order: 'oldest_first', limit: 10 });
    expect(votes.items).toMatchObject([{ approver: 'alice@example.com', verdict: 'approve' }]);
    expect(box.fake.aws.calls.filter(({ allowed }) => !allowed)).toEqual([]);
  });

  it('says where it cannot ask, measures that, and asks again', async () => {
    const { id, change } = await asked('make release');
    now.answer(change, 'alice.smith', 'rejected', 'not during the freeze');
    now.next(json(503, {}));
    expect(await tick()).toBeNull();
    expect(await statusOf(id)).toBe('pending');
    await vi.waitFor(() => {
      const printed = box.functions.get('control')?.printed.join('') ?? '';
      expect(printed).toContain('ServiceNow could not be polled: ServiceNow answered 503');
      expect(printed).toContain('PollFailed');
    }, 10_000);
    await tick();
    expect(await statusOf(id)).toBe('rejected');
  });

  it('is no way in: a request that looks like the clock’s event is a request', async () => {
    const polls = () => now.asked.filter(({ path }) => path.includes('sysapproval_approver')).length;
    const before = polls();
    const answer = await box.control('POST', '/poll', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ poll: 'servicenow' }),
    });
    expect(answer.statusCode).toBe(404);
    expect(polls()).toBe(before);
  });
});
