import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isRefusal } from '../../../lib/core/refusal.ts';
import { type MarkingProvider, markingProvider } from '../../support/marking-provider.ts';
import { cleanEnvironment, type Place, terraformPlace } from '../../support/terraform-place.ts';
import { describeWith } from '../../support/tools.ts';

describeWith(['terraform', 'bwrap'], 'providers', () => {
  let folder: string;
  let provider: MarkingProvider;
  let here: Place;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recourse-mirror-'));
    const env = { ...cleanEnvironment(), TF_CLI_CONFIG_FILE: join(folder, 'terraform.rc') };
    here = await terraformPlace({ env, shared: [folder] });
    provider = await markingProvider(folder, join(folder, 'mark.log'));
  });
  afterEach(async () => {
    await here.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it('run when terraform plans, from the mirror that the operator configured, and not before', async () => {
    await here.write({ 'main.tf': provider.configuration, '.terraform.lock.hcl': provider.lockFile });
    expect(await provider.runs()).toBe(0);
    const failed = await here.plan();
    expect(failed).toMatchObject({ refused: true, code: 'execution_failed' });
    expect(await provider.runs()).toBeGreaterThan(0);
  });

  it('are not chosen by the gateway: without a lock file it says which command makes one', async () => {
    await here.write({ 'main.tf': provider.configuration });
    const refused = await here.plan();
    expect(isRefusal(refused) && refused.why).toContain('terraform providers lock');
    expect(await provider.runs()).toBe(0);
  });

  it('do not run when they are not the ones that were locked', async () => {
    const other = provider.lockFile.replace(/h1:..../, 'h1:AAAA');
    await here.write({ 'main.tf': provider.configuration, '.terraform.lock.hcl': other });
    const refused = await here.plan();
    expect(isRefusal(refused) && refused.why).toMatch(/checksums/);
    expect(await provider.runs()).toBe(0);
  });

  it('do not run when a provider of that name was put into the source folder', async () => {
    const program =
      'terraform.d/plugins/example.com/acme/mark/1.0.0/linux_amd64/terraform-provider-mark_v1.0.0';
    await here.write({
      'main.tf': provider.configuration,
      '.terraform.lock.hcl': provider.lockFile,
      [program]: `#!/bin/sh\necho ran >> '${join(folder, 'mark.log')}'\n`,
    });
    await writeFile(join(folder, 'terraform.rc'), '');
    expect(await here.plan()).toMatchObject({ refused: true, code: 'execution_failed' });
    expect(await provider.runs()).toBe(0);
  });
});
