/** Asking the cluster what a call would change, before anybody decides on it. */
import { isRefusal } from '../core/refusal.ts';
import { isKubernetes } from '../executor/kubectl/frozen.ts';
import { freezeKubectl } from '../executor/kubectl/lane.ts';
import type { Job, JobResult } from '../workflow/job.ts';
import type { ParcelBlobs } from '../workflow/parcel-blobs.ts';
import { kubectlHere } from './kubectl-here.ts';
import type { LaneMachine } from './machine.ts';
import { refusedWith, unavailable } from './refused.ts';

export async function observeHere(
  machine: LaneMachine,
  { action, manifest }: Extract<Job, { kind: 'observe' }>,
  blobs: ParcelBlobs,
): Promise<JobResult> {
  if (!isKubernetes(action)) return unavailable('This lane asks clusters only.');
  const kubectl = await kubectlHere(machine, 'kubectl-read', 'observe', blobs);
  if ('unavailable' in kubectl) return unavailable(kubectl.unavailable);
  const bytes = manifest === null ? null : await blobs.get(manifest);
  if (manifest !== null && bytes === null) return unavailable('The manifest was not sent along.');
  const frozen = await freezeKubectl(kubectl, action, bytes, machine.policy);
  if (isRefusal(frozen)) return refusedWith(blobs, frozen, '');
  if (frozen.frozen.kind !== 'kubectl') throw new Error('kubectl froze something else');
  return { kind: 'observed', manifest: frozen.frozen.manifest, observation: frozen.frozen.diff };
}
