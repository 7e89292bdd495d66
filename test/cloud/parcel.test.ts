/** The most that a lane may hand over, against the memory that the template gives the function that takes it. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { MAX_PARCEL_BYTES, packParcel } from '../../lib/aws/parcel.ts';
import { canonicalJson } from '../../lib/core/canonical.ts';
import { MAX_PLAN_JSON } from '../../lib/executor/terraform/plan-size.ts';
import { ParcelBlobs } from '../../lib/workflow/parcel-blobs.ts';
import { type Box, openBox } from '../support/cloud/box/box.ts';
import { jobResult, packResult } from '../support/cloud/box/results.ts';
import { describeWith } from '../support/tools.ts';
import { boxFiles, SECRETS } from './files.ts';
import { folder, furnish, plan } from './scene.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const FILE_BYTES = 5_000_000;

describeWith('terraform', 'what a lane hands over', () => {
  let box: Box;
  beforeAll(async () => {
    box = await openBox('prod', boxFiles('prod'), { secrets: SECRETS });
    furnish(box);
  });
  afterAll(async () => box?.stop());

  it('may be as large as a parcel can be: what takes it up has twice the memory', async () => {
    const cwd = folder(box, 'large');
    const count = Math.floor(MAX_PARCEL_BYTES / FILE_BYTES) - 1;
    // A source lane that was taken over gives a source that no lane would: as much of it as there may be.
    box.builds.after = async ({ project, job }) => {
      if (!project.endsWith('source')) return;
      const key = `results/source/${job}/result.zip`;
      const { result, blobs } = jobResult(box.fake.s3.peek(box.artifacts, key));
      if (result.kind !== 'fetched') return;
      const held = new ParcelBlobs(blobs);
      const manifest = JSON.parse(Buffer.from(blobs.get(result.content) ?? []).toString());
      for (let i = 0; i < count; i += 1) {
        const sha256 = await held.put(Buffer.alloc(FILE_BYTES, `${i} of ${count}`));
        manifest.files.push({ executable: false, path: `${cwd}/z${String(i).padStart(4, '0')}.bin`, sha256 });
      }
      const content = await held.put(new TextEncoder().encode(canonicalJson(manifest)));
      const parcel = packParcel({ content: { ...result, content }, blobs: held.held });
      expect(parcel.length).toBeGreaterThan(MAX_PARCEL_BYTES * 0.97);
      box.fake.s3.poke(box.artifacts, key, Buffer.from(parcel));
    };
    box.builds.before = async ({ project }) => {
      if (project.endsWith('terraform-plan')) throw new Error('far enough');
    };
    const planned = await plan(box, cwd);
    expect(planned.error?.message, box.printed()).toContain('terraform-plan');
    const finish = box.template
      .ofType('AWS::Lambda::Function')
      .find(({ properties }) => properties.FunctionName === 'recourse-prod-finish-run');
    const peak = (await box.functions.get('finish-run')?.peakMemory()) ?? Number.POSITIVE_INFINITY;
    console.info(`finish-run took up a parcel of ${MAX_PARCEL_BYTES / 1e6} MB in ${peak} MB of memory`);
    expect(peak).toBeLessThan(Number(finish?.properties.MemorySize) * 0.75);
  });

  it('is a plan that is judged, or one that says that it is too large', async () => {
    box.builds.before = null;
    box.builds.after = async ({ project, job }) => {
      if (!project.endsWith('terraform-plan')) return;
      const key = `results/terraform-plan/${job}/result.zip`;
      const { result, blobs } = jobResult(box.fake.s3.peek(box.artifacts, key));
      const text = `{${' '.repeat(MAX_PLAN_JSON)}}`;
      box.fake.s3.poke(box.artifacts, key, Buffer.from(packResult(result, blobs, 'plan_json', text)));
    };
    const planned = await plan(box, folder(box, 'too-large'));
    expect(planned).toMatchObject({ status: 'plan_failed', error: { code: 'execution_failed' } });
    expect(planned.error?.message).toContain('larger than the gateway can judge (64 MB as JSON)');
  });
});
