import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { laneEnvironment, safePath } from '../../lib/executor/lane-environment.ts';
import { settingsInReach } from '../../lib/executor/terraform/operator-settings.ts';

let base: string;
let root: string;
let home: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'recourse-reach-')));
  [root, home] = [join(base, 'root'), join(base, 'home')];
  await Promise.all([mkdir(join(root, 'bin'), { recursive: true }), mkdir(home)]);
});
afterEach(() => rm(base, { recursive: true, force: true }));

it('takes entries of the PATH away that agents can write, by name or by real place, there or not', async () => {
  await symlink(join(root, 'bin'), join(base, 'link'));
  await symlink(root, join(base, 'root-link'));
  await symlink('/usr/bin', join(root, 'out'));
  const entries = ['bin', 'node_modules/.bin', 'out'].map((path) => join(root, path));
  const path = [...entries, join(base, 'link'), `${root}/../root/bin`, '/usr/bin', `${root}2`].join(':');
  for (const named of [root, join(base, 'root-link')]) {
    expect(safePath(path, [named])).toBe(`/usr/bin:${root}2`);
    expect(laneEnvironment('terraform-plan', { PATH: path }, [named]).PATH).toBe(`/usr/bin:${root}2`);
  }
  expect(safePath(join(root, 'bin'), [root])).not.toContain(root);
});

const check = (env: Record<string, string>) => settingsInReach({ HOME: home, ...env }, [root]);

it('has nothing to say of settings outside the root', async () => {
  await writeFile(
    join(home, '.terraformrc'),
    `provider_installation {\n filesystem_mirror {\n path = "${base}/mirror"\n include = ["a.example/*/*"]\n }\n direct {}\n}\ncredentials "app.example.com" { token = "abc" }\n`,
  );
  expect(check({ AWS_REGION: 'eu-west-1', TF_VAR_folder: root, GOOGLE_PROJECT: 'x' })).toBeNull();
});

it.each([
  ['HOME', () => root],
  ['HOME', () => join(root, 'not/there')],
  ['XDG_CONFIG_HOME', () => join(root, '.config')],
  ['TF_CLI_CONFIG_FILE', () => join(root, '.terraformrc')],
  ['TF_CLI_CONFIG_FILE', () => 'terraform.rc'],
  ['AWS_CONFIG_FILE', () => join(root, 'aws')],
  ['GOOGLE_APPLICATION_CREDENTIALS', () => join(root, 'key.json')],
])('refuses %s that agents can write', (name, value) => {
  expect(check({ [name]: value() })).toContain(`${name} names`);
});

it.each([
  ['a mirror', () => `provider_installation {\n filesystem_mirror {\n path = "${root}/.m"\n }\n}`],
  ['an override', () => `provider_installation { dev_overrides { "a/b" = "${root}/evil" } }`],
  ['a relative mirror', () => 'provider_installation {\n filesystem_mirror {\n path = "mirror"\n }\n}'],
  ['a relative override', () => 'provider_installation {\n dev_overrides {\n "a/b" = "./evil"\n }\n}'],
])('refuses settings that name %s in the root', async (_, text) => {
  await writeFile(join(home, '.terraformrc'), text());
  expect(check({})).toContain('.terraformrc names');
});

it('refuses a credential process in the root, and settings that are links into it', async () => {
  await mkdir(join(home, '.aws'));
  await writeFile(join(home, '.aws/config'), `[default]\ncredential_process = ${root}/evil --json\n`);
  expect(check({})).toContain('.aws/config names');
  await rm(join(home, '.aws'), { recursive: true });
  await writeFile(join(root, 'rc'), '');
  await symlink(join(root, 'rc'), join(home, '.terraformrc'));
  expect(check({})).toContain('is a link into the root');
});
