import { afterEach, describe, expect, it } from 'vitest';
import type { EmailSettings, SmtpSettings } from '../../lib/core/policy/providers.ts';
import { emailProvider } from '../../lib/notices/email/provider.ts';
import { smtpSender } from '../../lib/notices/email/smtp.ts';
import type { Setting } from '../control/stage.ts';
import { type MailServer, type MailServerSettings, mailServer, readMail } from '../support/providers/smtp.ts';
import { decided, noticeStage, requested, secretsOf } from './stage.ts';

const open: MailServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';
const LOGIN = { user: 'recourse', password: 'SMTP_PASSWORD' };

async function mailed(
  server: MailServerSettings = {},
  smtp: Partial<SmtpSettings> = {},
  setting: Setting = { approvers: [ALICE, BOB, 'local:ada'] },
  trusted = true,
) {
  const mail = await mailServer(server);
  open.push(mail);
  const transport: SmtpSettings = {
    host: '127.0.0.1',
    port: mail.port,
    security: server.tls === true ? 'tls' : 'starttls',
    login: server.user === undefined ? null : LOGIN,
    ...smtp,
  };
  const settings: EmailSettings = {
    from: 'Recourse <gateway@example.com>',
    transport: { by: 'smtp', ...transport },
    notify: ['ops@example.com'],
  };
  const secrets = secretsOf({ SMTP_PASSWORD: 'correct horse' });
  const sender = smtpSender(transport, secrets, trusted ? { ca: mail.certificate.cert } : {});
  const on = await noticeStage([emailProvider(settings, sender)], setting);
  return { ...on, mail, to: (who: string) => mail.mails.filter((each) => each.to.includes(who)) };
}

describe('mail about a request', () => {
  it('goes to each approver with a link of their own, and to those who are told without one', async () => {
    const on = await mailed({ user: 'recourse', password: 'correct horse' });
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    expect(on.mail.mails.map((each) => each.to)).toHaveLength(3);
    expect(on.mail.mails.every((each) => each.secure && each.user === 'recourse')).toBe(true);
    const links = new Map<string, string>();
    for (const who of [ALICE, BOB]) {
      const { text, html, headers } = readMail(on.to(who)[0]?.raw ?? '');
      const link = /http:\/\/127\.0\.0\.1:4180(\/a\/\S+)/.exec(text)?.[1] ?? '';
      expect(html).toContain(`href="http://127.0.0.1:4180${link}"`);
      expect(headers.get('to')).toBe(who);
      expect(headers.get('auto-submitted')).toBe('auto-generated');
      links.set(who, link);
    }
    expect(links.get(ALICE)).not.toBe(links.get(BOB));
    const told = readMail(on.to('ops@example.com')[0]?.raw ?? '');
    expect(told.text).not.toContain('?t=');
    expect(told.html).not.toContain('?t=');

    // A scanner opens it as often as it likes; the approver decides once, as nobody but herself.
    const path = links.get(ALICE) ?? '';
    for (let i = 0; i < 3; i++) expect((await on.request(path)).status).toBe(200);
    expect(on.store.writes.some(({ kind }) => kind === 'vote')).toBe(false);
    const [page = '', t = ''] = path.split('?t=');
    expect((await on.form(page, { t, verdict: 'approve' })).status).toBe(200);
    expect(await on.store.get('vote', `${approval.approval_id} ${ALICE}`)).not.toBeNull();
    const again = await on.form(page, { t, verdict: 'reject', reason: 'no' });
    expect(again.status).toBe(409);
  });

  it('records every link before it exists, and stores none of them', async () => {
    const on = await mailed();
    await on.box.tell(requested(await on.ask()));
    await on.box.work();
    expect(on.audit.types()).toEqual(
      ['link.created', 'link.created', ...Array(3).fill('notice.delivered')].sort(),
    );
    const token = /\?t=(\S+)/.exec(readMail(on.to(ALICE)[0]?.raw ?? '').text)?.[1] ?? '';
    expect(token).toHaveLength(87);
    const kept = JSON.stringify([await on.notices(), on.audit.events]);
    expect(kept).not.toContain(token);
    on.audit.broken = true;
    await on.box.tell(requested(await on.ask()));
    await on.box.work();
    expect(on.to(ALICE)).toHaveLength(1);
  });

  it('asks nobody who asked', async () => {
    const on = await mailed();
    await on.box.tell(
      requested(await on.ask({ approval: { requested_by: { agent: 'claude', human: ALICE } } })),
    );
    await on.box.work();
    expect(on.to(ALICE)).toHaveLength(0);
    expect(on.to(BOB)).toHaveLength(1);
  });

  it('is sent once however often the event is told and the outbox worked off', async () => {
    const on = await mailed();
    const approval = await on.ask();
    await Promise.all(Array.from({ length: 5 }, () => on.box.tell(requested(approval))));
    await Promise.all(Array.from({ length: 5 }, () => on.box.work()));
    expect(on.mail.mails).toHaveLength(3);
  });

  it('follows up in the same thread when it is decided, with no link', async () => {
    const on = await mailed();
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    await on.api(
      `/api/approvals/${approval.approval_id}/decision`,
      { verdict: 'reject', reason: 'Not in\r\nBcc: x@example.com the freeze' },
      await on.approverToken(BOB),
    );
    await on.box.tell(decided(approval, BOB, 'reject', 'rejected'));
    await on.box.work();
    const [first, second] = on.to(ALICE).map((each) => readMail(each.raw));
    expect(second?.headers.get('in-reply-to')).toBe(first?.headers.get('message-id'));
    expect(second?.headers.get('subject')).toMatch(/^\[prod\] Rejected: /);
    expect(second?.text).toContain(`Rejected by ${BOB}. Nothing runs.`);
    expect(second?.text).toContain('Not in Bcc: x@example.com the freeze');
    expect(second?.text).not.toContain('?t=');
    expect(second?.headers.has('bcc')).toBe(false);
  });

  it('says nothing of a request that was decided before it could be sent', async () => {
    const on = await mailed();
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.api(
      `/api/approvals/${approval.approval_id}/decision`,
      { verdict: 'reject', reason: 'no' },
      await on.approverToken(BOB),
    );
    await on.box.work();
    expect(on.mail.mails).toHaveLength(0);
    expect((await on.notices()).map((each) => each.state)).toEqual(['skipped', 'skipped', 'skipped']);
  });
});

describe('what an agent can put into a mail', () => {
  const EVIL =
    'x\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script> https://evil.example/a or evil-two.example <b>bold</b> \u202e password=hunter2hunter2';

  it('is words, labelled, escaped, without links and without secrets', async () => {
    const on = await mailed();
    const approval = await on.ask({
      approval: {
        reason: EVIL,
        operation: EVIL,
        target: EVIL,
        requested_by: { agent: `a${EVIL}`, human: null },
      },
      plan: {
        action: {
          kind: 'kubectl-exec',
          pod: 'web' as never,
          command: ['sh', '-c', EVIL],
          namespace: EVIL,
          container: null,
        },
      },
    });
    await on.box.tell(requested(approval));
    await on.box.work();
    const raw = on.to(ALICE)[0]?.raw ?? '';
    const { headers, text, html } = readMail(raw);
    expect([...headers.keys()].filter((name) => name === 'bcc')).toEqual([]);
    expect(on.mail.mails.flatMap((each) => each.to)).not.toContain('victim@example.com');
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toContain('<b>bold</b>');
    for (const part of [text, html]) {
      expect(part).not.toContain('https://evil.example');
      expect(part.slice(part.indexOf('Nobody checked them'))).not.toContain('evil-two.example');
      expect(part).not.toContain('hunter2');
      expect(part).not.toContain('\u202e');
      expect(part).toContain('Nobody checked them');
    }
    // In the text part no line of the agent's begins as one of ours.
    const quoted = text.slice(text.indexOf("The agent's own words"));
    for (const line of quoted
      .split('\n')
      .slice(2)
      .filter((each) => each.includes('evil'))) {
      expect(line).toMatch(/^ {2}\| /);
    }
  });

  it('is cut: a mail stays small whatever is asked', async () => {
    const on = await mailed();
    const long = 'wörter '.repeat(20_000);
    await on.box.tell(requested(await on.ask({ approval: { reason: long, operation: long, target: long } })));
    await on.box.work();
    expect(Buffer.byteLength(on.to(ALICE)[0]?.raw ?? '')).toBeLessThan(40_000);
  });
});

describe('a mail server', () => {
  it.each([
    [{ noStartTls: true }, {}, 'offers no TLS'],
    [{}, { host: 'localhost' }, 'cannot prove who it is'],
  ] as const)('is not given a mail where it %s %s %s', async (server, smtp, what) => {
    const on = await mailed(server, smtp, { approvers: [ALICE] }, what === 'offers no TLS');
    await on.box.tell(requested(await on.ask()));
    await on.box.work();
    expect(on.mail.mails).toHaveLength(0);
    expect((await on.notices()).every((each) => each.state === 'waiting')).toBe(true);
  });

  it('with TLS from the first byte is spoken to', async () => {
    const on = await mailed({ tls: true }, {}, { approvers: [ALICE] });
    await on.box.tell(requested(await on.ask()));
    await on.box.work();
    expect(on.to(ALICE)).toHaveLength(1);
  });

  it('that refuses the password is tried again, and the password stands nowhere', async () => {
    const on = await mailed({ user: 'recourse', password: 'another' }, {}, { approvers: [ALICE] });
    await on.box.tell(requested(await on.ask()));
    await on.box.work();
    const [first] = await on.notices();
    expect(first).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(first?.state === 'waiting' && first.problem).toContain('authentication failed');
    expect(JSON.stringify([await on.notices(), on.audit.events, on.reports])).not.toContain('correct horse');
  });

  it('that greylists gets it later; one that refuses for good makes a dead letter, and others are still told', async () => {
    const on = await mailed({}, {}, { approvers: [ALICE] });
    on.mail.refuse('rcpt', 450, '4.2.0 greylisted, try again');
    await on.box.tell(requested(await on.ask()));
    await on.box.work();
    expect((await on.notices()).map((each) => each.state).sort()).toEqual(['delivered', 'waiting']);
    await on.box.work();
    expect(on.mail.mails).toHaveLength(1);
    on.advance(10_000);
    await on.box.work();
    expect(on.mail.mails).toHaveLength(2);

    on.mail.refuse('rcpt', 550, '5.1.1 no such user');
    await on.box.tell(requested(await on.ask()));
    await on.box.work();
    const dead = (await on.notices()).filter((each) => each.state === 'dead');
    expect(dead).toHaveLength(1);
    expect(dead[0]?.state === 'dead' && dead[0].problem).toContain('no such user');
    expect(on.audit.types()).toContain('notice.dead');
    expect(on.reports.join()).toContain('gave up');
    expect(on.mail.mails).toHaveLength(3);
  });

  it('that is gone leaves the request as it is: it can be decided, and is told of when it is back', async () => {
    const on = await mailed({}, {}, { approvers: [ALICE, BOB] });
    await on.mail.close();
    open.length = 0;
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    await on.box.work();
    expect((await on.notices()).every((each) => each.state === 'waiting')).toBe(true);
    const answer = await on.api(
      `/api/approvals/${approval.approval_id}/decision`,
      { verdict: 'approve' },
      await on.approverToken(ALICE),
    );
    expect(answer.status).toBe(200);
  });

  it('that stays gone is given up after ten tries over some hours', async () => {
    const on = await mailed({}, {}, { approvers: [ALICE] });
    await on.mail.close();
    open.length = 0;
    const approval = await on.ask();
    await on.box.tell(requested(approval));
    for (let minutes = 0; minutes < 200; minutes++) {
      await on.box.work();
      on.advance(60_000);
    }
    const notices = await on.notices();
    expect(notices.map((each) => [each.state, each.attempts])).toEqual([
      ['dead', 10],
      ['dead', 10],
    ]);
  });
});
