import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../lib/core/policy/parse.ts';

const HEAD = "recourseos:\n  version: '2.0'\napprovals:\n  providers:\n";

function read(text: string) {
  const parsed = parsePolicy(HEAD + text);
  return parsed.ok
    ? parsed.policy.approvals.providers
    : parsed.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

const ALL = `
    email:
      from: Recourse <gateway@example.com>
      smtp: { host: smtp.example.com, user: recourse, password: SMTP_PASSWORD }
      notify: [ops@example.com]
    slack:
      workspace: T0123ABCD
      channel: C0123ABCD
      bot_token: SLACK_BOT_TOKEN
      signing_secret: /etc/recourse/slack-signing
      approvers: { U0123ABCD: alice@example.com }
    servicenow:
      instance: https://acme.service-now.com
      user: recourse
      password: arn:aws:secretsmanager:eu-west-1:111122223333:secret:recourse/sn-AbCdEf
      callback_secret: SN_CALLBACK
      approvers: { alice.smith: alice@example.com }
    webhook: { url: 'https://hooks.example.com/r?x=1', secret: HOOK_SECRET, inbound_secret: HOOK_IN, approvers: { alice: local:alice } }
`;

describe('approvals.providers', () => {
  it('are read in full, with what follows from the rest filled in', () => {
    expect(read(ALL)).toEqual({
      email: {
        from: 'Recourse <gateway@example.com>',
        transport: {
          by: 'smtp',
          host: 'smtp.example.com',
          port: 587,
          security: 'starttls',
          login: { user: 'recourse', password: 'SMTP_PASSWORD' },
        },
        notify: ['ops@example.com'],
      },
      slack: {
        workspace: 'T0123ABCD',
        channel: 'C0123ABCD',
        botToken: 'SLACK_BOT_TOKEN',
        signingSecret: '/etc/recourse/slack-signing',
        approvers: { U0123ABCD: 'alice@example.com' },
        apiUrl: 'https://slack.com/api',
      },
      servicenow: {
        instance: 'https://acme.service-now.com',
        user: 'recourse',
        password: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:recourse/sn-AbCdEf',
        assignmentGroup: null,
        approvers: { 'alice.smith': 'alice@example.com' },
        callbackSecret: 'SN_CALLBACK',
        pollSeconds: 60,
      },
      webhook: {
        url: 'https://hooks.example.com/r?x=1',
        secret: 'HOOK_SECRET',
        inboundSecret: 'HOOK_IN',
        approvers: { alice: 'local:alice' },
      },
    });
  });

  it('may be named without settings, and mail may go by SES', () => {
    expect(read('    { email: {}, slack: {}, servicenow: {}, webhook: {} }\n')).toEqual({
      email: null,
      slack: null,
      servicenow: null,
      webhook: null,
    });
    expect(read('    email: { from: a@example.com, ses: {} }\n')).toMatchObject({
      email: { transport: { by: 'ses', region: null } },
    });
    expect(read('    email: { from: a@example.com, smtp: { host: h, security: tls } }\n')).toMatchObject({
      email: { transport: { port: 465, login: null } },
    });
  });

  it.each([
    [
      'email: { notify: [] }',
      '5:12 approvals.providers.email: from is missing: the address that notices come from',
    ],
    [
      'email: { from: a@example.com }',
      '5:12 approvals.providers.email: smtp is missing: give smtp, or ses in the cloud',
    ],
    [
      'email: { from: "a@example.com\\r\\nBcc: x@example.com", ses: {} }',
      '5:20 approvals.providers.email.from: "a@example.com\\r\\nBcc: x@example.com": must be an e-mail address, alone or as NAME <address>',
    ],
    [
      'email: { from: a@example.com, smtp: { host: mail.example.com, security: none } }',
      '5:41 approvals.providers.email.smtp: security none is only for a server on this machine; did you mean starttls?',
    ],
    [
      'email: { from: a@example.com, smtp: { host: h, user: u } }',
      '5:41 approvals.providers.email.smtp: user and password belong together',
    ],
    [
      'email: { form: a@example.com, ses: {} }',
      '5:14 approvals.providers.email.form: unknown key "form"; valid here: from, smtp, ses, notify; did you mean from?',
      '5:12 approvals.providers.email: from is missing: the address that notices come from',
    ],
    ['slack: { channel: C012 }', '5:12 approvals.providers.slack: workspace is missing'],
    [
      'slack: { workspace: T012, channel: "#ops", bot_token: A_TOKEN, signing_secret: A_SECRET }',
      '5:40 approvals.providers.slack.channel: "#ops": must be the id of a channel, such as C0123ABCD',
    ],
    [
      'slack: { workspace: T012, channel: C012, bot_token: A_TOKEN, signing_secret: A_SECRET, approvers: { alice: alice@example.com } }',
      '5:105 approvals.providers.slack.approvers.alice: "alice" is not the id of a Slack user, such as U0123ABCD',
    ],
    [
      'slack: { workspace: T012, channel: C012, bot_token: A_TOKEN, signing_secret: A_SECRET, api_url: http://slack.example.com }',
      '5:101 approvals.providers.slack.api_url: "http://slack.example.com": use https',
    ],
    [
      'servicenow: { instance: https://acme.service-now.com/x, user: u, password: A_PASSWORD }',
      '5:29 approvals.providers.servicenow.instance: "https://acme.service-now.com/x": must be an origin, without a path',
    ],
    [
      'webhook: { url: https://u:p@hooks.example.com, secret: A_SECRET }',
      '5:21 approvals.providers.webhook.url: "https://u:p@hooks.example.com": must hold no user or password',
    ],
    ['webhook: { url: https://hooks.example.com }', '5:14 approvals.providers.webhook: secret is missing'],
  ])('%s', (text, ...problems) => {
    expect(read(`    ${text}\n`)).toEqual(expect.arrayContaining(problems));
    expect(read(`    ${text}\n`)).toHaveLength(problems.length);
  });

  it.each([
    'xoxb-1234-abcd',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'geheim',
    './token',
    'hunter2!A',
    'AWS_HOOK',
    'TF_VAR_X',
  ])('refuse the secret itself and do not repeat it: %s', (secret) => {
    const problems = read(`    webhook: { url: https://hooks.example.com, secret: '${secret}' }\n`);
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).toContain('must name where the secret is kept');
    expect(JSON.stringify(problems)).not.toContain(secret);
  });

  it('stand in the document as they are read', () => {
    const text = readFileSync(new URL('../../../docs/notices.md', import.meta.url), 'utf8');
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
    const parsed = parsePolicy(example);
    expect(parsed.ok ? Object.keys(parsed.policy.approvals.providers) : parsed.problems).toEqual([
      ...['email', 'slack', 'servicenow', 'webhook'],
    ]);
  });
});
