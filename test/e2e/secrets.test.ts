/** A secret goes in as a sensitive variable, a default, and the operator's environment. It comes out nowhere. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { approve, controlOf, Place, recourse, type Served, serve } from '../support/served.ts';
import { describeWith } from '../support/tools.ts';

// Put together here, so that no scanner takes this file for a leak.
const SENSITIVE = ['hunter2', 'very', 'secret', 'value'].join('-');
const TOKEN = ['gh', 'p_', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('');
const ENVIRONMENT = ['operator', 'only', '8c1f'].join('_');

const GIVEN = ['given', 'by', 'tfvar', '4711'].join('-');

const MODULE = `variable "pin" {
  type = string
}

resource "terraform_data" "each" {
  for_each = toset([var.pin])
  input    = "pin $\{var.pin}"
}

variable "password" {
  type      = string
  sensitive = true
  default   = "${SENSITIVE}"
}

resource "terraform_data" "copy" {
  input = { password = var.password, copied = "prefix ${SENSITIVE} suffix" }
}

resource "terraform_data" "token" {
  input = "${TOKEN}"
}

output "password" {
  value     = terraform_data.copy.output
  sensitive = true
}
`;

describeWith('terraform', 'secrets stay in', () => {
  let place: Place;
  let served: Served;
  beforeEach(async () => {
    place = new Place({ 'main.tf': MODULE });
    served = await serve(place, {
      variables: { AWS_SECRET_ACCESS_KEY: ENVIRONMENT, RECOURSE_TOKEN: ENVIRONMENT, TF_VAR_pin: GIVEN },
    });
  });
  afterEach(async () => {
    await served.close();
    place.remove();
  });

  test('in no answer, page, audit event or CLI output, through plan, approval and apply', async () => {
    const seen: string[] = [];
    const plan = await served.call('gateway_terraform_plan');
    seen.push(JSON.stringify(plan));
    expect(plan.status).toBe('needs_approval');
    const approvalId = await approve(place, served, plan.plan_id);
    const { url, token } = await controlOf(place);
    for (const route of [`/api/approvals/${approvalId}`, `/api/plans/${plan.plan_id}`, '/api/audit']) {
      const response = await fetch(url + route, { headers: { Authorization: `Bearer ${token}` } });
      expect(response.status, route).toBe(200);
      seen.push(await response.text());
    }
    const applied = await served.call('gateway_terraform_apply', { plan_id: plan.plan_id });
    expect(applied.status).toBe('succeeded');
    seen.push(
      JSON.stringify(applied),
      JSON.stringify(await served.call('gateway_get_plan', { plan_id: plan.plan_id })),
    );
    seen.push((await recourse(['audit', 'export', '--state', place.state])).stdout);
    seen.push((await recourse(['approvals', 'show', approvalId, '--state', place.state])).stdout);
    for (const text of seen) {
      for (const secret of [SENSITIVE, TOKEN, ENVIRONMENT, GIVEN]) expect(text).not.toContain(secret);
    }
    expect(seen.join('')).toContain('terraform_data.copy');
    expect(seen.join('')).toContain('terraform_data.each');
  });

  test('a cursor reads outputs of this plan, never plan files or JSON that the same folder holds', async () => {
    const plan = await served.call('gateway_terraform_plan');
    const blobs = readdirSync(path.join(place.state, 'blobs'), { recursive: true, encoding: 'utf8' });
    const names = blobs.filter((name) => name.length > 60).map((name) => name.replaceAll('/', ''));
    expect(names.length).toBeGreaterThan(3);
    const holding = names.filter((name) =>
      readFileSync(
        path.join(place.state, 'blobs', blobs.find((each) => each.replaceAll('/', '') === name) ?? ''),
        'utf8',
      ).includes(SENSITIVE),
    );
    expect(holding.length).toBeGreaterThan(0);
    for (const name of holding) {
      const answer = await served.call('gateway_get_plan', {
        plan_id: plan.plan_id,
        cursor: `sha256:${name}@0`,
      });
      expect(answer.error?.code).toBe('invalid_arguments');
    }
  });
});
