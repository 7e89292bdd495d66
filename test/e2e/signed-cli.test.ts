/** `recourse approvals … --url …/iam` as approvers use it in the cloud: the built command line, real signatures. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approversByPrincipal } from '../../lib/core/known-approver.ts';
import { stage } from '../control/stage.ts';
import { signatureProblem } from '../support/aws/signature.ts';
import { recourse } from '../support/served.ts';

const SECRETS: Readonly<Record<string, string>> = {
  AKIDALICE: 'secret-of-alice',
  AKIDSTRANGER: 'other-secret',
};
const ACCOUNT = '111122223333';
const ROLES: Readonly<Record<string, string>> = { AKIDALICE: 'approver-alice', AKIDSTRANGER: 'ci' };

let server: Server;
let origin = '';
let on: Awaited<ReturnType<typeof stage>>;
let holds = true;
const home = mkdtempSync(path.join(tmpdir(), 'recourse-signed-'));

/** API Gateway in front of the control side: IAM looks at every request under /iam before the app sees it. */
beforeAll(async () => {
  server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const url = new URL(incoming.url ?? '/', origin);
    const headers = new Headers(incoming.headers as Record<string, string>);
    const { method = 'GET' } = incoming;
    const isSigned = url.pathname.startsWith('/iam/');
    const problem = isSigned
      ? signatureProblem((id) => SECRETS[id] ?? null, { method, url, headers, body })
      : null;
    if (problem !== null) {
      outgoing
        .writeHead(403, { 'content-type': 'application/json' })
        .end(JSON.stringify({ message: problem }));
      return;
    }
    const key = /Credential=(\w+)\//.exec(headers.get('authorization') ?? '')?.[1] ?? '';
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/${ROLES[key]}/cli`;
    const request = new Request(url, { method, headers, ...(body !== '' && { body }) });
    const answer = await on.app.fetch(request, { signer: isSigned ? { arn, account: ACCOUNT } : null });
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const signers = approversByPrincipal([
    { principal: `arn:aws:iam::${ACCOUNT}:role/approver-alice`, approver: 'alice@example.com' },
  ]);
  on = await stage({
    origin,
    deps: { signers, local: null, verifyAudit: async () => ({ holds, what: '3 events', at: 'now' }) },
  });
});
afterAll(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

/** Nothing of the person who runs the tests. */
const nobody = {
  HOME: home,
  AWS_CONFIG_FILE: path.join(home, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: path.join(home, 'credentials'),
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'eu-west-1',
};
const alice = {
  ...nobody,
  AWS_ACCESS_KEY_ID: 'AKIDALICE',
  AWS_SECRET_ACCESS_KEY: 'secret-of-alice',
  AWS_SESSION_TOKEN: 'session',
};

it('lists, shows and decides with AWS credentials, as the approver of the role', async () => {
  const { approval_id } = await on.ask();
  const listed = await recourse(['approvals', 'list', '--url', `${origin}/iam`], alice);
  expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining(approval_id)]);
  const shown = await recourse(['approvals', 'show', approval_id, '--url', origin, '--aws'], alice);
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('aws_db_instance.main')]);
  const decided = await recourse(
    ['approvals', 'reject', approval_id, '--reason', 'not today', '--url', `${origin}/iam/`],
    alice,
  );
  expect([decided.code, decided.stdout]).toEqual([
    0,
    expect.stringContaining('rejected by alice@example.com'),
  ]);
  const vote = await on.store.get('vote', `${approval_id} alice@example.com`);
  expect(vote?.value.reason).toBe('not today');
});

it('verifies and lists the audit from afar', async () => {
  const url = ['--url', `${origin}/iam`];
  const verified = await recourse(['audit', 'verify', ...url], alice);
  expect([verified.code, verified.stdout]).toEqual([0, 'audit verified: 3 events\n']);
  const listed = await recourse(['audit', 'list', '--json', '--limit', '2', ...url], alice);
  const types = listed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).type);
  expect([types.length, types[0]]).toEqual([2, 'audit.viewed']);
  holds = false;
  const broken = await recourse(['audit', 'verify', '--json', ...url], alice);
  holds = true;
  expect([broken.code, JSON.parse(broken.stdout).ok]).toEqual([1, false]);
});

it('takes the credentials of a profile', async () => {
  writeFileSync(
    nobody.AWS_SHARED_CREDENTIALS_FILE,
    '[approver]\naws_access_key_id = AKIDALICE\naws_secret_access_key = secret-of-alice\n',
  );
  const listed = await recourse(['approvals', 'list', '--url', origin, '--aws'], {
    ...nobody,
    AWS_PROFILE: 'approver',
  });
  expect(listed).toMatchObject({ code: 0, stderr: '' });
});

it.each([
  [
    'a role that is no approver',
    { ...nobody, AWS_ACCESS_KEY_ID: 'AKIDSTRANGER', AWS_SECRET_ACCESS_KEY: 'other-secret' },
    1,
    'is no approver here',
  ],
  ['a wrong key', { ...alice, AWS_SECRET_ACCESS_KEY: 'guess' }, 1, 'the signature does not match'],
  ['no credentials', { ...nobody, AWS_PROFILE: 'nobody' }, 2, 'no AWS credentials to sign with'],
  ['no region', { ...alice, AWS_REGION: '' }, 2, 'set AWS_REGION'],
])('with %s says so in one line', async (_, env, code, said) => {
  const ran = await recourse(['approvals', 'list', '--url', `${origin}/iam`], env);
  expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(said)]);
  expect(ran.stderr.trim().split('\n')).toHaveLength(1);
});

it.each([
  [['--aws'], '--aws needs --url'],
  [['--url', 'http://gateway.example.com/iam'], 'use https'],
  [['--url', 'https://gateway.example.com/other'], 'without a path, or with /iam'],
  [['--url', 'https://gateway.example.com'], 'RECOURSE_TOKEN, or --aws'],
])('refuses %j before anything is sent', async (args, said) => {
  const ran = await recourse(['approvals', 'list', ...args], alice);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(said)]);
});
