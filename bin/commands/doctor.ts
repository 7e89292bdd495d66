/** `recourse gateway doctor`: does this very configuration hold? Exit 0 only if everything does. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GROUPS, runSelfTests, type SelfTestResult } from '../../lib/doctor/self-test.ts';
import { SELF_TESTS } from '../../lib/doctor/self-tests.ts';
import { Stage } from '../../lib/doctor/stage.ts';
import { sweepSecrets } from '../../lib/executor/sweep.ts';
import { checkEnvironment, type EnvironmentCheck } from '../../lib/local/environment-checks.ts';
import { openLocalKeys } from '../../lib/local/keys.ts';
import { openSqliteStore } from '../../lib/local/sqlite-store.ts';
import { locateStateFolder } from '../../lib/local/state-folder.ts';
import type { Store } from '../../lib/ports/store.ts';
import { doctorLanes } from '../doctor-lanes.ts';
import { checkNotices } from '../doctor-notices.ts';
import { loadPolicy, requireEnvironment } from '../policy-file.ts';
import { Stop } from '../stop.ts';

interface Options {
  readonly env: string;
  readonly policy?: string;
  readonly root: string;
  readonly state?: string;
  readonly json?: boolean;
}

export async function doctor(options: Options): Promise<void> {
  const { policy } = loadPolicy(options.policy);
  requireEnvironment(policy, options.env);
  const root = realRoot(options.root);
  const scratch = realpathSync(mkdtempSync(path.join(tmpdir(), 'recourse-doctor-')));
  const stores: Store[] = [];
  try {
    const keys = openLocalKeys(path.join(scratch, 'keys'));
    const folder = path.join(scratch, 'root');
    mkdirSync(folder);
    const lanes = doctorLanes(options.env, folder);
    const openStage = async () => {
      const store = await openSqliteStore(path.join(scratch, `records-${stores.length}.db`));
      stores.push(store);
      const random = (count: number) => randomBytes(count);
      return new Stage({
        environment: options.env,
        policy,
        store,
        keys,
        random,
        sweep: sweepSecrets,
        ...lanes,
      });
    };
    const results = await runSelfTests(SELF_TESTS, openStage);
    const located = locateStateFolder({
      state: options.state,
      root,
      environment: options.env,
      env: process.env,
    });
    const checks = await checkEnvironment({
      root,
      policyFile: options.policy ?? null,
      stateFolder: located.ok ? located.folder.path : null,
      terraform: policy.terraform.tool,
      env: process.env,
    });
    report(results, [...checks, ...(await checkNotices(policy, root))], options);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    rmSync(scratch, { recursive: true, force: true });
  }
}

function report(
  results: readonly SelfTestResult[],
  checks: readonly EnvironmentCheck[],
  options: Options,
): void {
  const failed =
    results.filter((each) => each.problem !== null).length +
    checks.filter((each) => each.level === 'problem').length;
  if (options.json) {
    const out = {
      ok: failed === 0,
      environment: options.env,
      policy: options.policy ?? null,
      self_tests: results,
      environment_checks: checks,
    };
    process.stdout.write(`${JSON.stringify(out, null, 2)}\n`);
  } else {
    process.stdout.write(forPeople(results, checks, failed));
  }
  process.exitCode = failed === 0 ? 0 : 1;
}

function forPeople(
  results: readonly SelfTestResult[],
  checks: readonly EnvironmentCheck[],
  failed: number,
): string {
  const groups = GROUPS.flatMap((group) => {
    const lines = results
      .filter((each) => each.group === group)
      .map((each) =>
        each.problem === null ? `  ✓ ${each.title}` : `  ✗ ${each.title}\n      ${each.problem} (${each.id})`,
      );
    return [`\n${group}`, ...lines];
  });
  const marks = { ok: '✓', advice: '!', problem: '✗' } as const;
  const around = checks.map((each) => `  ${marks[each.level]} ${each.message}`);
  const passed = results.filter((each) => each.problem === null).length;
  const verdict =
    failed === 0
      ? `\n${passed} of ${results.length} self-tests hold. This configuration can be served.`
      : `\n${passed} of ${results.length} self-tests hold; ${failed} things must be mended before this is served.`;
  return [...groups, '\nthis machine', ...around, verdict, ''].join('\n').replace(/^\n/, '');
}

function realRoot(root: string): string {
  try {
    return realpathSync(root);
  } catch {
    throw new Stop(`the root ${root} is not an existing folder`);
  }
}
