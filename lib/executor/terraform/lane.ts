/** Terraform on this machine, as the gateway's port asks for it. */
import type { JudgedPlan } from '../../core/plan.ts';
import { redactText } from '../../core/redact.ts';
import { isRefusal } from '../../core/refusal.ts';
import type { TerraformLane, TerraformPlanned, TerraformReadBack } from '../../ports/lanes.ts';
import { readEvidence, targetOf } from './evidence.ts';
import { fetchModules } from './modules.ts';
import { type PlanJob, type PlanRefusal, planTerraform } from './plan.ts';
import { secretVariables } from './secret-variables.ts';
import type { TerraformSettings } from './settings.ts';
import { loadSnapshot, takeSnapshot } from './snapshot.ts';

export function terraformLane(settings: TerraformSettings): TerraformLane {
  const { root, blobs } = settings;
  return {
    confined: settings.sandbox !== null,
    snapshot: (target) => takeSnapshot({ root, cwd: target.cwd, blobs }),
    fetchModules: (planId, target, source, signal) =>
      fetchModules({ planId, target, source }, settings, signal),
    plan: (planId, target, source, signal) => plan({ planId, target, source }, settings, signal),
    readBack: (plan) => readBack(plan, settings),
    reopen: (source) => loadSnapshot(source, blobs),
  };
}

/** What the operator gave terraform is in nothing that it printed. */
async function plan(
  job: PlanJob,
  settings: TerraformSettings,
  signal: AbortSignal,
): Promise<TerraformPlanned | PlanRefusal> {
  const planned = await planTerraform(job, settings, signal);
  const { values } = secretVariables(settings.env);
  const text = redactText(planned.text, values);
  return isRefusal(planned)
    ? { ...planned, text, why: redactText(planned.why, values) }
    : { ...planned, text };
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
