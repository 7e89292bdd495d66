/**
 * Downloads the modules that a frozen source takes from elsewhere (registry, git, http) and freezes them with
 * it. Of terraform only `get` runs: no provider, no backend, nothing that the modules say.
 */
import { readFile, realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { TerraformTarget } from '../../core/action.ts';
import type { Digest } from '../../core/canonical.ts';
import type { PlanId } from '../../core/ids.ts';
import { isRefusal, type Refusal, refuse } from '../../core/refusal.ts';
import { MODULE_LIST_FILE, MODULES_FOLDER } from '../../core/terraform/scan/installed-modules.ts';
import type { Snapshot, SnapshotFile } from '../../ports/lanes.ts';
import type { Blobs } from '../../ports/store.ts';
import { OVERRIDE_FILE } from './backend.ts';
import { planAgain, refusalOf } from './errors.ts';
import { relocated } from './module-list.ts';
import { type PlanRefusal, refused } from './plan.ts';
import type { TerraformSettings } from './settings.ts';
import { addModules, loadSnapshot } from './snapshot.ts';
import { sourceReader } from './source-files.ts';
import { DOWNLOADS, forgetWork, openWorkplace } from './workplace.ts';

export interface ModulesJob {
  readonly planId: PlanId;
  readonly target: TerraformTarget;
  /** Address of the frozen source; it must have been approved. */
  readonly source: Digest;
}

/** Rejects only for broken I/O and BlobTampered. */
export async function fetchModules(
  job: ModulesJob,
  settings: TerraformSettings,
  signal: AbortSignal,
): Promise<Snapshot | PlanRefusal> {
  const { target, planId } = job;
  const source = await loadSnapshot(job.source, settings.blobs);
  if (source === null)
    return refused(refuse('source_not_found', 'The frozen source is gone. Plan again.', planAgain(target)));
  const place = await openWorkplace(settings, planId, target, source, 'terraform-plan', signal);
  if (isRefusal(place)) return refused(place);
  const folder = join(place.workFolder, DOWNLOADS);
  try {
    const got = await place.run(['get', '-no-color'], { writes: 'modules' });
    const refusal = refusalOf('terraform get', got, target);
    if (refusal !== null) return refused(refusal, place.tidy(got.stdout + got.stderr));
    const frozen = await freeze(source, join(await realpath(folder), 'modules'), settings.blobs);
    return isRefusal(frozen) ? refused(frozen) : frozen;
  } finally {
    await forgetWork(settings.stateFolder, planId);
  }
}

/** `downloads`: the folder that terraform put the modules and their list in. */
async function freeze(source: Snapshot, downloads: string, blobs: Blobs): Promise<Snapshot | Refusal> {
  const text = await readFile(join(downloads, MODULE_LIST_FILE), 'utf8').catch(() => '');
  const list = relocated(text, downloads);
  if (list === null) return unfit('terraform put one where the gateway does not look for it.');
  const reader = sourceReader(downloads, (path) => path === MODULE_LIST_FILE);
  const refusal = await reader.addFolder('');
  if (refusal !== null) return unfit(refusal.why);
  const files = new Map<string, SnapshotFile>();
  for (const file of [...reader.files.values(), { path: MODULE_LIST_FILE, bytes: Buffer.from(list) }]) {
    if (posix.basename(file.path) === OVERRIDE_FILE) {
      return unfit(`${file.path}: the gateway keeps this name for itself.`);
    }
    const path = posix.join(source.rootModule, MODULES_FOLDER, file.path);
    files.set(path, { ...file, path });
  }
  return addModules(blobs, source, files);
}

function unfit(why: string): Refusal {
  return refuse('invalid_arguments', `A downloaded module cannot be frozen: ${why}`);
}
