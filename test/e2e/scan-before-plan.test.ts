/** A provider that policy does not list leaves a mark when it is executed: before approval there is none. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MarkingProvider, markingProvider } from '../support/marking-provider.ts';
import { approve, Place, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

describeWith('terraform', 'nothing of a configuration runs before the scan was decided on', () => {
  let place: Place;
  let served: Served;
  let provider: MarkingProvider;
  beforeEach(async () => {
    place = new Place({});
    const mirror = path.join(place.folder, 'mirror');
    mkdirSync(mirror);
    provider = await markingProvider(mirror, path.join(place.root, 'mark.tfstate'), place.state);
    served = await serve(place, { env: 'dev', variables: { TF_CLI_CONFIG_FILE: provider.cliConfigFile } });
  });
  afterEach(async () => {
    await served.close();
    place.remove();
  });

  test('a provider that is not allowed', async () => {
    place.write('main.tf', provider.configuration);
    place.write('.terraform.lock.hcl', provider.lockFile);
    const stopped = await served.call('gateway_terraform_plan');
    expect(stopped).toMatchObject({ status: 'needs_approval', decision: 'escalate' });
    expect(stopped.reasons?.some((each) => each.class === 'unapproved_provider')).toBe(true);
    expect((await served.call('gateway_terraform_plan', { plan_id: stopped.plan_id })).error?.code).toBe(
      'approval_required',
    );
    expect(await provider.runs()).toBe(0);

    await approve(place, served, stopped.plan_id);
    expect(await provider.runs()).toBe(0);
    await served.call('gateway_terraform_plan', { plan_id: stopped.plan_id });
    expect(await provider.runs()).toBeGreaterThan(0);
  });

  test('what it approved is what goes on: files changed after the approval are not planned', async () => {
    place.write('main.tf', 'data "external" "x" {\n  program = ["true"]\n}\n');
    const stopped = await served.call('gateway_terraform_plan');
    expect(stopped.status).toBe('needs_approval');
    await approve(place, served, stopped.plan_id);
    place.write('main.tf', provider.configuration);
    place.write('.terraform.lock.hcl', provider.lockFile);
    await served.call('gateway_terraform_plan', { plan_id: stopped.plan_id });
    expect(await provider.runs()).toBe(0);
  });

  test('a local-exec provisioner, a file outside, a remote backend: each named before terraform starts', async () => {
    const cases = {
      code_execution:
        'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "touch /tmp/recourse-mark"\n  }\n}\n',
      reads_outside_snapshot: 'output "x" {\n  value = file("/etc/passwd")\n}\n',
      unapproved_backend: 'terraform {\n  backend "s3" {\n    bucket = "b"\n    key    = "k"\n  }\n}\n',
    };
    for (const [expected, text] of Object.entries(cases)) {
      place.write('main.tf', text);
      const stopped = await served.call('gateway_terraform_plan');
      expect(stopped.status, expected).toBe('needs_approval');
      expect(
        stopped.reasons?.map((each) => each.class),
        expected,
      ).toContain(expected);
    }
    place.write('main.tf', 'terraform {\n  cloud {\n    organization = "x"\n  }\n}\n');
    expect(await served.call('gateway_terraform_plan')).toMatchObject({
      status: 'blocked',
      error: { code: 'policy_blocked' },
    });
  });
});
