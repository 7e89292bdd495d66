// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are terraform’s templates

import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newPlanId } from '../../../lib/core/ids.ts';
import { differingParts, type JudgedPlan } from '../../../lib/core/plan.ts';
import { isRefusal } from '../../../lib/core/refusal.ts';
import { terraformLane } from '../../../lib/executor/terraform/lane.ts';
import { fetchModules } from '../../../lib/executor/terraform/modules.ts';
import { planTerraform } from '../../../lib/executor/terraform/plan.ts';
import { loadSnapshot, takeSnapshot } from '../../../lib/executor/terraform/snapshot.ts';
import type { Snapshot } from '../../../lib/ports/lanes.ts';
import { BlobTampered } from '../../../lib/ports/store.ts';
import { type ModuleServer, moduleServer } from '../../support/module-server.ts';
import { cleanEnvironment, type Made, type Place, terraformPlace } from '../../support/terraform-place.ts';
import { describeWith } from '../../support/tools.ts';

const MODULE = {
  'main.tf': `module "inner" { source = "./inner" }
resource "terraform_data" "m" {
  input = abspath(path.module)
  provisioner "local-exec" { command = "sh \${path.module}/run.sh" }
}
output "where" { value = path.module }
`,
  'run.sh': 'echo the approved script',
  'inner/main.tf': 'output "text" { value = file("${path.module}/text.txt") }\n',
  'inner/text.txt': 'frozen',
};

const never = new AbortController().signal;
const planId = () => newPlanId((count) => crypto.getRandomValues(new Uint8Array(count)));
const calls = (source: string) =>
  `module "m" { source = "${source}" }\nmodule "own" { source = "./own" }\noutput "where" { value = module.m.where }\n`;

async function frozen(here: Place, cwd = 'app'): Promise<Snapshot> {
  const snapshot = await takeSnapshot({ root: here.root, cwd: here.target({ cwd }).cwd, blobs: here.blobs });
  if (isRefusal(snapshot)) throw new Error(snapshot.why);
  return snapshot;
}

function textsOf(snapshot: Snapshot | null): unknown {
  return [...(snapshot?.files.values() ?? [])].map(({ path, bytes }) => [
    path,
    Buffer.from(bytes).toString(),
  ]);
}

async function fetched(here: Place, cwd = 'app') {
  const source = (await frozen(here, cwd)).address;
  return fetchModules({ planId: planId(), target: here.target({ cwd }), source }, here.settings, never);
}

async function complete(here: Place, cwd = 'app'): Promise<Snapshot> {
  const snapshot = await fetched(here, cwd);
  if (isRefusal(snapshot)) throw new Error(`${snapshot.why}\n${snapshot.text}`);
  return snapshot;
}

async function planned(here: Place, source: Snapshot): Promise<Made> {
  const [plan_id, target] = [planId(), here.target({ cwd: 'app' })];
  const plan = await planTerraform({ planId: plan_id, target, source: source.address }, here.settings, never);
  if (isRefusal(plan)) throw new Error(`${plan.why}\n${plan.text}`);
  const { destroy: _, ...action } = target;
  return {
    plan_id,
    action: { kind: 'terraform-plan', ...action },
    digest: plan.digest,
    frozen: plan.frozen,
    planned: plan,
  };
}

let server: ModuleServer;
let here: Place;
beforeEach(async () => {
  server = await moduleServer(MODULE);
});
afterEach(async () => {
  await here.dispose();
  await server.close();
});

async function start(confined: boolean): Promise<void> {
  here = await terraformPlace({ confined });
  await here.write({ 'app/main.tf': calls(server.source), 'app/own/main.tf': 'locals {}\n' });
}

for (const confined of [true, false]) {
  const how = confined ? 'under bubblewrap' : 'unconfined';
  describeWith(confined ? ['terraform', 'bwrap'] : ['terraform'], `modules from elsewhere, ${how}`, () => {
    it('are downloaded once; what was frozen is planned and applied, whatever the place serves later', async () => {
      await start(confined);
      const source = await frozen(here);
      expect(server.requests()).toBe(0);
      const snapshot = await complete(here);
      expect(server.downloads()).toBe(1);
      expect(snapshot.modules?.source).toBe(source.address);
      expect(Object.fromEntries(snapshot.modules?.installed ?? [])).toEqual({
        m: 'app/.terraform/modules/m',
        'm.inner': 'app/.terraform/modules/m/inner',
        own: 'app/own',
      });
      server.serve({ ...MODULE, 'run.sh': 'echo another script' });
      const made = await planned(here, snapshot);
      expect((await here.apply(made)).stdout).toContain('the approved script');
      expect(server.downloads()).toBe(1);
      const state = JSON.parse(await readFile(join(here.root, 'app/terraform.tfstate'), 'utf8'));
      expect(state.outputs.where.value).toBe('.terraform/modules/m');
      expect((await readdir(join(here.root, 'app'))).sort()).toEqual(['main.tf', 'own', 'terraform.tfstate']);
    });
  });
}

describeWith(['terraform', 'bwrap'], 'frozen modules', () => {
  beforeEach(() => start(true));

  it('are in the digest: equal ones give an equal digest, others a digest that says so', async () => {
    const first = await planned(here, await complete(here));
    const second = await planned(here, await complete(here));
    expect(second.digest).toBe(first.digest);
    server.serve({ ...MODULE, 'run.sh': 'echo another script' });
    const third = await planned(here, await complete(here));
    expect(differingParts(first.planned.digestParts, third.planned.digestParts)).toEqual([
      'changes',
      'modules',
    ]);
    expect(server.downloads()).toBe(3);
  });

  it('can be read back, and not when a byte of them changed', async () => {
    const snapshot = await complete(here);
    const back = await loadSnapshot(snapshot.address, here.blobs);
    expect(back?.modules).toEqual(snapshot.modules);
    expect(textsOf(back)).toEqual(textsOf(snapshot));
    const made = (await planned(here, snapshot)) as unknown as JudgedPlan;
    const read = await terraformLane(here.settings).readBack(made);
    expect(read).toMatchObject({ digest: made.digest, snapshot: { modules: snapshot.modules } });
    const [script] =
      [...here.blobs.held].find(([, bytes]) => Buffer.from(bytes).equals(Buffer.from(MODULE['run.sh']))) ??
      [];
    if (script === undefined) throw new Error('the script was not frozen');
    here.blobs.held.set(script, Buffer.from('echo attack'));
    await expect(loadSnapshot(snapshot.address, here.blobs)).rejects.toThrow(BlobTampered);
    here.blobs.held.delete(script);
    expect(await loadSnapshot(snapshot.address, here.blobs)).toBeNull();
  });

  it.each([
    [
      'changed',
      async (folder: string) => {
        await chmod(join(folder, 'run.sh'), 0o644);
        await writeFile(join(folder, 'run.sh'), 'echo the attacked script');
        await chmod(join(folder, 'run.sh'), 0o444);
      },
    ],
    ['added to', (folder: string) => chmod(folder, 0o755).then(() => writeFile(join(folder, 'x.tf'), ''))],
    ['taken away', (folder: string) => chmod(folder, 0o755).then(() => rm(join(folder, 'run.sh')))],
  ])('on disk that were %s between plan and apply: plan_tampered', async (_, change) => {
    const snapshot = await complete(here);
    const made = await planned(here, snapshot);
    const source = join(here.settings.stateFolder, 'snapshots', snapshot.address.replace(':', '-'));
    await change(join(source, 'app/.terraform/modules/m'));
    expect((await here.apply(made)).refusal?.code).toBe('plan_tampered');
    expect(await readdir(join(here.root, 'app'))).toEqual(['main.tf', 'own']);
    expect((await here.apply(await planned(here, snapshot))).ok).toBe(true);
  });

  it('are found by the frozen list, whatever the data folder says between plan and apply', async () => {
    const made = await planned(here, await complete(here));
    const evil = join(here.root, 'evil');
    await here.write({ 'evil/run.sh': 'echo the attacked script', 'evil/main.tf': MODULE['main.tf'] });
    const list = join(here.settings.stateFolder, 'work', made.plan_id, 'data/modules/modules.json');
    const text = await readFile(list, 'utf8');
    await writeFile(list, text.replaceAll('".terraform/modules/m"', JSON.stringify(evil)));
    const applied = await here.apply(made);
    expect(applied.stdout).toContain('the approved script');
    expect(await readFile(list, 'utf8')).toBe(text);
  });

  it('that a scan did not notice are not planned with', async () => {
    const source = (await frozen(here)).address;
    const job = { planId: planId(), target: here.target({ cwd: 'app' }), source };
    const plan = await planTerraform(job, here.settings, never);
    expect(plan).toMatchObject({ refused: true, code: 'invalid_arguments' });
    expect('why' in plan && plan.why).toContain('from outside the frozen source');
  });

  it('that cannot be had refuse, with what terraform said', async () => {
    await server.close();
    const refusal = await fetched(here);
    expect(refusal).toMatchObject({ refused: true, code: 'execution_failed' });
    expect('text' in refusal && refusal.text).toMatch(/connection refused/);
  });
});

describeWith('terraform', 'what is frozen of modules', () => {
  let repository: string;
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'recourse-modules-'));
    repository = join(home, 'repository');
    await mkdir(repository);
    const env = { ...cleanEnvironment(), HOME: home, AWS_SECRET_ACCESS_KEY: 'aws', TF_VAR_x: 'var' };
    here = await terraformPlace({ confined: false, env });
    await here.write({ 'app/main.tf': `module "m" { source = "git::file://${repository}" }\n` });
    await writeFile(join(repository, 'main.tf'), 'locals {}\n');
    await git('init', '--quiet');
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  async function git(...args: string[]): Promise<void> {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
    await promisify(execFile)('git', [...who, ...args], { cwd: repository });
  }

  async function commit(): Promise<void> {
    await git('add', '--all');
    await git('commit', '--quiet', '--message=x');
  }

  it('no version control; the same commit is the same content', async () => {
    await commit();
    const [first, second] = [await complete(here), await complete(here)];
    expect([...first.files.keys()].sort()).toEqual([
      'app/.terraform/modules/m/main.tf',
      'app/.terraform/modules/modules.json',
      'app/main.tf',
    ]);
    expect(second.address).toBe(first.address);
  });

  it('no links: they are refused', async () => {
    await symlink('/etc/passwd', join(repository, 'text.txt'));
    await commit();
    expect(await fetched(here)).toMatchObject({ refused: true, code: 'invalid_arguments' });
  });

  it('no folder of the machine: an absolute source is a link and refused', async () => {
    await here.write({ 'app/main.tf': `module "m" { source = "${repository}" }\n` });
    expect(await fetched(here)).toMatchObject({ refused: true, code: 'invalid_arguments' });
  });

  it("and what downloads them knows no cloud's credentials and no variable", async () => {
    const hook = join(home, 'hook');
    await writeFile(hook, `#!/bin/sh\nenv > '${join(home, 'seen')}'\nexec "$@"\n`);
    await chmod(hook, 0o755);
    await writeFile(join(home, '.gitconfig'), `[uploadpack]\n  packObjectsHook = ${hook}\n`);
    await commit();
    await complete(here);
    const seen = await readFile(join(home, 'seen'), 'utf8');
    expect(seen).toContain('TF_IN_AUTOMATION=1');
    expect(seen).not.toMatch(/AWS_|TF_VAR_/);
  });

  it('no tests, for which init would download modules that nobody approved', async () => {
    await here.write({
      'app/main.tf': 'locals {}\n',
      'app/x.tftest.hcl': 'run "x" {\n}\n',
      'app/t/y.tftest.json': '{}',
    });
    expect([...(await frozen(here)).files.keys()]).toEqual(['app/main.tf']);
  });
});
