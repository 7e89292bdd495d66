import { describe, expect, it } from 'vitest';
import { LANES } from '../../lib/core/run.ts';
import { laneEnvironment, safePath } from '../../lib/executor/lane-environment.ts';
import { runProcess } from '../../lib/executor/process.ts';

/** Names that load code into a program, hold the gateway's secrets or change what terraform does. */
const NEVER = [
  'RECOURSE_CONTROL_TOKEN',
  'RECOURSE_STATE',
  'NODE_OPTIONS',
  'NODE_PATH',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'DYLD_INSERT_LIBRARIES',
  'BASH_ENV',
  'ENV',
  'GIT_SSH_COMMAND',
  'GIT_CONFIG_COUNT',
  'TF_CLI_ARGS',
  'TF_CLI_ARGS_plan',
  'TF_WORKSPACE',
  'TF_DATA_DIR',
  'TF_LOG',
  'TF_LOG_PATH',
  'TF_REATTACH_PROVIDERS',
  'TF_PLUGIN_CACHE_DIR',
  'TF_ENCRYPTION',
  'npm_config_registry',
  'SSH_AUTH_SOCK',
  'GITHUB_TOKEN',
  'ANTHROPIC_API_KEY',
  'DATABASE_URL',
];
const CLOUD = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'CLOUDSDK_CONFIG',
  'ARM_CLIENT_ID',
];
const OWN = Object.fromEntries(
  [
    ...NEVER,
    ...CLOUD,
    'KUBECONFIG',
    'TF_VAR_name',
    'TF_CLI_CONFIG_FILE',
    'HOME',
    'HTTPS_PROXY',
    'TZ',
    'LC_ALL',
  ].map((name) => [name, `value-of-${name}`]),
);

describe('laneEnvironment', () => {
  it.each(LANES)('lets nothing dangerous into a real child of the %s lane', async (lane) => {
    const env = laneEnvironment(lane, { ...process.env, ...OWN });
    const request = {
      file: '/usr/bin/env',
      args: ['-0'],
      cwd: '/',
      timeoutMs: 5_000,
      maxOutputBytes: 100_000,
    };
    const { stdout } = await runProcess({ ...request, env });
    const names = stdout.split('\0').map((line) => line.split('=')[0]);
    expect(names).toContain('PATH');
    expect(names.filter((name) => NEVER.includes(name ?? ''))).toEqual([]);
    for (const name of NEVER) expect(stdout).not.toContain(`value-of-${name}\0`);
  });

  it('gives cloud credentials to the lanes that need them only', () => {
    for (const lane of LANES) {
      const env = laneEnvironment(lane, OWN);
      const has = CLOUD.every((name) => env[name] !== undefined);
      const none = CLOUD.every((name) => env[name] === undefined);
      expect(lane.startsWith('terraform') || lane.startsWith('kubectl') ? has : none, lane).toBe(true);
    }
    expect(laneEnvironment('kubectl-read', OWN).KUBECONFIG).toBeDefined();
    expect(laneEnvironment('terraform-apply', OWN).KUBECONFIG).toBeUndefined();
    expect(laneEnvironment('kubectl-write', OWN).TF_VAR_name).toBeUndefined();
  });

  it('gives a shell a place, a language and a path, nothing else', () => {
    const env = laneEnvironment('shell', { ...OWN, PATH: '/usr/bin', LANG: 'C' });
    expect(env).toEqual({ PATH: '/usr/bin', LANG: 'C', TZ: OWN.TZ, LC_ALL: OWN.LC_ALL, HOME: '/tmp' });
  });

  it('makes terraform ask nothing and report nowhere', () => {
    expect(laneEnvironment('terraform-plan', {})).toEqual({
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
    });
  });

  it('keeps relative entries out of PATH', () => {
    expect(safePath('.:/usr/bin::bin:/opt/x')).toBe('/usr/bin:/opt/x');
    expect(safePath('node_modules/.bin')).toMatch(/^\/usr\/local\/sbin:/);
  });
});
