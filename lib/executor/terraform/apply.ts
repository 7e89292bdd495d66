/** Applies exactly one saved plan: the bytes that were judged, read again by this executor's own terraform. */
import { rm, writeFile } from 'node:fs/promises';
import type { TerraformTarget } from '../../core/action.ts';
import type { JudgedPlan, TerraformFrozen } from '../../core/plan.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusal.ts';
import { readPlanFile } from '../../core/terraform/plan-file.ts';
import type { Snapshot } from '../../ports/lanes.ts';
import { BlobTampered } from '../../ports/store.ts';
import { planAgain, refusalOf } from './errors.ts';
import { readEvidence, targetOf } from './evidence.ts';
import { MAX_PLAN_JSON } from './plan-size.ts';
import type { TerraformSettings } from './settings.ts';
import { loadSnapshot } from './snapshot.ts';
import { initialise, openWorkplace, type Workplace } from './workplace.ts';
import { refuseUnlisted } from './workspace.ts';

/** What an apply needs of a judged plan. */
export type ApplyJob = Pick<JudgedPlan, 'plan_id' | 'action' | 'digest' | 'frozen'>;

export interface Applied {
  readonly ok: boolean;
  /** Null where terraform apply did not run or was ended by a signal. */
  readonly exitCode: number | null;
  /** Unredacted, bounded. */
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  readonly refusal: Refusal | null;
}

/** Rejects only for broken I/O. Stops politely when the signal aborts; `interrupted` then. */
export async function applyTerraform(
  job: ApplyJob,
  settings: TerraformSettings,
  signal: AbortSignal,
): Promise<Applied> {
  const target = targetOf(job.action);
  if (target === null || job.frozen.kind !== 'terraform') {
    return notRun(refuse('plan_not_ready', 'This plan holds no saved terraform plan. Plan first.'));
  }
  try {
    return await applyFrozen(job, job.frozen, target, settings, signal);
  } catch (error) {
    if (error instanceof BlobTampered) return notRun(tampered(target, 'its stored bytes'));
    throw error;
  }
}

async function applyFrozen(
  job: ApplyJob,
  frozen: TerraformFrozen,
  target: TerraformTarget & { readonly destroy: boolean },
  settings: TerraformSettings,
  signal: AbortSignal,
): Promise<Applied> {
  const { tool, blobs } = settings;
  if (frozen.tool.name !== tool.name || frozen.tool.version !== tool.version) {
    const made = `${frozen.tool.name} ${frozen.tool.version}`;
    return notRun(
      refuse(
        'plan_stale',
        `The plan was made by ${made}, here is ${tool.name} ${tool.version}. Plan again.`,
        planAgain(target),
      ),
    );
  }
  const [artifact, snapshot] = await Promise.all([
    blobs.get(frozen.artifact),
    loadSnapshot(frozen.snapshot, blobs),
  ]);
  if (artifact === null || snapshot === null) return notRun(tampered(target, 'its stored bytes are gone'));
  const place = await openWorkplace(settings, job.plan_id, target, snapshot, 'terraform-apply', signal);
  if (isRefusal(place)) return notRun(place);
  if (place.fresh) {
    const failed = await initialise(place);
    if (failed !== null) return notRun(failed.refusal, failed.text);
  }
  try {
    await rm(place.planPath, { force: true });
    await writeFile(place.planPath, artifact, { mode: 0o600, flag: 'wx' });
    const refusal = await refuseUnlessSame(job, frozen, snapshot, target, artifact, settings, place);
    return refusal === null ? await apply(place, target) : notRun(refusal);
  } finally {
    await rm(place.planPath, { force: true });
  }
}

/** Reads the plan again from the very bytes that are about to be applied. */
async function refuseUnlessSame(
  job: ApplyJob,
  frozen: TerraformFrozen,
  snapshot: Snapshot,
  target: TerraformTarget & { readonly destroy: boolean },
  artifact: Uint8Array,
  { tool, hasher }: TerraformSettings,
  place: Workplace,
): Promise<Refusal | null> {
  const unlisted = await refuseUnlisted(place.state, target, () => place.run(['workspace', 'list']));
  if (unlisted !== null) return unlisted;
  const shown = await place.run(['show', '-json', '-no-color', place.planPath], {
    maxOutputBytes: MAX_PLAN_JSON,
  });
  const unshown = refusalOf('terraform show', shown, target);
  if (unshown !== null) return readPlanFile(artifact).ok ? unshown : tampered(target, 'it is no plan file');
  if (shown.truncated) return tampered(target, 'it has grown');
  const evidence = readEvidence({
    artifact,
    planJson: shown.stdout,
    snapshot,
    target,
    tool,
    hasher,
  });
  if (typeof evidence === 'string') return tampered(target, evidence);
  // Terraform 1.11 applies a plan to whichever workspace is selected; ours is, and must be the plan's own.
  const { workspace, backend } = evidence.planFile;
  if (workspace !== target.workspace || frozen.workspace !== workspace || backend.type !== place.state.type) {
    return refuse(
      'workspace_mismatch',
      `The plan is for workspace ${workspace}, not ${target.workspace}. Plan again.`,
      planAgain(target),
    );
  }
  return evidence.digest === job.digest ? null : tampered(target, 'its contents');
}

async function apply(place: Workplace, target: TerraformTarget): Promise<Applied> {
  const options = target.args.flatMap((arg) => {
    if (arg.flag === 'parallelism') return [`-parallelism=${arg.count}`];
    return arg.flag === 'lock-timeout' ? [`-lock-timeout=${arg.duration}`] : [];
  });
  const result = await place.run([
    'apply',
    '-input=false',
    '-no-color',
    '-lock=true',
    ...options,
    place.planPath,
  ]);
  const refusal = refusalOf('terraform apply', result, target);
  return {
    ok: refusal === null,
    exitCode: result.exitCode,
    stdout: place.tidy(result.stdout),
    stderr: place.tidy(result.stderr),
    truncated: result.truncated,
    refusal,
  };
}

function tampered(target: TerraformTarget, what: string): Refusal {
  return refuse(
    'plan_tampered',
    `What this plan froze was changed since (${what}). Plan again.`,
    planAgain(target),
  );
}

function notRun(refusal: Refusal, stderr = ''): Applied {
  return { ok: false, exitCode: null, stdout: '', stderr, truncated: false, refusal };
}
