/** Makes one saved plan from a frozen source, and freezes it with its JSON. */
import { readFile, rm } from 'node:fs/promises';
import type { TerraformTarget } from '../../core/action.ts';
import type { Digest } from '../../core/canonical.ts';
import type { PlanId } from '../../core/ids.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusal.ts';
import { renderTerraformArguments } from '../../core/terraform/arguments.ts';
import type { Snapshot, TerraformPlanned } from '../../ports/lanes.ts';
import { planAgain, refusalOf } from './errors.ts';
import { readEvidence } from './evidence.ts';
import { MAX_PLAN_JSON, PLAN_TOO_LARGE } from './plan-size.ts';
import { secretVariables } from './secret-variables.ts';
import type { TerraformSettings } from './settings.ts';
import { loadSnapshot } from './snapshot.ts';
import { initialise, openWorkplace, type Workplace } from './workplace.ts';
import { refuseUnlisted } from './workspace.ts';

export interface PlanJob {
  readonly planId: PlanId;
  readonly target: TerraformTarget & { readonly destroy: boolean };
  /** Address of the frozen source, with its modules where it has any from elsewhere. */
  readonly source: Digest;
}

/** A refusal with what terraform printed; unredacted. */
export type PlanRefusal = Refusal & { readonly text: string };

/** Rejects only for broken I/O and BlobTampered. */
export async function planTerraform(
  job: PlanJob,
  settings: TerraformSettings,
  signal: AbortSignal,
): Promise<TerraformPlanned | PlanRefusal> {
  const { target, planId } = job;
  const snapshot = await loadSnapshot(job.source, settings.blobs);
  if (snapshot === null)
    return refused(refuse('source_not_found', 'The frozen source is gone. Plan again.', planAgain(target)));
  const varFile = missingVarFile(target, snapshot);
  if (varFile !== null) return refused(varFile);
  const place = await openWorkplace(settings, planId, target, snapshot, 'terraform-plan', signal);
  if (isRefusal(place)) return refused(place);
  const failed = await initialise(place);
  if (failed !== null) return refused(failed.refusal, failed.text);
  const unlisted = await refuseUnlisted(place.state, target, () => place.run(['workspace', 'list']));
  if (unlisted !== null) return refused(unlisted);
  try {
    return await makePlan(job, snapshot, settings, place);
  } finally {
    // The plan file holds secrets in clear; from here on its blob is the only copy.
    await rm(place.planPath, { force: true });
  }
}

async function makePlan(
  { target }: PlanJob,
  snapshot: Snapshot,
  { blobs, hasher, tool, env }: TerraformSettings,
  place: Workplace,
): Promise<TerraformPlanned | PlanRefusal> {
  const planned = await place.run(planArguments(target, place.planPath), { writes: 'plan' });
  const text = place.tidy(planned.stdout);
  const everything = text + place.tidy(planned.stderr);
  // An errored plan is written all the same; its exit code says so.
  const refusal = refusalOf('terraform plan', planned, target);
  if (refusal !== null) return refused(refusal, everything);
  const artifact = await readFile(place.planPath);
  const shown = await place.run(['show', '-json', '-no-color', place.planPath], {
    maxOutputBytes: MAX_PLAN_JSON,
  });
  const unshown = refusalOf('terraform show', shown, target);
  if (unshown !== null) return refused(unshown, everything);
  if (shown.truncated) return refused(refuse('execution_failed', PLAN_TOO_LARGE), everything);
  const evidence = readEvidence({ artifact, planJson: shown.stdout, snapshot, target, tool, hasher });
  if (typeof evidence === 'string')
    return refused(refuse('execution_failed', `The plan is ${evidence}.`), everything);
  const { workspace, backend } = evidence.planFile;
  if (workspace !== target.workspace || backend.type !== place.state.type) {
    const found = `workspace ${workspace} in a ${backend.type} backend`;
    return refused(
      refuse('workspace_mismatch', `Terraform planned ${found}, not ${target.workspace}.`),
      everything,
    );
  }
  const [artifactAddress, jsonAddress] = await Promise.all([
    blobs.put(artifact),
    blobs.put(new TextEncoder().encode(shown.stdout)),
  ]);
  return {
    frozen: {
      kind: 'terraform',
      snapshot: snapshot.address,
      artifact: artifactAddress,
      planJson: jsonAddress,
      workspace,
      tool: { name: tool.name, version: tool.version },
      secretVariables: secretVariables(env).names,
    },
    digest: evidence.digest,
    digestParts: evidence.parts,
    planJson: evidence.planJson,
    text,
  };
}

function planArguments(target: PlanJob['target'], planPath: string): string[] {
  const args = target.args.filter(({ flag }) => flag !== 'destroy');
  const destroy = target.destroy || args.length !== target.args.length;
  return [
    ...['plan', '-input=false', '-no-color', '-lock=true', `-out=${planPath}`],
    ...(destroy ? ['-destroy'] : []),
    ...renderTerraformArguments(args),
  ];
}

/** Only files of the snapshot are frozen, so a variable file must be one of them. */
function missingVarFile(
  target: TerraformTarget,
  snapshot: { rootModule: string; files: ReadonlyMap<string, unknown> },
): Refusal | null {
  for (const arg of target.args) {
    if (arg.flag !== 'var-file') continue;
    const path = snapshot.rootModule === '' ? arg.path : `${snapshot.rootModule}/${arg.path}`;
    if (!snapshot.files.has(path))
      return refuse('invalid_arguments', `-var-file: there is no file ${arg.path} in ${target.cwd}.`);
  }
  return null;
}

export function refused(refusal: Refusal, text = ''): PlanRefusal {
  return { ...refusal, text };
}
