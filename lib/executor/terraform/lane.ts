/** Terraform on this machine, as the gateway's port asks for it. */
import type { JudgedPlan } from '../../core/plan.ts';
import type { TerraformLane, TerraformReadBack } from '../../ports.ts';
import { readEvidence, targetOf } from './evidence.ts';
import { fetchModules } from './modules.ts';
import { planTerraform } from './plan.ts';
import type { TerraformSettings } from './settings.ts';
import { loadSnapshot, takeSnapshot } from './snapshot.ts';

export function terraformLane(settings: TerraformSettings): TerraformLane {
  const { root, blobs } = settings;
  return {
    confined: settings.sandbox !== null,
    snapshot: (target) => takeSnapshot({ root, cwd: target.cwd, blobs }),
    fetchModules: (planId, target, source, signal) =>
      fetchModules({ planId, target, source }, settings, signal),
    plan: (planId, target, source, signal) => planTerraform({ planId, target, source }, settings, signal),
    readBack: (plan) => readBack(plan, settings),
    reopen: (source) => loadSnapshot(source, blobs),
  };
}

/** Runs nothing: the digest follows from the stored bytes. The executor has terraform read them again. */
export async function readBack(
  plan: JudgedPlan,
  { blobs, hasher }: Pick<TerraformSettings, 'blobs' | 'hasher'>,
): Promise<TerraformReadBack | null> {
  const target = targetOf(plan.action);
  if (target === null || plan.frozen.kind !== 'terraform') return null;
  const { frozen } = plan;
  const [artifact, planJson, snapshot] = await Promise.all([
    blobs.get(frozen.artifact),
    blobs.get(frozen.planJson),
    loadSnapshot(frozen.snapshot, blobs),
  ]);
  if (artifact === null || planJson === null || snapshot === null) return null;
  const evidence = readEvidence({
    artifact,
    planJson: new TextDecoder().decode(planJson),
    snapshot,
    target,
    tool: frozen.tool,
    hasher,
  });
  if (typeof evidence === 'string') return null;
  return {
    digest: evidence.digest,
    workspace: evidence.planFile.workspace,
    planJson: evidence.planJson,
    snapshot,
  };
}
