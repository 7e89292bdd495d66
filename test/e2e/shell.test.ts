/** Shell commands through the real gateway: reading at once, changing after a human, and never what is blocked. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approve, inherited, Place, RECOURSE, recourse, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

const MAKEFILE = 'deploy:\n\t@echo deployed >> deployments\n\t@echo done\n';

describeWith('bwrap', 'gateway_shell_exec', () => {
  let place: Place;
  let served: Served;
  beforeEach(async () => {
    place = new Place({
      Makefile: MAKEFILE,
      'src/a.txt': 'text\n',
      'app.yaml': 'password: hunter2hunter2\n',
    });
    served = await serve(place);
  });
  afterEach(async () => {
    await served.close();
    place.remove();
  });

  const deployments = () => path.join(place.root, 'deployments');

  it('runs what only reads at once', async () => {
    const answer = await served.call('gateway_shell_exec', { command: 'ls src | wc -l; cat src/a.txt' });
    expect(answer).toMatchObject({
      success: true,
      decision: 'allow',
      status: 'succeeded',
      executed: true,
      exit_code: 0,
      output: '1\ntext\n',
    });
    const elsewhere = await served.call('gateway_shell_exec', { command: 'pwd', cwd: 'src' });
    expect(elsewhere.output).toBe(`${path.join(place.root, 'src')}\n`);
    const failing = await served.call('gateway_shell_exec', { command: 'cat nothing' });
    expect(failing).toMatchObject({ executed: true, exit_code: 1 });
    expect(failing.stderr).toContain('No such file');
  });

  it('blocks what is never run, approval or not', async () => {
    const answer = await served.call('gateway_shell_exec', { command: 'rm -rf /' });
    expect(answer).toMatchObject({ success: false, decision: 'block', status: 'blocked', executed: false });
    expect(answer.error).toMatchObject({ code: 'policy_blocked' });
    const asked = await served.call('gateway_request_approval', {
      plan_id: answer.plan_id,
      reason: 'please',
    });
    expect(asked.success).toBe(false);
  });

  it('asks a human for what changes something, and then runs it once', async () => {
    const call = { command: 'make deploy', timeout: 20_000 };
    const first = await served.call('gateway_shell_exec', call);
    expect(first).toMatchObject({ decision: 'escalate', status: 'needs_approval', executed: false });
    const early = await served.call('gateway_shell_exec', { ...call, plan_id: first.plan_id });
    expect(early.error).toMatchObject({ code: 'approval_required' });
    await approve(place, served, first.plan_id);
    const other = await served.call('gateway_shell_exec', {
      ...call,
      command: 'make other',
      plan_id: first.plan_id,
    });
    expect(other.error).toMatchObject({ code: 'arguments_changed' });
    expect(existsSync(deployments())).toBe(false);
    const second = await served.call('gateway_shell_exec', { ...call, plan_id: first.plan_id });
    expect(second).toMatchObject({ success: true, status: 'succeeded', exit_code: 0, output: 'done\n' });
    const third = await served.call('gateway_shell_exec', { ...call, plan_id: first.plan_id });
    expect(third.success).toBe(false);
    expect(third.error).toMatchObject({ code: 'plan_used' });
    expect(readFileSync(deployments(), 'utf8')).toBe('deployed\n');
  });

  it('says that what was approved failed, where it ends with an error', async () => {
    const call = { command: 'make deploy && false' };
    const { plan_id } = await served.call('gateway_shell_exec', call);
    await approve(place, served, plan_id);
    const ran = await served.call('gateway_shell_exec', { ...call, plan_id });
    expect(ran).toMatchObject({
      ...{ success: false, status: 'failed', executed: true, exit_code: 1, output: 'done\n' },
      error: { code: 'execution_failed' },
    });
  });

  it('takes secrets out of what it shows', async () => {
    const { output } = await served.call('gateway_shell_exec', { command: 'cat app.yaml' });
    expect(output).not.toContain('hunter2');
    expect(output).toContain('password');
    const painted = await served.call('gateway_shell_exec', { command: 'grep --color=always hunt app.yaml' });
    expect(painted.output).toMatch(/^\S*password: \[redacted\]/m);
    expect(painted.output).not.toContain('\u001b');
  });

  it('refuses folders and links that lead out of the root', async () => {
    symlinkSync('../state', path.join(place.root, 'way-out'));
    for (const [args, code] of [
      [{ command: 'ls', cwd: '..' }, 'path_outside_root'],
      [{ command: 'ls', cwd: '/etc' }, 'path_outside_root'],
      [{ command: 'ls', cwd: 'way-out' }, 'path_outside_root'],
      [{ command: 'ls way-out' }, 'path_outside_root'],
      [{ command: 'cat way-out/control.json' }, 'path_outside_root'],
      [{ command: 'ls', cwd: 'missing' }, 'invalid_arguments'],
      [{ command: '' }, 'invalid_arguments'],
      [{ command: 'ls', shell: 'zsh' }, 'invalid_arguments'],
    ] as const) {
      const answer = await served.call('gateway_shell_exec', args);
      expect([args, answer.success, answer.error?.code]).toEqual([args, false, code]);
    }
  });

  it('ends what takes too long', async () => {
    const answer = await served.call('gateway_shell_exec', { command: 'echo begun; sleep 30', timeout: 500 });
    expect(answer).toMatchObject({ success: false, status: 'failed', output: 'begun\n' });
    expect(answer.error).toMatchObject({ code: 'timeout' });
  });
});

describe('gateway_shell_exec where bubblewrap is missing', () => {
  const variables = { PATH: '/nonexistent' };

  it('lets even reading wait for a human', async () => {
    const place = new Place({ 'a.txt': 'text\n' });
    const served = await serve(place, { variables });
    const answer = await served.call('gateway_shell_exec', { command: 'ls' });
    expect(answer).toMatchObject({ decision: 'escalate', status: 'needs_approval', executed: false });
    expect(answer.reasons).toContainEqual(expect.objectContaining({ class: 'sandbox_unavailable' }));
    await served.close();
    place.remove();
  });

  it('reads where the operator says so, but runs no code that the root brings along', async () => {
    const place = new Place({ 'a.txt': 'text\n' });
    const served = await serve(place, { variables, args: ['--no-sandbox'] });
    expect(await served.call('gateway_shell_exec', { command: 'ls' })).toMatchObject({
      decision: 'allow',
      output: 'a.txt\n',
    });
    const status = await served.call('gateway_shell_exec', { command: 'git status' });
    expect(status).toMatchObject({ decision: 'escalate', executed: false });
    await served.close();
    place.remove();
  });
});

describe('recourse evaluate shell', () => {
  it('says the decision by its exit code', async () => {
    for (const [command, code, decision] of [
      ['ls -la', 0, 'allow'],
      ['make deploy', 3, 'escalate'],
      ['rm -rf /', 4, 'block'],
    ] as const) {
      const ran = await recourse(['evaluate', 'shell', command, '-e', 'prod', '--json']);
      expect([command, ran.code]).toEqual([command, code]);
      expect(JSON.parse(ran.stdout)).toMatchObject({ decision, evaluation: null });
    }
  });

  it('counts the operator’s patterns', async () => {
    const place = new Place({});
    const policy = path.join(place.folder, 'policy.yaml');
    place.write(
      '../policy.yaml',
      "recourseos:\n  version: '2.0'\nshell:\n  always_block: ['make deploy']\n  always_escalate: ['ls']\n",
    );
    const codes = await Promise.all(
      ['make deploy', 'ls -la', 'pwd'].map(
        async (command) => (await recourse(['evaluate', 'shell', command, '-e', 'prod', '-p', policy])).code,
      ),
    );
    expect(codes).toEqual([4, 3, 0]);
    place.remove();
  });

  it('answers a stream line by line, in order', async () => {
    const commands = ['ls', 'rm -rf /', 'make x', 'echo "\u2028"', 'cat a\nls'];
    const ran = await lines(commands.map((cmd) => JSON.stringify({ cmd, label: 'ignored' })));
    expect(ran.code).toBe(0);
    const answers = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map((answer) => answer.cmd)).toEqual(commands);
    expect(answers.map((answer) => answer.decision).slice(0, 3)).toEqual(['allow', 'block', 'escalate']);
    expect(Object.keys(answers[0])).toEqual(['cmd', 'decision', 'reasons']);
  });

  it('names the line it cannot read, after answering those before it', async () => {
    for (const bad of ['nope', '{"command":"ls"}', '{"cmd":1}', '"ls"']) {
      const ran = await lines(['{"cmd":"ls"}', '{"cmd":"pwd"}', bad, '{"cmd":"ls"}']);
      expect([bad, ran.code, ran.stdout.trimEnd().split('\n').length]).toEqual([bad, 2, 2]);
      expect(ran.stderr).toMatch(/^recourse: line 3 /);
    }
  });

  it('judges a thousand lines in a second of computing, starting included', async () => {
    const count = 3_000;
    const input = Array.from(
      { length: count },
      (_, i) => `{"cmd":"ls -la dir${i} | grep x && git log -n ${i}"}`,
    );
    // Time on the processor: what else the machine does at the moment does not count.
    const timed = ['/bin/bash', '-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash'];
    const ran = await lines(input, timed);
    const [user = Number.NaN, system = Number.NaN] = ran.stderr.trim().split(' ').map(Number);
    expect(ran.stdout.trimEnd().split('\n').length).toBe(count);
    expect(count / (user + system)).toBeGreaterThan(1_000);
  });

  it('wants one command or a stream', async () => {
    expect((await recourse(['evaluate', 'shell', '-e', 'prod'])).code).toBe(2);
    expect((await recourse(['evaluate', 'shell', 'ls', '--jsonl', '-e', 'prod'])).code).toBe(2);
    expect((await recourse(['evaluate', 'shell', 'ls', '-e', 'nowhere'])).code).toBe(2);
  });
});

async function lines(
  input: readonly string[],
  before: readonly string[] = [],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const [file = '', ...args] = [
    ...before,
    process.execPath,
    RECOURSE,
    'evaluate',
    'shell',
    '--jsonl',
    '-e',
    'prod',
  ];
  const child = spawn(file, args, { env: inherited(), stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  child.stdin.on('error', () => {});
  child.stdin.end(`${input.join('\n')}\n`);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}
