/** The command line as people use it, and what it says when they slip. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Place, recourse, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

let place: Place;
let served: Served | null = null;
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  await served?.close();
  served = null;
  place.remove();
});

let policies = 0;
function policyFile(text: string): string {
  policies += 1;
  const folder = path.join(place.folder, String(policies));
  mkdirSync(folder);
  const file = path.join(folder, 'policy.yaml');
  writeFileSync(file, text);
  return file;
}

describe('usage', () => {
  test('help names every command; a slip names the nearest one; both without a stack trace', async () => {
    const help = await recourse(['--help']);
    expect(help.code).toBe(0);
    for (const name of ['gateway', 'approvals', 'console', 'policy', 'evaluate', 'audit', 'tokens'])
      expect(help.stdout).toContain(name);
    const slip = await recourse(['aprovals', 'list']);
    expect(slip).toMatchObject({ code: 2, stdout: '' });
    expect(slip.stderr).toContain('approvals');
    expect(slip.stderr).not.toContain('at ');
    const version = await recourse(['--version']);
    expect(version.stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('a gateway does not start on what it cannot trust: each says what, where and how to mend', async () => {
    const gateway = ['gateway', 'serve', '--root', place.root, '--state', place.state, '--no-console'];
    const cases: [string[], RegExp][] = [
      [[...gateway], /-e, --env/],
      [[...gateway, '-e', 'prdo'], /unknown environment "prdo": did you mean prod\?/],
      [
        [...gateway, '-e', 'prod', '-p', policyFile('recourseos:\n  version: "2.0"\n  enviroments: {}\n')],
        /policy\.yaml:3:3: .*environments/,
      ],
      [
        [
          ...gateway,
          '-e',
          'prod',
          '-p',
          policyFile('recourseos:\n  version: "2.0"\n  environments:\n    prod: { kubectl_exec: allow }\n'),
        ],
        /policy\.yaml:4:\d+: /,
      ],
      [[...gateway, '-e', 'prod', '-p', path.join(place.folder, 'none.yaml')], /cannot be read \(ENOENT\)/],
      [
        ['gateway', 'serve', '-e', 'prod', '--root', path.join(place.folder, 'none')],
        /is not an existing folder/,
      ],
      [
        ['gateway', 'serve', '-e', 'prod', '--root', place.root, '--state', path.join(place.root, 'state')],
        /lies inside the root/,
      ],
      [[...gateway, '-e', 'prod', '--agent', '-x y'], /--agent/],
      [[...gateway.slice(0, -1), '-e', 'prod', '--console', 'nowhere'], /--console nowhere is not HOST:PORT/],
    ];
    for (const [args, message] of cases) {
      const ran = await recourse(args);
      expect(ran.code, args.join(' ')).toBe(2);
      expect(ran.stderr, args.join(' ')).toMatch(message);
      expect(ran.stdout).toBe('');
      expect(ran.stderr).not.toMatch(/\n\s+at /);
    }
  });

  test('a state folder belongs to one environment, and to its owner alone', async () => {
    served = await serve(place, { env: 'dev' });
    await served.close();
    const other = await recourse([
      'gateway',
      'serve',
      '-e',
      'prod',
      '--root',
      place.root,
      '--state',
      place.state,
    ]);
    expect(other).toMatchObject({ code: 2 });
    expect(other.stderr).toMatch(/belongs to environment dev, not prod/);
    chmodSync(place.state, 0o755);
    const open = await recourse(['audit', 'verify', '--state', place.state]);
    expect(open.code).toBe(2);
    expect(open.stderr).toMatch(/chmod 700/);
    chmodSync(place.state, 0o700);
  });
});

describe('policy', () => {
  test('check: every problem with line and column, exit 1; explain: the whole policy', async () => {
    const bad = policyFile('recourseos:\n  version: "2.0"\nalways_blok: []\nplan_ttl_seconds: soon\n');
    const checked = await recourse(['policy', 'check', bad]);
    expect(checked.code).toBe(1);
    expect(checked.stdout).toMatch(/:3:1: .*always_block/);
    expect(checked.stdout).toMatch(/:4:\d+: /);
    const good = policyFile(
      'recourseos:\n  version: "2.0"\n  environments:\n    staging: { default_mutation: escalate }\n',
    );
    expect((await recourse(['policy', 'check', good])).code).toBe(0);
    const explained = await recourse(['policy', 'explain', '-e', 'staging', '-p', good, '--json']);
    expect(JSON.parse(explained.stdout).rules.default_mutation).toMatchObject({ value: 'escalate' });
  });
});

describe('evaluate terraform', () => {
  const fixtures = path.resolve(import.meta.dirname, '../fixtures/terraform-plans');
  test('exit codes follow the decision, and bad input is one line', async () => {
    const lossy = path.join(fixtures, 'authored/aws-rds-delete-no-backups-at-all.json');
    const judged = await recourse(['evaluate', 'terraform', lossy, '-e', 'prod', '--json']);
    expect([3, 4]).toContain(judged.code);
    expect(JSON.parse(judged.stdout).evaluation.worst_tier).toBe(4);
    const people = await recourse(['evaluate', 'terraform', lossy, '-e', 'dev']);
    expect(people.code).toBe(3);
    expect(people.stdout.split('\n')[0]).toContain('1 × [4] unrecoverable');
    expect(people.stdout).not.toContain('\u001b[');
    const noop = path.join(fixtures, 'generated/tf111-noop.json');
    expect((await recourse(['evaluate', 'terraform', noop, '-e', 'dev'])).code).toBe(0);
    for (const text of [
      '',
      'not json',
      '{"format_version":"1.2"',
      '{"format_version":"2.0","resource_changes":[]}',
      '[]',
    ]) {
      const file = path.join(place.folder, 'plan.json');
      writeFileSync(file, text);
      const ran = await recourse(['evaluate', 'terraform', file, '-e', 'prod']);
      expect(ran, text).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr.trim().split('\n'), text).toHaveLength(1);
    }
  });
});

describeWith('terraform', 'the human side on the command line', () => {
  test('list, show, approve as the person at the machine; rejecting needs a reason', async () => {
    served = await serve(place);
    const plan = await served.call('gateway_terraform_plan');
    const asked = await served.call('gateway_request_approval', {
      plan_id: plan.plan_id,
      reason: 'evil \u001b[31mred\u202e',
    });
    const id = String(asked.approval_id);
    const state = ['--state', place.state];
    const listed = await recourse(['approvals', 'list', ...state]);
    expect(listed.stdout).toContain(id);
    const shown = await recourse(['approvals', 'show', id, ...state]);
    expect(shown.stdout).toContain('terraform_data.greeting');
    expect(shown.stdout).toContain('apply Terraform changes');
    expect(shown.stdout).not.toContain('\u001b[31m');
    expect(shown.stdout).not.toContain('\u202e');
    expect(shown.stdout.indexOf('own words')).toBeGreaterThan(
      shown.stdout.indexOf('terraform_data.greeting'),
    );
    expect((await recourse(['approvals', 'reject', id, ...state])).code).toBe(2);
    const approved = await recourse(['approvals', 'approve', id, '--reason', 'fine', ...state]);
    expect(approved).toMatchObject({ code: 0 });
    expect((await recourse(['approvals', 'reject', id, '--reason', 'no', ...state])).code).toBe(1);
    expect((await recourse(['approvals', 'show', 'apr_nonsense', ...state])).code).toBe(2);
    expect((await served.call('gateway_terraform_apply', { plan_id: plan.plan_id })).status).toBe(
      'succeeded',
    );
    expect(JSON.parse((await recourse(['approvals', 'list', '--json', ...state])).stdout).approvals).toEqual(
      [],
    );
  });

  test('where policy lists approvers, only their tokens vote, on the command line and over --url', async () => {
    const policy = policyFile(
      'recourseos:\n  version: "2.0"\napprovals:\n  quorum: 1\n  approvers: [alice@example.com]\n',
    );
    served = await serve(place, { args: ['-p', policy] });
    const plan = await served.call('gateway_terraform_plan');
    const asked = await served.call('gateway_request_approval', { plan_id: plan.plan_id, reason: 'why' });
    const id = String(asked.approval_id);
    const state = ['--state', place.state];
    const local = await recourse(['approvals', 'approve', id, ...state]);
    expect(local.code).toBe(1);
    const made = await recourse(['tokens', 'create', '--approver', 'alice@example.com', ...state]);
    const token = made.stdout.trim();
    expect((await recourse(['tokens', 'list', ...state])).stdout).not.toContain(token);
    const { controlOf } = await import('../support/served.ts');
    const { url } = await controlOf(place);
    const approved = await recourse(['approvals', 'approve', id, '--url', url], { RECOURSE_TOKEN: token });
    expect(approved, approved.stderr).toMatchObject({ code: 0 });
    expect((await served.call('gateway_terraform_apply', { plan_id: plan.plan_id })).status).toBe(
      'succeeded',
    );
    const id12 = JSON.parse((await recourse(['tokens', 'list', '--json', ...state])).stdout)[0].id;
    expect((await recourse(['tokens', 'revoke', id12, ...state])).code).toBe(0);
    const revoked = await recourse(['approvals', 'list', '--url', url], { RECOURSE_TOKEN: token });
    expect(revoked.code).toBe(1);
  });

  test('the console link works once, and looking at it does not use it up', async () => {
    served = await serve(place);
    const { controlOf } = await import('../support/served.ts');
    await controlOf(place);
    const printed = await recourse(['console', '--print', '--state', place.state]);
    const link = printed.stdout.trim();
    for (let times = 0; times < 3; times += 1) expect((await fetch(link)).status).toBe(200);
    const { origin, searchParams } = new URL(link);
    const login = () =>
      fetch(`${origin}/console/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ t: searchParams.get('t') ?? '' }),
      });
    const first = await login();
    expect(first.status).toBe(303);
    const cookie = (first.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(first.headers.get('set-cookie')).toMatch(/HttpOnly/i);
    expect((await login()).status).toBeGreaterThanOrEqual(400);
    const page = await fetch(`${origin}/console`, { headers: { Cookie: cookie } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('prod');
  });

  test('whoever listens on the port of a dead console is not taken for it', async () => {
    served = await serve(place);
    const { controlOf } = await import('../support/served.ts');
    await controlOf(place);
    process.kill(served.pid, 'SIGKILL');
    const seen: string[] = [];
    const fake = createServer((request, response) => {
      seen.push(String(request.url));
      response.setHeader('Content-Type', request.url === '/style.css' ? 'text/css' : 'application/json');
      response.end('{"proof":"hmac:00"}');
    });
    await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
    const address = fake.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    writeFileSync(path.join(place.state, 'control.json'), JSON.stringify({ url, token: 'x' }), {
      mode: 0o600,
    });
    try {
      const opened = await recourse(['console', '--print', '--state', place.state]);
      expect(opened).toMatchObject({ code: 2, stdout: '' });
      served = await serve(place);
      for (let tries = 0; tries < 100 && (await controlOf(place)).url === url; tries += 1) await sleep(100);
      expect((await controlOf(place)).url).not.toBe(url);
      const printed = await recourse(['console', '--print', '--state', place.state]);
      expect(printed.stdout).toContain((await controlOf(place)).url);
      expect(seen.join()).not.toContain('t=');
    } finally {
      fake.close();
    }
  });
});
