/** Scanning frozen terraform source with today's policy, before anything of it runs. */
import type { TerraformArgument } from '../core/action.ts';
import { digestOf } from '../core/canonical.ts';
import type { Finding } from '../core/finding.ts';
import { scanConfiguration } from '../core/terraform/scan/scan.ts';
import type { Snapshot } from '../ports.ts';
import type { LifecycleContext } from './context.ts';

/** A snapshot's address stands for its bytes, which were verified on reading: what was found in it stays true. */
const scanned = new Map<string, Promise<readonly Finding[]>>();
const REMEMBERED = 64;

export function scanSource(
  ctx: LifecycleContext,
  snapshot: Snapshot,
  args: readonly TerraformArgument[],
): Promise<readonly Finding[]> {
  const { allowedProviders, allowedBackends } = ctx.policy.terraform;
  const variableFiles = args.flatMap((each) =>
    each.flag === 'var-file' ? [inSnapshot(snapshot.rootModule, each.path)] : [],
  );
  const asked = { rootModule: snapshot.rootModule, allowedProviders, allowedBackends, variableFiles };
  const key = digestOf({ ...asked, snapshot: snapshot.address });
  const known = scanned.get(key);
  if (known !== undefined) return known;
  const findings = scanConfiguration({ ...asked, files: snapshot.files }).then((report) => report.findings);
  findings.catch(() => scanned.delete(key));
  scanned.set(key, findings);
  const [oldest] = scanned.keys();
  if (scanned.size > REMEMBERED && oldest !== undefined) scanned.delete(oldest);
  return findings;
}

function inSnapshot(rootModule: string, path: string): string {
  return rootModule === '' || rootModule === '.' ? path : `${rootModule}/${path}`;
}
