/** One job of a lane, from its parcel to its result. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../core/canonical.ts';
import { redactText } from '../core/redact.ts';
import { isRefusal } from '../core/refusal.ts';
import { fetchModules } from '../executor/terraform/modules.ts';
import { planTerraform } from '../executor/terraform/plan.ts';
import type { Job, JobResult } from '../workflow/job.ts';
import { ParcelBlobs } from '../workflow/parcel-blobs.ts';
import { executeHere } from './execute-here.ts';
import { fetchSource } from './fetch-source.ts';
import type { LaneMachine } from './machine.ts';
import { observeHere } from './observe-here.ts';
import { refusedWith, unavailable } from './refused.ts';
import { terraformHere } from './terraform-here.ts';

export interface Done {
  readonly result: JobResult;
  /** Those that the result names, and what they name in turn. */
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

/** Rejects for bugs and broken I/O only; a build that ends so leaves no result, and that is what it means. */
export async function runJob(
  machine: LaneMachine,
  job: Job,
  given: ReadonlyMap<Digest, Uint8Array>,
  signal: AbortSignal,
): Promise<Done> {
  for (const folder of ['root', 'state'])
    await mkdir(join(machine.place, folder), { recursive: true, mode: 0o700 });
  const blobs = new ParcelBlobs(given);
  const result = await resultOf(machine, job, blobs, signal);
  // Modules are one whole with the source that was given; of all else only what was made here goes back.
  if (result.kind === 'modules') return { result, blobs: blobs.held };
  const sent = result.kind === 'observed' ? result.manifest : null;
  const made = [...blobs.held].filter(([address]) => !given.has(address) || address === sent);
  return { result, blobs: new Map(made) };
}

async function resultOf(
  machine: LaneMachine,
  job: Job,
  blobs: ParcelBlobs,
  signal: AbortSignal,
): Promise<JobResult> {
  switch (job.kind) {
    case 'fetch-source':
      return fetchSource(machine, job, blobs, signal);
    case 'fetch-modules': {
      const settings = await terraformHere(machine, job.target, 'source', job.plan_id, blobs, '');
      if ('unavailable' in settings) return unavailable(settings.unavailable);
      const modules = { planId: job.plan_id, target: job.target, source: job.snapshot };
      const fetched = await fetchModules(modules, settings, signal);
      if (isRefusal(fetched)) return refusedWith(blobs, fetched, fetched.text);
      return { kind: 'modules', content: fetched.address };
    }
    case 'plan': {
      const { plan_id: planId, target, snapshot: source, digest_key } = job;
      const settings = await terraformHere(machine, target, 'terraform-plan', planId, blobs, digest_key);
      if ('unavailable' in settings) return unavailable(settings.unavailable);
      const planned = await planTerraform({ planId, target, source }, settings, signal);
      if (isRefusal(planned)) return refusedWith(blobs, planned, redactText(planned.text, settings.secrets));
      const { artifact, planJson, tool, secretVariables = [] } = planned.frozen;
      const text = await blobs.put(new TextEncoder().encode(redactText(planned.text, settings.secrets)));
      return {
        kind: 'planned',
        artifact,
        plan_json: planJson,
        text,
        tool,
        secret_variables: [...secretVariables],
      };
    }
    case 'observe':
      return observeHere(machine, job, blobs);
    case 'run':
      return executeHere(machine, job, blobs, signal);
  }
}
