import { describe, expect, it } from 'vitest';
import type { RootPath, TerraformArgument, WorkspaceName } from '../../../lib/core/action.ts';
import { sha256 } from '../../../lib/core/canonical.ts';
import { differingParts } from '../../../lib/core/plan.ts';
import { type TerraformDigestInputs, terraformDigest } from '../../../lib/core/terraform/digest.ts';

const text = (value: string) => new TextEncoder().encode(value);
const LOCK = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.0.0"\n}\n';
const CHANGE = {
  address: 'aws_instance.a',
  provider_name: 'registry.terraform.io/hashicorp/aws',
  change: { actions: ['delete', 'create'], replace_paths: [['a'], ['b']], before: { x: 1 }, after: { x: 2 } },
};
const PLAN = {
  format_version: '1.2',
  timestamp: '2026-01-01T00:00:00Z',
  variables: { password: { value: 'hunter2' } },
  resource_changes: [CHANGE, { ...CHANGE, address: 'aws_instance.b' }],
  output_changes: { o: { actions: ['create'], after: 'v' } },
  relevant_attributes: [{ resource: 'a' }, { resource: 'b' }],
  configuration: { provider_config: { aws: { full_name: 'registry.terraform.io/hashicorp/aws' } } },
  complete: true,
};
const BASE: TerraformDigestInputs = {
  snapshot: sha256('snapshot'),
  modules: null,
  target: {
    cwd: 'app' as RootPath,
    workspace: 'default' as WorkspaceName,
    ref: null,
    args: [{ flag: 'var', name: 'password', value: 'hunter2' }],
    destroy: false,
  },
  tool: { name: 'terraform', version: '1.11.4' },
  planFile: {
    terraformVersion: '1.11.4',
    workspace: 'default',
    backend: { type: 's3', config: text('key=hunter2') },
    state: { serial: 3, lineage: 'abc' },
    configuration: new Map([
      ['m-/main.tf', text('x')],
      ['m-net/main.tf', text('y')],
    ]),
    lockFile: text(LOCK),
  },
  planJson: PLAN,
  hmac: (value) => `hmac:${sha256(`key ${value}`).slice(7)}`,
};
const base = terraformDigest(BASE);

function withFile(change: Partial<TerraformDigestInputs['planFile']>): TerraformDigestInputs {
  return { ...BASE, planFile: { ...BASE.planFile, ...change } };
}
function withTarget(change: Partial<TerraformDigestInputs['target']>): TerraformDigestInputs {
  return { ...BASE, target: { ...BASE.target, ...change } };
}
function withPlan(change: object): TerraformDigestInputs {
  return { ...BASE, planJson: { ...PLAN, ...change } };
}
const refresh: TerraformArgument = { flag: 'refresh', on: false };

describe('terraformDigest', () => {
  it.each<[string, TerraformDigestInputs, string[]]>([
    ['the snapshot', { ...BASE, snapshot: sha256('other') }, ['snapshot']],
    [
      "a module's file",
      withFile({
        configuration: new Map([
          ['m-/main.tf', text('x')],
          ['m-net/main.tf', text('z')],
        ]),
      }),
      ['configuration'],
    ],
    ['the lock file', withFile({ lockFile: text(`# note\n${LOCK}`) }), ['lock_file']],
    [
      'a provider version',
      withFile({ lockFile: text(LOCK.replace('5.0.0', '5.0.1')) }),
      ['lock_file', 'providers'],
    ],
    ['the tool', { ...BASE, tool: { name: 'tofu', version: '1.11.4' } }, ['tool']],
    ["the tool's version", { ...BASE, tool: { name: 'terraform', version: '1.12.0' } }, ['tool']],
    ['the version in the plan', withFile({ terraformVersion: '1.12.0' }), ['tool']],
    ["the backend's type", withFile({ backend: { type: 'gcs', config: text('key=hunter2') } }), ['backend']],
    ["the backend's settings", withFile({ backend: { type: 's3', config: text('key=other') } }), ['backend']],
    ['the folder', withTarget({ cwd: 'other' as RootPath }), ['target']],
    ['the ref', withTarget({ ref: 'main' }), ['target']],
    ['the workspace', withFile({ workspace: 'blue' }), ['workspace']],
    ["the state's serial", withFile({ state: { serial: 4, lineage: 'abc' } }), ['state']],
    ["the state's lineage", withFile({ state: { serial: 3, lineage: 'abd' } }), ['state']],
    ['an argument', withTarget({ args: [...BASE.target.args, refresh] }), ['arguments']],
    [
      'a variable on the command line',
      withTarget({ args: [{ flag: 'var', name: 'password', value: 'hunter3' }] }),
      ['arguments'],
    ],
    ['destroying', withTarget({ destroy: true }), ['arguments']],
    ['a variable', withPlan({ variables: { password: { value: 'hunter3' } } }), ['variables']],
    ['a change', withPlan({ resource_changes: [CHANGE] }), ['changes']],
    [
      'a planned value',
      withPlan({
        resource_changes: [
          PLAN.resource_changes[0],
          { ...CHANGE, address: 'aws_instance.b', change: { ...CHANGE.change, after: { x: 3 } } },
        ],
      }),
      ['changes'],
    ],
    ['an output', withPlan({ output_changes: {} }), ['changes']],
    ['drift', withPlan({ resource_drift: [CHANGE] }), ['changes']],
    ['completeness', withPlan({ complete: false }), ['changes']],
    ['something that a newer format adds', withPlan({ action_invocations: [{ address: 'a' }] }), ['changes']],
  ])('differs with %s, and names it', (_, inputs, parts) => {
    const other = terraformDigest(inputs);
    expect(other.digest).not.toBe(base.digest);
    expect(differingParts(base.parts, other.parts)).toEqual(parts);
  });

  it.each<[string, TerraformDigestInputs]>([
    ['the time', withPlan({ timestamp: '2027-01-01T00:00:00Z' })],
    ['the order of changes', withPlan({ resource_changes: [...PLAN.resource_changes].reverse() })],
    [
      'the order of replace paths',
      withPlan({
        resource_changes: PLAN.resource_changes.map((each) => ({
          ...each,
          change: { ...each.change, replace_paths: [['b'], ['a']] },
        })),
      }),
    ],
    [
      'the order of relevant attributes',
      withPlan({ relevant_attributes: [{ resource: 'b' }, { resource: 'a' }] }),
    ],
    [
      'the order of configuration files',
      withFile({ configuration: new Map([...BASE.planFile.configuration].reverse()) }),
    ],
  ])('does not differ with %s', (_, inputs) => {
    expect(terraformDigest(inputs).digest).toBe(base.digest);
  });

  it('reads destroy by tool and by argument as one', () => {
    const byFlag = withTarget({ args: [...BASE.target.args, { flag: 'destroy' }] });
    expect(terraformDigest(byFlag).digest).toBe(terraformDigest(withTarget({ destroy: true })).digest);
  });

  it('holds no secret, not even as a bare hash', () => {
    expect(JSON.stringify(base.parts)).not.toContain('hunter2');
    const otherKey = terraformDigest({ ...BASE, hmac: (value) => `hmac:${sha256(value).slice(7)}` });
    expect(differingParts(base.parts, otherKey.parts)).toEqual([
      'arguments',
      'backend',
      'changes',
      'variables',
    ]);
  });

  it('shows people what is safe to show', () => {
    expect(base.parts).toMatchObject({
      tool: { shown: 'terraform 1.11.4' },
      providers: { shown: 'registry.terraform.io/hashicorp/aws 5.0.0' },
      workspace: { shown: 'default' },
      arguments: { shown: '-var=password=…' },
      changes: { shown: '2 delete+create' },
    });
  });
});
