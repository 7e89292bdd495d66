import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JudgedPlan } from '../../../lib/core/plan.ts';
import { terraformLane } from '../../../lib/executor/terraform/lane.ts';
import { BlobTampered } from '../../../lib/ports/store.ts';
import { type Made, type Place, terraformPlace } from '../../support/terraform-place.ts';
import { describeWith } from '../../support/tools.ts';

const SOURCE = `resource "terraform_data" "one" {
  input = "approved"
  provisioner "local-exec" { command = "echo approved" }
}
`;

describeWith(['terraform', 'bwrap'], 'a plan whose frozen bytes were changed', () => {
  let here: Place;
  let made: Made;

  beforeEach(async () => {
    here = await terraformPlace();
    await here.write({ 'main.tf': SOURCE });
    made = await here.planned();
  });
  afterEach(() => here.dispose());

  /** The plan file with one entry of its zip edited. */
  function edited(entry: RegExp, edit: (text: string) => string): Uint8Array {
    if (made.frozen.kind !== 'terraform') throw new Error('not terraform');
    const entries = unzipSync(here.blobs.held.get(made.frozen.artifact) ?? new Uint8Array());
    const changed = Object.entries(entries).map(([name, bytes]) => {
      if (!entry.test(name)) return [name, bytes];
      const text = edit(Buffer.from(bytes).toString('latin1'));
      expect(text).not.toBe(Buffer.from(bytes).toString('latin1'));
      return [name, Uint8Array.from(Buffer.from(text, 'latin1'))];
    });
    return zipSync(Object.fromEntries(changed));
  }

  /** Puts other bytes in the plan's place, in the record as well, so that only the digest can tell. */
  async function swapped(bytes: Uint8Array): Promise<Made> {
    if (made.frozen.kind !== 'terraform') throw new Error('not terraform');
    return { ...made, frozen: { ...made.frozen, artifact: await here.blobs.put(bytes) } };
  }

  it('is refused when the bytes under its address changed', async () => {
    if (made.frozen.kind !== 'terraform') throw new Error('not terraform');
    here.blobs.held.set(
      made.frozen.artifact,
      edited(/^tfplan$/, (text) => text.replaceAll('approved', 'attacker')),
    );
    expect((await here.apply(made)).refusal?.code).toBe('plan_tampered');
  });

  it.each([
    ['the changes', /^tfplan$/, (text: string) => text.replaceAll('approved', 'attacker')],
    [
      'a provisioner',
      /^tfconfig\/m-\/main\.tf$/,
      (text: string) => text.replace('echo approved', 'echo attack!!'),
    ],
    ["the state's serial", /^tfstate$/, (text: string) => text.replace('"serial": 0', '"serial": 7')],
    [
      'where the state is',
      /^tfplan$/,
      (text: string) => text.replace('/default/terraform.tfstate', '/default/terraform.elsewhe'),
    ],
  ])('is refused when %s in it changed and the record with it', async (_, entry, edit) => {
    const forged = await swapped(edited(entry, edit));
    const applied = await here.apply(forged);
    expect(applied.refusal?.code).toBe('plan_tampered');
    expect(await readdir(here.root)).toEqual(['main.tf']);
  });

  it('is refused when it is another plan altogether', async () => {
    await here.write({ 'main.tf': SOURCE.replaceAll('approved', 'attacker') });
    const other = await here.planned();
    expect((await here.apply({ ...other, digest: made.digest })).refusal?.code).toBe('plan_tampered');
    expect((await here.apply({ ...made, frozen: other.frozen })).refusal?.code).toBe('plan_tampered');
  });

  it('is refused when its arguments were rewritten', async () => {
    if (made.action.kind !== 'terraform-plan') throw new Error('not terraform');
    const forged = { ...made, action: { ...made.action, args: [{ flag: 'refresh', on: false }] as const } };
    expect((await here.apply(forged)).refusal?.code).toBe('plan_tampered');
  });

  it('is refused when the frozen source on disk was changed, and can be planned again', async () => {
    const snapshots = join(here.settings.stateFolder, 'snapshots');
    const [folder = ''] = await readdir(snapshots);
    const file = join(snapshots, folder, 'main.tf');
    await chmod(file, 0o644);
    await writeFile(file, SOURCE.replace('echo approved', 'echo attack!!'));
    await chmod(file, 0o444);
    expect((await here.apply(made)).refusal?.code).toBe('plan_tampered');
    expect((await here.apply(await here.planned())).ok).toBe(true);
  });

  it('is refused when a file was added to the frozen source on disk', async () => {
    const snapshots = join(here.settings.stateFolder, 'snapshots');
    const [folder = ''] = await readdir(snapshots);
    await writeFile(join(snapshots, folder, 'more.auto.tfvars'), '');
    expect((await here.apply(made)).refusal?.code).toBe('plan_tampered');
  });

  it('reads back with the digest that it was made with, or not at all', async () => {
    const lane = terraformLane(here.settings);
    const record = made as unknown as JudgedPlan;
    const back = await lane.readBack(record);
    expect(back).toMatchObject({ digest: made.digest, workspace: 'default' });
    expect(Buffer.from(back?.snapshot.files.get('main.tf')?.bytes ?? []).toString()).toBe(SOURCE);
    const forged = await swapped(edited(/^tfstate$/, (text) => text.replace('"serial": 0', '"serial": 7')));
    expect((await lane.readBack(forged as unknown as JudgedPlan))?.digest).not.toBe(made.digest);
    if (made.frozen.kind !== 'terraform') throw new Error('not terraform');
    here.blobs.held.set(made.frozen.planJson, new TextEncoder().encode('{}'));
    await expect(lane.readBack(record)).rejects.toThrow(BlobTampered);
    here.blobs.held.delete(made.frozen.planJson);
    expect(await lane.readBack(record)).toBeNull();
  });
});
