import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { differingParts } from '../../../lib/core/plan.ts';
import { type Place, terraformPlace } from '../../support/terraform-place.ts';
import { describeWith } from '../../support/tools.ts';

const MAIN = `
variable "name" { default = "first" }
variable "token" {
  default   = "s3cret-value"
  sensitive = true
}
module "inner" {
  source = "./inner"
  token  = var.token
}
resource "terraform_data" "one" {
  input            = var.name
  triggers_replace = [var.name]
}
output "name" { value = terraform_data.one.output }
`;
const INNER = `
variable "token" {}
resource "terraform_data" "two" {
  count = 3
  input = var.token
}
`;

describeWith('terraform', 'the digest of real plans', () => {
  let here: Place;
  beforeEach(async () => {
    here = await terraformPlace({ confined: false });
    await here.write({ 'main.tf': MAIN, 'inner/main.tf': INNER });
  });
  afterEach(() => here.dispose());

  it('is equal for equal inputs, before there is a state and after', async () => {
    const first = await here.planned();
    // A plan has the second in it in which it was made.
    await sleep(1000 - (Date.now() % 1000));
    const second = await here.planned();
    expect(second.digest).toBe(first.digest);
    expect(second.planned.frozen).not.toEqual(first.planned.frozen);
    await here.apply(second);
    const args = [{ flag: 'var', name: 'name', value: 'second' }] as const;
    const [third, fourth] = [await here.planned({ args }), await here.planned({ args })];
    expect(fourth.digest).toBe(third.digest);
    expect(third.digest).not.toBe(first.digest);
  });

  it('differs with each input, and says in what', async () => {
    const base = await here.planned();
    const differs = async (...input: Parameters<Place['planned']>) =>
      differingParts(base.planned.digestParts, (await here.planned(...input)).planned.digestParts);
    expect(await differs({ args: [{ flag: 'var', name: 'name', value: 'x' }] })).toEqual([
      'arguments',
      'changes',
      'variables',
    ]);
    expect(await differs({ args: [{ flag: 'refresh', on: false }] })).toEqual(['arguments']);
    expect(await differs({ args: [{ flag: 'target', address: 'terraform_data.one' }] })).toEqual([
      'arguments',
      'changes',
    ]);
    await mkdir(join(here.root, 'terraform.tfstate.d/blue'), { recursive: true });
    expect(await differs({ workspace: 'blue' })).toEqual(['workspace']);
    await here.write({ 'inner/main.tf': `${INNER}# a comment` });
    expect(await differs()).toEqual(['configuration', 'snapshot']);
    await here.write({ 'inner/main.tf': INNER, 'unused.txt': 'x' });
    expect(await differs()).toEqual(['snapshot']);
  });

  it('shows no secret in its parts', async () => {
    expect(JSON.stringify((await here.planned()).planned.digestParts)).not.toContain('s3cret');
  });

  it('differs once the state moved on', async () => {
    const base = await here.planned();
    await here.apply(base);
    const again = await here.planned();
    expect(differingParts(base.planned.digestParts, again.planned.digestParts)).toEqual(['changes', 'state']);
  });
});
