/** What freezing says about a command, and that judging again comes out the same or with another digest. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RootPath } from '../../../lib/core/action.ts';
import { digestOf } from '../../../lib/core/canonical.ts';
import type { JudgedPlan } from '../../../lib/core/plan.ts';
import { decide } from '../../../lib/core/policy/decide.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import { isRefusal } from '../../../lib/core/refusal.ts';
import { readKubectlCall } from '../../../lib/executor/shell/kubectl-call.ts';
import { SHELL_FROZEN, shellLane } from '../../../lib/executor/shell/lane.ts';
import { runShell } from '../../../lib/executor/shell/run-shell.ts';
import type { ShellSettings } from '../../../lib/executor/shell/settings.ts';
import { type ShellPlace, shellPlace } from './place.ts';

function shell(command: string, cwd = '.', timeoutMs = 1_000) {
  return { kind: 'shell', command, cwd: cwd as RootPath, timeoutMs } as const;
}

describe('the shell lane', () => {
  let place: ShellPlace;
  let confined: ShellSettings;
  beforeAll(async () => {
    place = await shellPlace({ confined: false });
    // Freezing starts nothing, so a sandbox that is only named will do.
    confined = { ...place.settings, sandbox: { file: '/nonexistent/bwrap' } };
    mkdirSync(path.join(place.root, '.kube'));
    place.link('../state', 'out');
  });
  afterAll(() => place.remove());

  async function freeze(settings: ShellSettings, action: ReturnType<typeof shell>) {
    const frozen = await shellLane(settings).freeze(action, { manifest: null }, DEFAULT_POLICY);
    if (isRefusal(frozen)) throw new Error(frozen.why);
    return { ...frozen, decision: decide(action, 'prod', DEFAULT_POLICY, frozen.findings).decision };
  }
  const classes = (frozen: Awaited<ReturnType<typeof freeze>>) =>
    frozen.findings.map((finding) => finding.class);

  it('judges the text', async () => {
    expect((await freeze(confined, shell('ls'))).decision).toBe('allow');
    expect((await freeze(confined, shell('make deploy'))).decision).toBe('escalate');
    expect((await freeze(confined, shell('rm -rf /'))).decision).toBe('block');
  });

  it('gives every difference another digest', async () => {
    const digests = await Promise.all(
      [shell('ls'), shell('ls '), shell('ls', '.kube'), shell('ls', '.', 2_000)].map(async (action) =>
        digestOf((await freeze(confined, action)).digestParts),
      ),
    );
    const elsewhere = digestOf((await freeze({ ...confined, environment: 'dev' }, shell('ls'))).digestParts);
    expect(new Set([...digests, elsewhere]).size).toBe(5);
  });

  it('refuses a folder that is none, or that lies outside', async () => {
    for (const [cwd, code] of [
      ['out', 'path_outside_root'],
      ['missing', 'invalid_arguments'],
    ] as const) {
      const frozen = await shellLane(confined).freeze(shell('ls', cwd), { manifest: null }, DEFAULT_POLICY);
      expect(frozen).toMatchObject({ refused: true, code });
    }
  });

  it('lets a human decide in a folder that holds secrets', async () => {
    const frozen = await freeze(confined, shell('cat config', '.kube'));
    expect(classes(frozen)).toContain('secret_read');
    expect(frozen.decision).toBe('escalate');
  });

  it('says that there is no sandbox, unless the operator does without', async () => {
    const missing = { ...confined, sandbox: null };
    expect(classes(await freeze(missing, shell('ls')))).toEqual(['sandbox_unavailable']);
    expect(classes(await freeze(missing, shell('make deploy')))).toContain('sandbox_unavailable');
    const without = { ...missing, unconfined: true };
    expect(await freeze(without, shell('ls'))).toMatchObject({ findings: [], decision: 'allow' });
    expect(classes(await freeze(without, shell('git diff')))).toEqual(['sandbox_unavailable']);
    expect(classes(await freeze(without, shell('terraform validate')))).toEqual(['sandbox_unavailable']);
  });

  it('knows kubectl only in the forms that its own lane has', async () => {
    const reading = { ...confined, kubectlRead: async () => ({ stdout: '', stderr: '', exitCode: 0 }) };
    expect((await freeze(confined, shell('kubectl get pods'))).decision).toBe('escalate');
    expect((await freeze(reading, shell('kubectl get pods -n prod | wc -l'))).decision).toBe('allow');
    expect((await freeze(reading, shell('kubectl get pods -n kube-system'))).decision).toBe('allow');
    expect((await freeze(reading, shell("kubectl get pods -o jsonpath='{.items}'"))).decision).toBe(
      'escalate',
    );
    expect((await freeze(reading, shell('kubectl top pods'))).decision).toBe('escalate');
  });

  it('judges again from the action, and does not believe what the record says it gets', async () => {
    const action = shell('make deploy');
    const first = await freeze(confined, action);
    const plan = { action, frozen: SHELL_FROZEN } as unknown as JudgedPlan;
    const again = await shellLane(confined).refreeze(plan, DEFAULT_POLICY);
    expect(digestOf(again?.digestParts)).toBe(digestOf(first.digestParts));
    const lying = { action, frozen: { ...SHELL_FROZEN, network: false } } as unknown as JudgedPlan;
    const other = await shellLane(confined).refreeze(lying, DEFAULT_POLICY);
    expect(digestOf(other?.digestParts)).not.toBe(digestOf(first.digestParts));
  });

  it('runs no unapproved text that is not allowed, whatever it is asked', async () => {
    const never = new AbortController().signal;
    const result = await runShell(place.settings, shell('touch made'), false, DEFAULT_POLICY, never);
    expect(result).toMatchObject({ exitCode: null, error: { code: 'approval_required' } });
  });
});

describe('kubectl inside a shell command', () => {
  it.each([
    ['get pods', { kind: 'kubectl-get', resource: 'pods', name: null, output: 'wide' }],
    ['-n prod get pod/x -o yaml', { resource: 'pod', name: 'x', namespace: 'prod', output: 'yaml' }],
    ['get deploy -A -l app=x --output=json', { allNamespaces: true, selector: 'app=x', output: 'json' }],
    ['describe pod x --namespace=prod', { kind: 'kubectl-describe', name: 'x', namespace: 'prod' }],
    [
      'logs pod/x -c app --tail=20 --since 5m -p',
      { pod: 'x', container: 'app', tail: 20, since: '5m', previous: true },
    ],
  ])('%s', (text, expected) => expect(readKubectlCall(text.split(' '))).toMatchObject(expected));

  it.each([
    'delete pod x',
    'get',
    'get pods a b',
    'get pods --raw=/x',
    'get pods -o jsonpath=x',
    'get pods -n -x',
    'logs x -f',
    'get pods -n a -n b',
    'describe pods',
    'exec x',
  ])('none: %s', (text) => expect(readKubectlCall(text.split(' '))).toBeNull());
});
