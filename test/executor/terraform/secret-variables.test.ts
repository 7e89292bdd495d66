import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newPlanId } from '../../../lib/core/ids.ts';
import { isRefusal } from '../../../lib/core/refusal.ts';
import { terraformLane } from '../../../lib/executor/terraform/lane.ts';
import { secretVariables } from '../../../lib/executor/terraform/secret-variables.ts';
import { takeSnapshot } from '../../../lib/executor/terraform/snapshot.ts';
import { type Place, terraformPlace } from '../../support/terraform-place.ts';
import { describeWith } from '../../support/tools.ts';

describe('what the operator gives', () => {
  it('is every TF_VAR, by name and by value, with the texts in lists and objects', () => {
    const { names, values } = secretVariables({
      TF_VAR_pin: 'swordfish-4711',
      TF_VAR_short: 'abc',
      TF_VAR_list: '["sea-bass", {"a": "the \\"cod\\""}, 12]',
      TF_VAR_hcl: '{ fish = "mackerel" }',
      TF_VAR_unset: undefined,
      TF_TOKEN_x: 'not-a-variable',
    });
    expect(names).toEqual(['hcl', 'list', 'pin', 'short']);
    expect(values).toEqual(expect.arrayContaining(['swordfish-4711', 'sea-bass', 'the "cod"', 'mackerel']));
    expect(values).not.toContain('abc');
    expect(values).not.toContain('not-a-variable');
  });
});

describeWith('terraform', 'a plan with such variables', () => {
  let here: Place;
  beforeEach(async () => {
    here = await terraformPlace({
      confined: false,
      env: { PATH: process.env.PATH, TF_VAR_pin: 'swordfish-4711' },
    });
  });
  afterEach(() => here.dispose());

  const plan = async (main: string) => {
    await here.write({ 'main.tf': `variable "pin" {}\n${main}` });
    const target = here.target();
    const snapshot = await takeSnapshot({ root: here.root, cwd: target.cwd, blobs: here.blobs });
    if (isRefusal(snapshot)) throw new Error(snapshot.why);
    const { signal } = new AbortController();
    return terraformLane(here.settings).plan(newPlanId(randomBytes), target, snapshot.address, signal);
  };

  it('names them for whoever judges it, and holds none in what was printed', async () => {
    const planned = await plan(`resource "terraform_data" "a" {\n  input = format("pin %s", var.pin)\n}\n`);
    if (isRefusal(planned)) throw new Error(planned.why);
    expect(planned.frozen).toMatchObject({ secretVariables: ['pin'] });
    expect(planned.text).toContain('terraform_data.a');
    expect(planned.text).not.toContain('swordfish');
  });

  it('shows none in why it failed', async () => {
    const failed = await plan(
      'resource "terraform_data" "a" {\n  lifecycle {\n    precondition {\n      condition = var.pin == "x"\n      error_message = format("bad pin %s", var.pin)\n    }\n  }\n}\n',
    );
    if (!isRefusal(failed)) throw new Error('it planned');
    expect(failed.why).toContain('bad pin');
    expect(JSON.stringify(failed)).not.toContain('swordfish');
  });
});
