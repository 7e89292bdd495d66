/**
 * Jobs and results of the lanes in the bucket: `jobs/LANE/JOB/job.zip` and `results/LANE/JOB/result.zip`, each
 * written once. A lane's role reaches its own two prefixes and nothing else.
 */
import type { Lane } from '../core/run.ts';
import type { JobBox, LaneBox, Parcel } from '../workflow/job.ts';
import type { ObjectsApi } from './objects-api.ts';
import { MAX_PARCEL_BYTES, packParcel, unpackParcel } from './parcel.ts';

/** For the functions that judge. */
export function openJobBox(objects: ObjectsApi): JobBox {
  return {
    async putJob(lane, jobId, job, blobs) {
      const key = jobKey(lane, jobId);
      const bytes = packParcel({ content: job, blobs });
      if ((await objects.putNew(key, bytes)) === 'created') return;
      const standing = await objects.get(key, MAX_PARCEL_BYTES);
      if (standing === null || Buffer.compare(standing, bytes) !== 0) {
        throw new Error(`another job stands under ${key}`);
      }
    },
    readResult: async (lane, jobId) => read(objects, resultKey(lane, jobId)),
  };
}

/**
 * For one lane. A result that stands already is an error: this build has not written it, and a lane may not
 * read results, so nobody here can tell whether it is the same.
 */
export function openLaneBox(objects: ObjectsApi, lane: Lane): LaneBox {
  return {
    takeJob: async (jobId) => read(objects, jobKey(lane, jobId)),
    async putResult(jobId, result, blobs) {
      const key = resultKey(lane, jobId);
      const outcome = await objects.putNew(key, packParcel({ content: result, blobs }));
      if (outcome === 'exists') throw new Error(`a result stands already under ${key}`);
    },
  };
}

async function read(objects: ObjectsApi, key: string): Promise<Parcel | null> {
  const bytes = await objects.get(key, MAX_PARCEL_BYTES);
  return bytes === null ? null : unpackParcel(bytes);
}

function jobKey(lane: Lane, jobId: string): string {
  return `jobs/${lane}/${checked(jobId)}/job.zip`;
}

function resultKey(lane: Lane, jobId: string): string {
  return `results/${lane}/${checked(jobId)}/result.zip`;
}

function checked(jobId: string): string {
  if (!/^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$/.test(jobId)) {
    throw new TypeError(`not the id of a job: ${JSON.stringify(jobId)}`);
  }
  return jobId;
}
