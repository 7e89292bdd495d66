import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findTerraform } from '../../lib/local/terraform-settings.ts';
import { cleanEnvironment, MemoryBlobs, terraformPlace } from '../support/terraform-place.ts';
import { describeWith } from '../support/tools.ts';

describeWith(['terraform', 'bwrap'], 'terraform of one environment', () => {
  it("cannot read what another environment's gateway keeps", async () => {
    const home = await mkdtemp(join(tmpdir(), 'recourse-home-'));
    const other = join(home, '.local/state/recourse/0123');
    await mkdir(other, { recursive: true });
    await Promise.all([
      writeFile(join(other, 'records.db'), 'the records of prod'),
      writeFile(join(home, 'plain'), 'a plain file'),
    ]);
    const env = { ...cleanEnvironment(), HOME: home };
    const found = await findTerraform({
      root: join(home, 'root'),
      stateFolder: join(home, 'state'),
      tool: 'terraform',
      env,
      timeoutMs: 60_000,
      blobs: new MemoryBlobs(),
      hasher: { hmac: (text) => text },
    });
    if ('unavailable' in found) throw new Error(found.unavailable);
    const here = await terraformPlace({ env, hidden: found.hidden });
    try {
      await here.write({
        'main.tf': `resource "terraform_data" "x" {
          provisioner "local-exec" { command = "cat ${home}/plain ${other}/records.db || true" }
        }`,
      });
      const applied = await here.apply(await here.planned());
      expect(applied.stdout).toContain('a plain file');
      expect(applied.stdout).not.toContain('the records of prod');
    } finally {
      await here.dispose();
      await rm(home, { recursive: true, force: true });
    }
  });
});

describeWith(['terraform'], 'terraform whose settings agents can write', () => {
  it('is unavailable, in one sentence', async () => {
    const home = await mkdtemp(join(tmpdir(), 'recourse-home-'));
    const found = await findTerraform({
      root: home,
      stateFolder: join(home, '../state'),
      tool: 'terraform',
      env: { ...cleanEnvironment(), HOME: home },
      timeoutMs: 60_000,
      blobs: new MemoryBlobs(),
      hasher: { hmac: (text) => text },
    });
    expect('unavailable' in found && found.unavailable).toContain(`HOME names ${home}`);
    await rm(home, { recursive: true });
  });
});
