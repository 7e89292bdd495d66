import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { isRefusal } from '../../../lib/core/refusal.ts';
import { applyTerraform } from '../../../lib/executor/terraform/apply.ts';
import { forgetWork } from '../../../lib/executor/terraform/workplace.ts';
import { cleanEnvironment, type Place, terraformPlace } from '../../support/terraform-place.ts';
import { describeWith } from '../../support/tools.ts';

const ONE = `
variable "name" { default = "first" }
resource "terraform_data" "one" { input = var.name }
output "name" { value = terraform_data.one.output }
`;

const places: Place[] = [];
async function place(...args: Parameters<typeof terraformPlace>): Promise<Place> {
  const made = await terraformPlace(...args);
  places.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(places.splice(0).map((each) => each.dispose()));
});

for (const confined of [true, false]) {
  describeWith(
    confined ? ['terraform', 'bwrap'] : ['terraform'],
    confined ? 'under bubblewrap' : 'unconfined',
    () => {
      it('plans and applies; the state is where it always was and nothing else appears beside it', async () => {
        const here = await place({ confined });
        await here.write({ 'app/main.tf': ONE });
        const made = await here.planned({ cwd: 'app' });
        expect(readdirSync(join(here.root, 'app'))).toEqual(['main.tf']);
        const applied = await here.apply(made);
        expect(applied).toMatchObject({ ok: true, exitCode: 0, refusal: null });
        expect(applied.stdout).toContain('1 added');
        expect(readdirSync(join(here.root, 'app')).sort()).toEqual(['main.tf', 'terraform.tfstate']);
        expect(await readFile(join(here.root, 'app/terraform.tfstate'), 'utf8')).toContain('"first"');
      });
    },
  );
}

describeWith(['terraform', 'bwrap'], 'terraform plan and apply', () => {
  it('applies the saved plan although every source file changed after planning', async () => {
    const here = await place();
    await here.write({ 'main.tf': ONE });
    const made = await here.planned();
    await here.write({ 'main.tf': 'resource "terraform_data" "evil" {}', 'x.auto.tfvars': 'name = "evil"' });
    expect((await here.apply(made)).ok).toBe(true);
    const state = await readFile(join(here.root, 'terraform.tfstate'), 'utf8');
    expect(state).toContain('"first"');
    expect(state).not.toContain('evil');
  });

  it("runs a provisioner's script as it was frozen", async () => {
    const here = await place();
    await here.write({
      'main.tf': `resource "terraform_data" "one" {
        provisioner "local-exec" { command = "sh \${path.module}/run.sh" }
      }`,
      'run.sh': 'echo the approved script',
    });
    const made = await here.planned();
    await here.write({ 'run.sh': 'echo another script' });
    const applied = await here.apply(made);
    expect(applied.stdout).toContain('the approved script');
    expect(applied.stdout).not.toContain('another script');
  });

  it('refuses a plan whose state moved on: plan_stale', async () => {
    const here = await place();
    await here.write({ 'main.tf': ONE });
    const [first, second] = [await here.planned(), await here.planned()];
    expect((await here.apply(first)).ok).toBe(true);
    const applied = await here.apply(second);
    expect(applied).toMatchObject({ ok: false, refusal: { code: 'plan_stale' } });
    expect(applied.refusal?.next).toEqual({
      tool: 'gateway_terraform_plan',
      arguments: { cwd: '.', workspace: 'default' },
    });
  });

  it('says who holds the lock: workspace_busy', async () => {
    const here = await place();
    await here.write({
      'main.tf': `resource "terraform_data" "slow" {
        provisioner "local-exec" { command = "sleep 4" }
      }`,
    });
    const [first, second] = [await here.planned(), await here.planned()];
    const running = here.apply(first);
    await expect
      .poll(() => existsSync(join(here.root, '.terraform.tfstate.lock.info')), { timeout: 30_000 })
      .toBe(true);
    const busy = await here.apply(second);
    expect(busy.refusal).toMatchObject({ code: 'workspace_busy', next: { retry_after_seconds: 15 } });
    expect(busy.refusal?.why).toMatch(/OperationTypeApply by .+@/);
    const planning = await here.plan();
    expect(planning).toMatchObject({ refused: true, code: 'workspace_busy' });
    expect((await running).ok).toBe(true);
  });

  it('stops politely when it is cancelled, and terraform saves what it had done', async () => {
    const shared = await mkdtemp(join(tmpdir(), 'recourse-shared-'));
    const here = await place({ shared: [shared] });
    const started = join(shared, 'started');
    await here.write({
      'main.tf': `resource "terraform_data" "done" {}
      resource "terraform_data" "slow" {
        depends_on = [terraform_data.done]
        provisioner "local-exec" { command = "touch ${started} && sleep 30" }
      }`,
    });
    const made = await here.planned();
    const stop = new AbortController();
    const running = here.apply(made, stop.signal);
    await expect.poll(() => existsSync(started), { timeout: 30_000 }).toBe(true);
    stop.abort();
    const applied = await running;
    expect(applied).toMatchObject({ ok: false, refusal: { code: 'interrupted' } });
    expect(applied.stdout).toContain('Interrupt received');
    expect(await readFile(join(here.root, 'terraform.tfstate'), 'utf8')).toContain('"done"');
    expect(existsSync(join(here.root, '.terraform.tfstate.lock.info'))).toBe(false);
    await rm(shared, { recursive: true });
  });

  it('plans a destroy by flag and by argument with one digest', async () => {
    const here = await place();
    await here.write({ 'main.tf': ONE });
    await here.apply(await here.planned());
    const [byTool, byFlag] = [
      await here.planned({ destroy: true }),
      await here.planned({ args: [{ flag: 'destroy' }] }),
    ];
    expect(byTool.digest).toBe(byFlag.digest);
    const applied = await here.apply(byTool);
    expect(applied.stdout).toContain('1 destroyed');
  });

  it("says terraform's own first error when planning fails, errored plans included", async () => {
    const here = await place();
    await here.write({
      'main.tf': `variable "moon" { default = "blue" }
      resource "terraform_data" "one" {
        lifecycle {
          precondition {
            condition     = var.moon == "white"
            error_message = "the moon is wrong"
          }
        }
      }`,
    });
    const failed = await here.plan();
    expect(failed).toMatchObject({ refused: true, code: 'execution_failed' });
    expect(isRefusal(failed) && failed.why).toMatch(/Resource precondition failed.*the moon is wrong/);
    expect(isRefusal(failed) && failed.text).not.toContain(here.settings.stateFolder);
  });

  it('uses variable files and variables of the call, and takes only files that were frozen', async () => {
    const here = await place();
    await here.write({
      'app/main.tf': ONE,
      'app/vars/x.tfvars': 'name = "from file"',
      'other.tfvars': 'name = "no"',
    });
    const made = await here.planned({ cwd: 'app', args: [{ flag: 'var-file', path: 'vars/x.tfvars' }] });
    expect(JSON.stringify(made.planned.planJson)).toContain('from file');
    const missing = await here.plan({ cwd: 'app', args: [{ flag: 'var-file', path: 'other.tfvars' }] });
    expect(missing).toMatchObject({ refused: true, code: 'invalid_arguments' });
  });

  it("keeps a failed apply's exit code and error", async () => {
    const here = await place();
    await here.write({
      'main.tf': `resource "terraform_data" "one" {
        provisioner "local-exec" { command = "exit 7" }
      }`,
    });
    const applied = await here.apply(await here.planned());
    expect(applied).toMatchObject({ ok: false, exitCode: 1, refusal: { code: 'execution_failed' } });
    expect(applied.refusal?.why).toContain('exit status 7');
  });

  it('stops what takes too long: timeout', async () => {
    const here = await place();
    await here.write({
      'main.tf': `resource "terraform_data" "one" {
        provisioner "local-exec" { command = "sleep 60" }
      }`,
    });
    const made = await here.planned();
    const applied = await applyTerraform(
      made,
      { ...here.settings, timeoutMs: 1_500 },
      new AbortController().signal,
    );
    expect(applied.refusal?.code).toBe('timeout');
  });
});

describeWith(['terraform', 'bwrap'], 'what terraform runs', () => {
  const SPY = (stateFolder: string, other: string) => `resource "terraform_data" "spy" {
    provisioner "local-exec" {
      command = "env; ls -A ${stateFolder} ${stateFolder}/work/*; cat ${stateFolder}/control.json ${other}/control.json; touch new.tf ../x ; echo end"
    }
  }`;

  it('sees no gateway state, no gateway secrets, and cannot write the frozen source', async () => {
    const base = await place();
    const other = join(base.root, '../other-environment');
    await mkdir(other);
    await Promise.all(
      [base.settings.stateFolder, other].map((folder) =>
        writeFile(join(folder, 'control.json'), 'control-token'),
      ),
    );
    const here = await place({
      env: {
        ...cleanEnvironment(),
        RECOURSE_KEY: 'gateway-secret',
        NODE_OPTIONS: '--x',
        TF_VAR_passed: 'variable',
      },
      stateFolder: base.settings.stateFolder,
      hidden: [other],
    });
    await here.write({ 'main.tf': SPY(base.settings.stateFolder, other) });
    const made = await here.planned();
    const { stdout, ok } = await here.apply(made);
    expect(ok).toBe(true);
    expect(stdout).toContain('TF_VAR_passed=variable');
    expect(stdout).not.toMatch(/control-token|gateway-secret|NODE_OPTIONS|RECOURSE/);
    expect(stdout).toMatch(/plugins\n.*snapshots\n.*work\n/s);
    expect(stdout).toMatch(/touch: .*new\.tf.*Read-only/);
    expect(readdirSync(here.root).sort()).toEqual(['main.tf', 'terraform.tfstate']);
  });

  it('works where root and state folder are named through links', async () => {
    const base = await place();
    const [root, stateFolder] = [join(base.root, '../root-link'), join(base.root, '../state-link')];
    await symlink(base.root, root);
    await symlink(base.settings.stateFolder, stateFolder);
    await base.write({ 'main.tf': ONE });
    const here = await place({ root, stateFolder });
    expect((await here.apply(await here.planned())).ok).toBe(true);
    expect(readdirSync(base.root).sort()).toEqual(['main.tf', 'terraform.tfstate']);
  });

  it('stops before init where the state names a provider that the lock file does not pin', async () => {
    const here = await place();
    await here.write({ 'main.tf': ONE });
    await here.apply(await here.planned());
    const file = join(here.root, 'terraform.tfstate');
    const state = JSON.parse(await readFile(file, 'utf8'));
    const evil = 'provider["localhost:9/evil/evil"]';
    const brought = { mode: 'managed', type: 'evil_x', name: 'a', provider: evil, instances: [] };
    await writeFile(file, JSON.stringify({ ...state, resources: [...state.resources, brought] }));
    const refused = await here.plan();
    expect(isRefusal(refused) && refused.why).toMatch(/names the provider localhost:9\/evil\/evil/);
    await writeFile(file, '{"version": 3}');
    const unread = await here.plan();
    expect(isRefusal(unread) && unread.why).toMatch(/cannot be read for the providers/);
    await writeFile(file, JSON.stringify(state));
    expect(isRefusal(await here.plan())).toBe(false);
  });

  it('initialises again where the data folder of the plan is gone', async () => {
    const here = await place();
    await here.write({ 'main.tf': ONE });
    const made = await here.planned();
    await forgetWork(here.settings.stateFolder, made.plan_id);
    expect((await here.apply(made)).ok).toBe(true);
    expect(await readdir(join(here.settings.stateFolder, 'work', made.plan_id, 'out'))).toEqual([]);
  });
});

describeWith(['terraform', 'bwrap'], 'workspaces and backends', () => {
  it('plans in an existing workspace only, and names those that exist', async () => {
    const here = await place();
    await here.write({ 'main.tf': ONE });
    await mkdir(join(here.root, 'terraform.tfstate.d/blue'), { recursive: true });
    const refused = await here.plan({ workspace: 'green' });
    expect(refused).toMatchObject({ refused: true, code: 'workspace_mismatch' });
    expect(isRefusal(refused) && refused.why).toContain('default, blue');
    expect(existsSync(join(here.root, 'terraform.tfstate.d/green'))).toBe(false);
    const made = await here.planned({ workspace: 'blue' });
    expect(made.frozen).toMatchObject({ workspace: 'blue' });
    expect((await here.apply(made)).ok).toBe(true);
    expect(existsSync(join(here.root, 'terraform.tfstate'))).toBe(false);
    expect(existsSync(join(here.root, 'terraform.tfstate.d/blue/terraform.tfstate'))).toBe(true);
  });

  it('never applies a plan to another workspace', async () => {
    const here = await place();
    await here.write({ 'main.tf': ONE });
    await mkdir(join(here.root, 'terraform.tfstate.d/blue'), { recursive: true });
    const made = await here.planned();
    if (made.action.kind !== 'terraform-plan') throw new Error('not a terraform plan');
    const moved = { ...made, action: { ...made.action, ...here.target({ workspace: 'blue' }) } };
    expect((await here.apply(moved)).refusal?.code).toBe('workspace_mismatch');
    expect(readdirSync(join(here.root, 'terraform.tfstate.d/blue'))).toEqual([]);
  });

  it('respects a configured local path inside the root', async () => {
    const here = await place();
    const backend = 'terraform {\n backend "local" {\n path = "../states/app.json"\n }\n}\n';
    await here.write({ 'app/main.tf': backend + ONE, 'states/keep': '' });
    const [made, again] = [await here.planned({ cwd: 'app' }), await here.planned({ cwd: 'app' })];
    expect(made.digest).toBe(again.digest);
    expect((await here.apply(made)).ok).toBe(true);
    expect(readdirSync(join(here.root, 'states')).sort()).toEqual(['app.json', 'keep']);
    expect(readdirSync(join(here.root, 'app'))).toEqual(['main.tf']);
  });

  it.each([
    [
      'a path out of the root',
      'terraform {\n backend "local" {\n path = "../../x.tfstate"\n }\n}',
      'path_outside_root',
    ],
    [
      'an absolute path',
      'terraform {\n backend "local" {\n path = "/var/x.tfstate"\n }\n}',
      'path_outside_root',
    ],
    [
      'a workspace folder out of the root',
      'terraform {\n backend "local" {\n workspace_dir = "../.."\n }\n}',
      'path_outside_root',
    ],
  ])('refuses %s', async (_, backend, code) => {
    const here = await place();
    await here.write({ 'main.tf': `${backend}\n${ONE}` });
    expect(await here.plan()).toMatchObject({ refused: true, code });
  });

  it('refuses a second backend, also one in a later override file', async () => {
    const here = await place();
    await here.write({
      'main.tf': `terraform {\n backend "local" {}\n}\n${ONE}`,
      'zz_override.tf': 'terraform {\n backend "local" {\n path = "elsewhere.tfstate"\n }\n}',
    });
    expect(await here.plan()).toMatchObject({ refused: true, code: 'invalid_arguments' });
  });

  it('notices a backend that the reader of the source did not see', async () => {
    const here = await place();
    const twice = '{"terraform":{"backend":{"local":{"path":"elsewhere.tfstate"}}},"terraform":{}}';
    await here.write({ 'main.tf': ONE, 'zz_override.tf.json': twice });
    const refused = await here.plan();
    expect(refused).toMatchObject({ refused: true, code: 'invalid_arguments' });
    expect(isRefusal(refused) && refused.why).toContain('one plain backend block');
    expect(existsSync(join(here.root, 'elsewhere.tfstate'))).toBe(false);
  });

  it('refuses a state file that is a link', async () => {
    const here = await place();
    await here.write({ 'main.tf': ONE });
    await writeFile(join(here.settings.stateFolder, 'victim'), '');
    await symlink(join(here.settings.stateFolder, 'victim'), join(here.root, 'terraform.tfstate'));
    expect(await here.plan()).toMatchObject({ refused: true, code: 'path_outside_root' });
  });
});
