/**
 * Modules from elsewhere: nothing is downloaded before a human approved their source, what they hold is scanned
 * and frozen before terraform plans with it, and an approval binds to it.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ToolAnswer } from '../../lib/gateway.ts';
import { type MarkingProvider, markingProvider } from '../support/marking-provider.ts';
import { type ModuleServer, moduleServer } from '../support/module-server.ts';
import { approve, Place, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

const HARMLESS = { 'main.tf': 'resource "terraform_data" "m" {\n  input = path.module\n}\n' };
const WITH_PROVISIONER = {
  'main.tf': `resource "terraform_data" "m" {
  input = path.module
  provisioner "local-exec" {
    command = "touch ran.tfstate"
  }
}
`,
};

describeWith('terraform', 'modules from elsewhere', () => {
  let place: Place;
  let server: ModuleServer;
  let served: Served;
  let provider: MarkingProvider;

  beforeEach(async () => {
    server = await moduleServer(HARMLESS);
    place = new Place({ 'main.tf': `module "m" {\n  source = "${server.source}"\n}\n` });
    const mirror = path.join(place.folder, 'mirror');
    mkdirSync(mirror);
    provider = await markingProvider(mirror, path.join(place.root, 'mark.tfstate'), place.state);
    served = await serve(place, { env: 'dev', variables: { TF_CLI_CONFIG_FILE: provider.cliConfigFile } });
  });
  afterEach(async () => {
    await served.close();
    await server.close();
    place.remove();
  });

  const plan = (planId?: unknown) =>
    served.call('gateway_terraform_plan', planId === undefined ? {} : { plan_id: planId });
  const classes = (answer: ToolAnswer) => answer.reasons?.map((each) => each.class);

  /** Up to the answer of the call that an approval of the module's source let go on. */
  async function afterFirstApproval(): Promise<ToolAnswer> {
    const stopped = await plan();
    expect(stopped).toMatchObject({ status: 'needs_approval' });
    await approve(place, served, stopped.plan_id);
    return plan(stopped.plan_id);
  }

  test('nothing is downloaded before the approval; a harmless module goes on at once', async () => {
    const stopped = await plan();
    expect(stopped).toMatchObject({ status: 'needs_approval', decision: 'escalate' });
    expect(classes(stopped)).toEqual(['unapproved_module_source']);
    expect((await plan(stopped.plan_id)).error?.code).toBe('approval_required');
    await approve(place, served, stopped.plan_id);
    expect(server.requests()).toBe(0);
    const made = await plan(stopped.plan_id);
    expect(server.downloads()).toBe(1);
    expect(made.evaluation?.changes.map((each) => each.address)).toEqual(['module.m.terraform_data.m']);
    await approve(place, served, made.plan_id);
    const applied = await served.call('gateway_terraform_apply', { plan_id: made.plan_id });
    expect(applied).toMatchObject({ status: 'succeeded' });
    expect(server.downloads()).toBe(1);
    expect(readFileSync(path.join(place.root, 'terraform.tfstate'), 'utf8')).toContain(
      '.terraform/modules/m',
    );
    expect(readdirSync(path.join(place.state, 'work'))).toEqual([]);
  });

  test('a provider in it stops it again before anything runs; approved, exactly that goes on', async () => {
    place.write('.terraform.lock.hcl', provider.lockFile);
    server.serve({ 'main.tf': provider.configuration });
    const first = await plan();
    // The lock file names the provider as well.
    await approve(place, served, first.plan_id);
    const again = await plan(first.plan_id);
    expect(again).toMatchObject({ status: 'needs_approval', executed: false });
    expect(again.plan_id).not.toBe(first.plan_id);
    expect(again.digest).not.toBe(first.digest);
    expect(again.reasons?.find((each) => each.class === 'unapproved_provider')?.address).toBe(
      'module.m.provider.mark',
    );
    expect(server.downloads()).toBe(1);
    expect((await plan(again.plan_id)).error?.code).toBe('approval_required');
    expect(await provider.runs()).toBe(0);

    await approve(place, served, again.plan_id);
    expect(await provider.runs()).toBe(0);
    server.serve(HARMLESS);
    await plan(again.plan_id);
    expect(await provider.runs()).toBeGreaterThan(0);
    expect(server.downloads()).toBe(1);
  });

  test('a provisioner in it is named before terraform plans, and runs only in an approved apply', async () => {
    server.serve(WITH_PROVISIONER);
    const again = await afterFirstApproval();
    expect(again).toMatchObject({ status: 'needs_approval' });
    expect(again.evaluation).toBeUndefined();
    expect(classes(again)).toContain('code_execution');
    await approve(place, served, again.plan_id);
    const made = await plan(again.plan_id);
    expect(made.evaluation?.total_changes).toBe(1);
    expect((await served.call('gateway_terraform_apply', { plan_id: made.plan_id })).error?.code).toBe(
      'approval_required',
    );
    expect(existsSync(path.join(place.root, 'ran.tfstate'))).toBe(false);
  });

  test('a source that the module itself names is one that nobody approved yet', async () => {
    const deeper = await moduleServer(HARMLESS);
    server.serve({ 'main.tf': `module "n" {\n  source = "${deeper.source}"\n}\n` });
    const again = await afterFirstApproval();
    await deeper.close();
    expect(again).toMatchObject({ status: 'needs_approval' });
    const named = again.reasons?.find((each) => each.address === 'module.m.module.n');
    expect(named?.message).toContain(deeper.source);
    await approve(place, served, again.plan_id);
    expect((await plan(again.plan_id)).evaluation?.total_changes).toBe(1);
  });

  test('an approval of contents holds for equal contents only', async () => {
    server.serve(WITH_PROVISIONER);
    const first = await afterFirstApproval();
    await approve(place, served, first.plan_id);

    server.serve({ 'main.tf': WITH_PROVISIONER['main.tf'].replace('touch', 'echo') });
    const other = await afterFirstApproval();
    expect(other.digest).not.toBe(first.digest);
    expect(other.reasons?.find((each) => each.rule === 'approval_does_not_carry_over')?.message).toContain(
      'modules',
    );
    expect((await plan(other.plan_id)).error?.code).toBe('approval_required');

    server.serve(WITH_PROVISIONER);
    const equal = await afterFirstApproval();
    expect(equal.digest).toBe(first.digest);
    expect(equal.reasons?.map((each) => each.rule)).toContain('approval_carried_over');
    expect((await plan(equal.plan_id)).evaluation?.total_changes).toBe(1);
  });

  test('modules that were changed on disk are not applied: plan_tampered', async () => {
    const made = await afterFirstApproval();
    await approve(place, served, made.plan_id);
    const folders = execFileSync('find', [
      path.join(place.state, 'snapshots'),
      '-path',
      '*/modules/m/main.tf',
    ]);
    const file = folders.toString().trim();
    chmodSync(file, 0o644);
    writeFileSync(file, WITH_PROVISIONER['main.tf']);
    chmodSync(file, 0o444);
    const applied = await served.call('gateway_terraform_apply', { plan_id: made.plan_id });
    expect(applied.error?.code).toBe('plan_tampered');
    expect(existsSync(path.join(place.root, 'terraform.tfstate'))).toBe(false);
  });

  test('a git repository that moved on gives another digest, the same commit the same', async () => {
    const repository = path.join(place.root, 'module.git');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        cwd: repository,
      });
    place.write('module.git/main.tf', HARMLESS['main.tf']);
    place.write('app/main.tf', `module "m" {\n  source = "git::file://${repository}"\n}\n`);
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message=one');
    const digests: unknown[] = [];
    for (const text of [null, null, `${HARMLESS['main.tf']}# more\n`]) {
      if (text !== null) {
        place.write('module.git/main.tf', text);
        git('commit', '--quiet', '--all', '--message=two');
      }
      const stopped = await served.call('gateway_terraform_plan', { cwd: 'app' });
      await approve(place, served, stopped.plan_id);
      const made = await served.call('gateway_terraform_plan', { cwd: 'app', plan_id: stopped.plan_id });
      expect(made.evaluation?.total_changes).toBe(1);
      digests.push(made.digest);
    }
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
  });

  test('a module that is not there fails the call and says why', async () => {
    const stopped = await plan();
    await approve(place, served, stopped.plan_id);
    await server.close();
    const failed = await plan(stopped.plan_id);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'execution_failed' } });
    expect(failed.stderr).toMatch(/connection refused/);
  });
});
