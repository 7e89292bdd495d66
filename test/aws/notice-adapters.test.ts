import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { cloudSecrets } from '../../lib/aws/cloud-secrets.ts';
import { sesSender } from '../../lib/aws/ses-sender.ts';
import { emailProvider } from '../../lib/notices/email/provider.ts';
import { tellNow } from '../../lib/notices/tell-now.ts';
import { noticeStage, requested } from '../notices/stage.ts';
import { readMail } from '../support/providers/smtp.ts';

const ses = mockClient(SESv2Client);
const manager = mockClient(SecretsManagerClient);
// They stand in the classes themselves, which other files use.
afterAll(() => {
  ses.restore();
  manager.restore();
});
afterEach(() => {
  ses.reset();
  manager.reset();
});

const SETTINGS = {
  from: 'Recourse <gateway@example.com>',
  transport: { by: 'ses', region: null },
  notify: [],
} as const;

async function mailed() {
  const on = await noticeStage(
    [emailProvider(SETTINGS, sesSender(new SESv2Client({ region: 'eu-west-1' })))],
    {
      approvers: ['alice@example.com'],
    },
  );
  const slept: number[] = [];
  const deps = {
    ...on.deps,
    sleep: async (ms: number) => {
      slept.push(ms);
      on.advance(ms);
    },
  };
  return { ...on, now: deps, slept };
}

function named(name: string): Error {
  return Object.assign(new Error(`${name}: something`), { name });
}

describe('mail by SES', () => {
  it('is the same mail, for one recipient each', async () => {
    ses.on(SendEmailCommand).resolves({ MessageId: 'm' });
    const on = await mailed();
    const told = await tellNow(on.now, requested(await on.ask()));
    expect(told).toEqual({ delivered: 1, skipped: 0, dead: 0, waiting: 0 });
    const input = ses.commandCalls(SendEmailCommand)[0]?.args[0].input;
    expect(input?.Destination).toEqual({ ToAddresses: ['alice@example.com'] });
    const { headers, text, html } = readMail(Buffer.from(input?.Content?.Raw?.Data ?? []).toString('utf8'));
    expect(headers.get('from')).toBe('Recourse <gateway@example.com>');
    expect(text).toContain('Look at it and decide');
    expect(html).toContain('Look and decide');
  });

  it('is tried again within the time there is, and left in the outbox after it', async () => {
    ses.on(SendEmailCommand).rejects(named('TooManyRequestsException'));
    const on = await mailed();
    const told = await tellNow(on.now, requested(await on.ask()), 20_000);
    expect(told).toEqual({ delivered: 0, skipped: 0, dead: 0, waiting: 1 });
    expect(on.slept.length).toBeGreaterThanOrEqual(1);
    expect(on.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(20_000);
    ses.on(SendEmailCommand).resolves({ MessageId: 'm' });
    const again = await tellNow(on.now, requested(await on.ask()), 20_000);
    expect(again.delivered).toBe(1);
    on.advance(60_000);
    await on.box.work();
    expect((await on.notices()).map((each) => each.state)).toEqual(['delivered', 'delivered']);
  });

  it('that SES will never take is a dead letter', async () => {
    ses.on(SendEmailCommand).rejects(named('BadRequestException'));
    const on = await mailed();
    expect((await tellNow(on.now, requested(await on.ask()))).dead).toBe(1);
  });
});

describe('secrets in Secrets Manager', () => {
  const SLACK = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:recourse-slack-AbCdEf';
  const HOOK = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:recourse-hook-AbCdEf';
  const clock = { at: 0, now: () => new Date(clock.at) };
  const secrets = () =>
    cloudSecrets({
      client: new SecretsManagerClient({ region: 'eu-west-1' }),
      clock,
      objects: [SLACK, HOOK],
    });

  it('are found by key, by ARN, and by ARN and key; and asked for again after five minutes', async () => {
    manager.on(GetSecretValueCommand, { SecretId: SLACK }).resolves({ SecretString: '{"BOT":"x","N":1}' });
    manager.on(GetSecretValueCommand, { SecretId: HOOK }).resolves({ SecretString: '{"HOOK":"y"}' });
    const read = secrets();
    expect(await read.read('BOT')).toBe('x');
    expect(await read.read('HOOK')).toBe('y');
    expect(await read.read(`${HOOK}#HOOK`)).toBe('y');
    expect(await read.read(HOOK)).toBe('{"HOOK":"y"}');
    expect(manager.commandCalls(GetSecretValueCommand)).toHaveLength(2);
    clock.at += 300_000;
    await read.read('BOT');
    expect(manager.commandCalls(GetSecretValueCommand)).toHaveLength(3);
  });

  it('that cannot be read are named, never shown', async () => {
    manager.on(GetSecretValueCommand, { SecretId: SLACK }).resolves({ SecretString: 'not json hunter2' });
    manager.on(GetSecretValueCommand, { SecretId: HOOK }).rejects(named('AccessDeniedException'));
    await expect(secrets().read(`${SLACK}#BOT`)).rejects.toThrow(
      /^the secret arn:\S+ is no JSON object with a text under BOT$/,
    );
    await expect(secrets().read('BOT')).rejects.toThrow('AccessDeniedException');
    manager.on(GetSecretValueCommand, { SecretId: HOOK }).resolves({ SecretString: '{"toString":"a"}' });
    await expect(secrets().read('constructor')).rejects.toThrow('is a key of none');
  });
});
