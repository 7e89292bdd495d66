/** Fetches a source and freezes what is wanted of it. Nothing of it runs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isRefusal, refuse } from '../core/refusal.ts';
import { readManifestFile } from '../executor/kubectl/manifest-file.ts';
import { takeSnapshot } from '../executor/terraform/snapshot.ts';
import { sourceReader } from '../executor/terraform/source-files.ts';
import type { FetchJob, JobResult } from '../workflow/job.ts';
import type { ParcelBlobs } from '../workflow/parcel-blobs.ts';
import type { LaneMachine } from './machine.ts';
import { refusedWith } from './refused.ts';
import { packTree } from './tree.ts';

export async function fetchSource(
  machine: LaneMachine,
  job: FetchJob,
  blobs: ParcelBlobs,
  signal: AbortSignal,
): Promise<JobResult> {
  const root = join(machine.place, 'root');
  const folder = join(root, job.source);
  await mkdir(folder, { mode: 0o755 });
  const out = await machine.sources.checkOut(job.source, job.ref, folder, signal);
  if (isRefusal(out)) return refusedWith(blobs, out, '');
  const { commit } = out;
  switch (job.want) {
    case 'module': {
      const { state } = await machine.targets.terraform(job.source, 'source', 'fetch');
      const snapshot = await takeSnapshot({ root, cwd: job.cwd, blobs, configuredState: state });
      if (isRefusal(snapshot)) return refusedWith(blobs, snapshot, '');
      return { kind: 'fetched', content: snapshot.address, commit };
    }
    case 'tree': {
      const reader = sourceReader(root, () => false);
      const unfit = await reader.addFolder(job.source);
      if (unfit !== null) return refusedWith(blobs, unfit, '');
      return { kind: 'fetched', content: await blobs.put(packTree(reader.files)), commit };
    }
    case 'file': {
      const bytes = readManifestFile(root, job.cwd);
      if (isRefusal(bytes)) return refusedWith(blobs, bytes, '');
      if (bytes.length > MAX_FILE) {
        const why = `file: ${job.cwd} is larger than ${MAX_FILE} bytes. Apply a part of it.`;
        return refusedWith(blobs, refuse('invalid_arguments', why), '');
      }
      return { kind: 'fetched', content: await blobs.put(bytes), commit };
    }
  }
}

const MAX_FILE = 1024 * 1024;
