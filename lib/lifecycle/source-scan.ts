/** Scanning frozen terraform source with today's policy, before anything of it runs. */
import type { TerraformArgument } from '../core/action.ts';
import { digestOf } from '../core/canonical.ts';
import type { Finding } from '../core/finding.ts';
import { type ScanReport, scanConfiguration } from '../core/terraform/scan/scan.ts';
import type { Snapshot } from '../ports/lanes.ts';
import type { LifecycleContext } from './context.ts';

/** A snapshot's address stands for its bytes, which were verified on reading: what was found in it stays true. */
const scanned = new Map<string, Promise<ScanReport>>();
const REMEMBERED = 64;

export async function scanSource(
  ctx: LifecycleContext,
  snapshot: Snapshot,
  args: readonly TerraformArgument[],
): Promise<readonly Finding[]> {
  const { findings } = await reportOn(ctx, snapshot, args);
  return [...findings, ...(await unconfined(ctx, findings))];
}

/** Code that a human lets run must not be taken for code that runs in a sandbox. */
async function unconfined(ctx: LifecycleContext, findings: readonly Finding[]): Promise<Finding[]> {
  if (!findings.some((each) => each.class === 'code_execution')) return [];
  const lane = await ctx.terraform();
  if ('unavailable' in lane || lane.confined) return [];
  return [
    {
      rule: 'no_sandbox',
      class: 'sandbox_unavailable',
      tier: null,
      address: '',
      why: 'There is no sandbox here (bubblewrap is missing or does not work): what this configuration runs can read the keys of the gateway and everything that its user can read.',
      evidence: [],
    },
  ];
}

/** Whether the configuration calls modules that are not in the snapshot: downloaded ones that nobody froze yet. */
export async function lacksModules(
  ctx: LifecycleContext,
  snapshot: Snapshot,
  args: readonly TerraformArgument[],
): Promise<boolean> {
  if (snapshot.modules !== undefined) return false;
  return (await reportOn(ctx, snapshot, args)).modules.some((module) => module.local === null);
}

function reportOn(
  ctx: LifecycleContext,
  snapshot: Snapshot,
  args: readonly TerraformArgument[],
): Promise<ScanReport> {
  const { allowedProviders, allowedBackends } = ctx.policy.terraform;
  const variableFiles = args.flatMap((each) =>
    each.flag === 'var-file' ? [inSnapshot(snapshot.rootModule, each.path)] : [],
  );
  const asked = { rootModule: snapshot.rootModule, allowedProviders, allowedBackends, variableFiles };
  const key = digestOf({ ...asked, snapshot: snapshot.address });
  const known = scanned.get(key);
  if (known !== undefined) return known;
  const installed = snapshot.modules === undefined ? {} : { installedModules: snapshot.modules.installed };
  const report = scanConfiguration({ ...asked, ...installed, files: snapshot.files });
  report.catch(() => scanned.delete(key));
  scanned.set(key, report);
  const [oldest] = scanned.keys();
  if (scanned.size > REMEMBERED && oldest !== undefined) scanned.delete(oldest);
  return report;
}

function inSnapshot(rootModule: string, path: string): string {
  return rootModule === '' || rootModule === '.' ? path : `${rootModule}/${path}`;
}
