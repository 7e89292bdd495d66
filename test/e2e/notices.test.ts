/** People are told by the built gateway, and decide from where they were told. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SlackServer, slackServer } from '../support/providers/slack.ts';
import { type MailServer, mailServer, readMail } from '../support/providers/smtp.ts';
import { json, type WebServer, webServer } from '../support/providers/web.ts';
import { controlOf, Place, recourse, type Served, serve } from '../support/served.ts';

const ALICE = 'alice@example.com';
const SLACK = { token: 'xoxb-of-the-test', signingSecret: 'signing of the test', channel: 'C0123' };
const SECRETS = {
  TEST_SLACK_BOT: SLACK.token,
  TEST_SLACK_SIGNING: SLACK.signingSecret,
  TEST_HOOK: 'a signing secret of some length',
};

let place: Place;
let mail: MailServer;
let slack: SlackServer;
let hook: WebServer;
let served: Served | null = null;
let policy: string;

beforeEach(async () => {
  place = new Place();
  mail = await mailServer({ noStartTls: true });
  slack = await slackServer(SLACK);
  hook = await webServer(() => json(200, {}));
  mkdirSync(path.join(place.folder, 'policy'));
  policy = path.join(place.folder, 'policy', 'policy.yaml');
  writeFileSync(
    policy,
    `recourseos: { version: '2.0' }
approvals:
  approvers: [${ALICE}]
  providers:
    email:
      from: Recourse <gateway@example.com>
      smtp: { host: 127.0.0.1, port: ${mail.port}, security: none }
      notify: [ops@example.com]
    slack:
      workspace: T0123
      channel: C0123
      bot_token: TEST_SLACK_BOT
      signing_secret: TEST_SLACK_SIGNING
      approvers: { UALICE: ${ALICE} }
      api_url: ${slack.origin}
    webhook: { url: '${hook.origin}/in', secret: TEST_HOOK }
`,
  );
});
afterEach(async () => {
  await served?.close();
  served = null;
  await Promise.all([mail.close(), slack.close(), hook.close()]);
  place.remove();
});

async function start(
  secrets: Record<string, string> = SECRETS,
  more: readonly string[] = [],
): Promise<Served> {
  served = await serve(place, { args: ['-p', policy, ...more], variables: secrets });
  await controlOf(place);
  return served;
}

/** A request that waits for a human. */
async function asked(gateway: Served, command: string): Promise<{ approval: string; plan: string }> {
  const call = await gateway.call('gateway_shell_exec', { command });
  expect(call.status).toBe('needs_approval');
  const request = await gateway.call('gateway_request_approval', {
    plan_id: call.plan_id,
    reason: 'tidying up',
  });
  expect(request.status).toBe('pending');
  return { approval: String(request.approval_id), plan: String(call.plan_id) };
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As a proxy passes a request on: the name that people typed stands in Host, which `fetch` would not send. */
function through(host: string, url: string, sent: Sent): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body = '' } = sent;
    const sending = request(url, { method, headers: { ...headers, host } }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0 }));
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

async function until<T>(look: () => T | undefined, what: string): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = look();
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error(`in 15 seconds there was no ${what}`);
}

const mailTo = (who: string, part: string) =>
  mail.mails.filter((each) => each.to.includes(who)).find((each) => each.raw.includes(part));

describe('a request', () => {
  it('reaches people by every way at once, is decided by one link, and all others show it', async () => {
    const gateway = await start();
    const { approval } = await asked(gateway, 'make deploy');
    const letter = readMail((await until(() => mailTo(ALICE, 'Decide'), 'mail')).raw);
    const message = await until(() => slack.messages[0], 'message in Slack');
    await until(() => hook.asked[0], 'webhook');
    expect(letter.text).toContain('make deploy');
    const link = /http:\/\/127\.0\.0\.1:\d+\/a\/\S+/.exec(letter.text)?.[0] ?? '';
    expect((await fetch(link)).status).toBe(200);
    const [page = '', t = ''] = link.split('?t=');
    const voted = await fetch(page, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(page).origin },
      body: new URLSearchParams({ t, verdict: 'approve', reason: '' }),
    });
    expect(voted.status).toBe(200);
    expect((await gateway.call('gateway_check_approval', { approval_id: approval })).status).toBe('approved');
    await until(() => (message.edits > 0 ? true : undefined), 'change in Slack');
    expect(JSON.stringify(message.blocks)).toContain(`Approved by ${ALICE}`);
    await until(() => mailTo('ops@example.com', 'Approved'), 'mail of the decision');
    expect(hook.asked.map((each) => JSON.parse(each.body).type)).toContain('approval.decided');
    const audit = await recourse(['audit', 'verify', '--state', place.state]);
    expect(audit.code).toBe(0);
  });

  it('is decided in Slack through whatever name the tunnel has', async () => {
    const gateway = await start();
    const { approval } = await asked(gateway, 'make deploy');
    const message = await until(() => slack.messages[0], 'message in Slack');
    const { url } = await controlOf(place);
    const press = slack.press(message, 'recourse_approve', { id: 'UALICE', team: 'T0123' }, new Date());
    const answer = await fetch(`${url}/integrations/slack`, { method: 'POST', ...press });
    expect(answer.status).toBe(200);
    expect((await gateway.call('gateway_check_approval', { approval_id: approval })).status).toBe('approved');
    expect((await fetch(`${url}/integrations/slack`, { method: 'POST', ...press })).status).toBe(409);
  });

  it('stands while every provider is out, and is told of when they are back', async () => {
    slack.next({ status: 503 });
    hook.next({ status: 200, cut: true });
    mail.refuse('rcpt', 451, 'try later');
    mail.refuse('rcpt', 451, 'try later');
    const gateway = await start();
    await asked(gateway, 'make deploy');
    await until(() => (hook.asked.length > 0 ? true : undefined), 'attempt');
    await sleep(500);
    const owed = await recourse(['notices', 'list', '--state', place.state, '--json']);
    const waiting = JSON.parse(owed.stdout);
    expect(waiting.map((each: { provider: string }) => each.provider).sort()).toEqual([
      'email',
      'email',
      'slack',
      'webhook',
    ]);
    const shown = await recourse(['approvals', 'list', '--state', place.state]);
    expect(shown.stdout).toContain('apr_');
    await until(() => slack.messages[0], 'message once Slack is back');
  });
});

describe('a gateway behind a proxy of the operator', () => {
  it('leads people to where the proxy is, and lets them decide there; the token of the machine is nothing there', async () => {
    const gateway = await start(SECRETS, ['--public-url', 'https://gateway.example.com']);
    const { approval } = await asked(gateway, 'make deploy');
    const letter = readMail((await until(() => mailTo(ALICE, 'Decide'), 'mail')).raw);
    const link = /https:\/\/gateway\.example\.com(\/a\/\S+)/.exec(letter.text)?.[1] ?? '';
    const { url, token } = await controlOf(place);
    const at = (path: string, init: Sent = {}) => through('gateway.example.com', `${url}${path}`, init);
    expect((await at(link)).status).toBe(200);
    expect((await fetch(`${url}${link}`)).status).toBe(200);
    const inside = { authorization: `Bearer ${token}` };
    expect((await at('/api/approvals', { headers: inside })).status).toBe(401);
    expect((await fetch(`${url}/api/approvals`, { headers: inside })).status).toBe(200);
    const [page = '', t = ''] = link.split('?t=');
    const post = (origin: string) =>
      at(page, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
        body: new URLSearchParams({ t, verdict: 'approve', reason: '' }).toString(),
      });
    expect((await post(url)).status).toBe(403);
    expect((await post('https://gateway.example.com')).status).toBe(200);
    expect((await gateway.call('gateway_check_approval', { approval_id: approval })).status).toBe('approved');
  });

  it.each([
    'http://gateway.example.com',
    'https://u:p@gateway.example.com',
    'https://gateway.example.com/x',
    'gateway',
  ])('does not start with %s', async (url) => {
    const ran = await recourse(['gateway', 'serve', '-e', 'prod', '--root', place.root, '--public-url', url]);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('is not an https origin') });
  });
});

describe('the command line', () => {
  it('tries a provider, says what came of it, and lists and retries what was given up', async () => {
    await start();
    const args = (...more: string[]) => ['notices', ...more, '--state', place.state];
    const tried = await recourse(args('test', 'slack'), SECRETS);
    expect(tried).toMatchObject({ code: 0, stdout: expect.stringMatching(/^C0123: delivered /) });
    expect(slack.messages[0]?.text).toBe('[prod] A test of the gateway’s notices');
    const mailed = await recourse(args('test', 'email', '--to', 'someone@example.com'), SECRETS);
    expect(mailed.stdout).toMatch(/^someone@example\.com: delivered /);
    const wrong = await recourse(args('test', 'slack'), { ...SECRETS, TEST_SLACK_BOT: 'xoxb-wrong' });
    expect(wrong).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Slack chat.postMessage: invalid_auth'),
    });
    expect(wrong.stdout).not.toContain('xoxb-wrong');
    const absent = await recourse(args('test', 'slack'), { TEST_SLACK_BOT: '' });
    expect(absent.stdout).toContain('TEST_SLACK_BOT');
    expect((await recourse(args('test', 'pager'))).stderr).toContain(
      'there are email, slack, servicenow, webhook',
    );
    expect((await recourse(args('test', 'servicenow'))).stderr).toContain(
      'no settings under approvals.providers.servicenow',
    );
    const dead = await recourse(args('list'));
    expect(dead.stdout).toMatch(/^ntc_\S+ {2}dead {2}slack {2}C0123 {2}test {2}1 try {2}given up /);
    expect((await recourse(args('retry'))).stdout).toBe('2 will be tried again by the running gateway\n');
    await until(() => (slack.messages.length > 2 ? true : undefined), 'messages that are sent again');
    expect((await recourse(args('retry', 'ntc_unknown'))).code).toBe(2);
  });

  it('the doctor says which secrets cannot be read, and sends nothing', async () => {
    const args = ['gateway', 'doctor', '-e', 'prod', '-p', policy, '--root', place.root, '--json'];
    const ran = await recourse(args, { ...SECRETS, TEST_HOOK: 'short', TEST_SLACK_BOT: '' });
    const checks: { id: string; level: string; message: string }[] = JSON.parse(
      ran.stdout,
    ).environment_checks;
    const about = (id: string) =>
      checks.filter((each) => each.id === id).map(({ level, message }) => [level, message]);
    expect(about('notices-email')).toEqual([
      ['ok', 'email: its settings are complete and its secrets can be read'],
    ]);
    expect(about('notices-slack')).toEqual([['problem', 'slack: TEST_SLACK_BOT is empty']]);
    expect(about('notices-webhook')).toEqual([
      ['problem', 'webhook: a signing secret needs at least 16 bytes'],
    ]);
    expect(JSON.stringify(checks)).not.toContain(SECRETS.TEST_SLACK_SIGNING);
    expect([mail.mails.length, slack.asked.length, hook.asked.length]).toEqual([0, 0, 0]);
  });
});
