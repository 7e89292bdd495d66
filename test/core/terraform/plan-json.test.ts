import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessTerraformPlan } from '../../../lib/core/terraform/consequences.ts';
import { parseTerraformPlan } from '../../../lib/core/terraform/plan-json.ts';
import { del, parsed, planJson } from './plans.ts';

const text = readFileSync(
  new URL('../../fixtures/terraform-plans/generated/tf111-mixed.json', import.meta.url),
  'utf8',
);

describe('bad input is one clear problem, never a throw', () => {
  const problems: readonly [string, unknown, RegExp][] = [
    ['empty', '', /empty/],
    ['not JSON', 'resource "aws_s3_bucket" "b" {}', /not valid JSON/],
    ['truncated', text.slice(0, text.length / 2), /not valid JSON/],
    ['a list', [], /not a JSON object/],
    ['null', null, /not a JSON object/],
    ['JSON, but no plan', { hello: 1 }, /not a terraform plan/],
    ['a state', { format_version: '1.0', values: { root_module: {} } }, /state, not a plan/],
    ['a newer major', { ...planJson([]), format_version: '2.0' }, /newer/],
    ['a format that is no version', { ...planJson([]), format_version: 'new' }, /not a version/],
    ['changes that are no list', { resource_changes: {} }, /not a list/],
    ['a change that is no object', { resource_changes: [7] }, /resource_changes\[0\]/],
    [
      'a resource without a type',
      { resource_changes: [{ address: 'a.b', change: { actions: ['delete'] } }] },
      /a\.b.*no type/,
    ],
    ['a resource without a change', { resource_changes: [{ address: 'a.b', type: 'a' }] }, /no change/],
    [
      'actions that are no list',
      { resource_changes: [{ address: 'a.b', type: 'a', change: { actions: 'delete' } }] },
      /actions/,
    ],
    ['a state that is no object', { resource_changes: [], prior_state: [] }, /prior_state/],
  ];
  it.each(problems)('%s', (_, json, problem) => {
    const result = parseTerraformPlan(json);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.problem).toMatch(problem);
  });

  it('whatever JSON stands where a plan should be, reading and assessing do not throw', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        fc.jsonValue(),
        fc.jsonValue(),
        (before, after, unknown, rest) => {
          const sketch = { ...del('aws_db_instance', {}), actions: ['update'] };
          const json = planJson(
            [{ ...sketch, before: before as object, after: after as object, unknown: unknown as object }],
            {
              prior_state: { values: rest },
              configuration: { root_module: rest, provider_config: rest },
              output_changes: { o: rest },
              checks: rest,
            },
          );
          const result = parseTerraformPlan(json);
          if (result.ok) expect(assessTerraformPlan(result.plan).evaluation.total_changes).toBe(1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('nesting that no provider writes is refused, in the state and in what stays too', () => {
    let deep: unknown = 'end';
    for (let level = 0; level < 1500; level++) deep = level % 2 === 0 ? [deep] : { a: deep };
    const change = { type: 'aws_db_instance', actions: ['update'], before: { x: deep }, after: {} };
    const refused = parseTerraformPlan(planJson([change]));
    expect(refused.ok ? 'read' : refused.problem).toMatch(/nested too deeply/);
    const state = {
      values: { root_module: { resources: [{ address: 'a_b.c', type: 'a_b', values: { x: deep } }] } },
    };
    const quiet = { type: 'a_b', actions: ['no-op'], before: { x: deep }, after: { x: deep } };
    for (const json of [planJson([], { prior_state: state }), planJson([quiet])]) {
      const again = parseTerraformPlan(json);
      expect(again.ok ? 'read' : again.problem).toMatch(/nested too deeply/);
    }
  });
});

describe('formats and actions', () => {
  it('reads text and objects, with a byte order mark, without format_version', () => {
    expect(parsed(`\uFEFF${JSON.stringify({ resource_changes: [] })}`).formatVersion).toBeNull();
    expect(parsed({ format_version: '0.1', resource_changes: [] }).applyable).toBeNull();
  });

  const [NONE, OLD, NEW] = [null, { size: 1 }, { size: 2 }];
  const actions: readonly [readonly string[], object | null, object | null, string][] = [
    [['no-op'], OLD, OLD, 'no-op'],
    [['create'], NONE, NEW, 'create'],
    [['update'], OLD, NEW, 'update'],
    [['delete'], OLD, NONE, 'delete'],
    [['delete', 'create'], OLD, NEW, 'delete+create'],
    [['create', 'delete'], OLD, NEW, 'create+delete'],
    [['forget'], OLD, NONE, 'forget'],
    [['create', 'forget'], OLD, NEW, 'forget'],
  ];
  it.each(actions)('%j, from %j to %j, is %s', (words, before, after, action) => {
    const [change] = parsed(planJson([{ type: 'x_y', actions: words, before, after }])).changes;
    expect(change).toMatchObject({ action, understood: true });
  });

  it('a data source is read', () => {
    const [change] = parsed(
      planJson([{ type: 'x_y', actions: ['read'], after: NEW, more: { mode: 'data' } }]),
    ).changes;
    expect(change).toMatchObject({ action: 'read', understood: true });
  });

  const belied: readonly [readonly string[], object | null, object | null, string][] = [
    [['no-op'], OLD, NONE, 'delete'],
    [['no-op'], OLD, NEW, 'update'],
    [['no-op'], NONE, NEW, 'create'],
    [['create'], OLD, NONE, 'delete'],
    [['create'], OLD, NEW, 'update'],
    [['update'], OLD, NONE, 'delete'],
    [['read'], OLD, NONE, 'delete'],
    [['read'], OLD, NEW, 'update'],
    [[], OLD, NONE, 'delete'],
    [['toString'], OLD, NONE, 'delete'],
  ];
  it.each(belied)(
    '%j, from %j to %j, is not believed: it is judged as %s',
    (words, before, after, action) => {
      const [change] = parsed(planJson([{ type: 'x_y', actions: words, before, after }])).changes;
      expect(change).toMatchObject({ action, understood: false });
    },
  );

  it('a no-op whose values are not known yet is not believed', () => {
    const [change] = parsed(
      planJson([
        { type: 'x_y', actions: ['no-op'], before: OLD, after: OLD, unknown: { nested: [{ a: true }] } },
      ]),
    ).changes;
    expect(change).toMatchObject({ action: 'update', understood: false });
  });

  it('a no-op of which the attributes were left out on one side is one', () => {
    const [change] = parsed(planJson([{ type: 'x_y', actions: ['no-op'], before: {}, after: OLD }])).changes;
    expect(change).toMatchObject({ action: 'no-op', understood: true });
  });

  it('attributes in another order are the same', () => {
    const [one, other] = [
      { a: [1, { b: null, c: 'x' }], d: {} },
      { d: {}, a: [1, { c: 'x', b: null }] },
    ];
    const [change] = parsed(
      planJson([{ type: 'x_y', actions: ['no-op'], before: one, after: other }]),
    ).changes;
    expect(change).toMatchObject({ action: 'no-op', understood: true });
  });

  it('reads import, move, deposed objects and missing addresses', () => {
    const [imported, moved, deposed, built] = parsed({
      resource_changes: [
        { address: 'a_b.c', type: 'a_b', change: { actions: ['no-op'], importing: { id: 'i' } } },
        { address: 'a_b.d', previous_address: 'a_b.e', type: 'a_b', change: { actions: ['no-op'] } },
        { address: 'a_b.f', deposed: 'abcd', type: 'a_b', change: { actions: ['delete'], before: {} } },
        {
          module_address: 'module.m',
          type: 'a_b',
          name: 'g',
          index: 'k',
          change: { actions: ['delete'], before: {} },
        },
      ],
    }).changes;
    expect(imported?.action).toBe('import');
    expect(moved?.action).toBe('move');
    expect(deposed?.deposed).toBe('abcd');
    expect(built?.address).toBe('module.m.a_b.g["k"]');
  });

  it('an action that nobody knows is for a person to judge, empty actions that change nothing are none', () => {
    const assessed = assessTerraformPlan(
      parsed(
        planJson([
          { type: 'null_resource', actions: ['vanish'], before: { id: '1' } },
          { type: 'aws_instance', actions: [], before: { id: '1' }, after: { id: '1' } },
          { type: 'null_resource', actions: [], before: { id: '1' } },
        ]),
      ),
    ).evaluation;
    expect(assessed.changes.map((change) => [change.action, change.tier])).toEqual([
      ['delete', 5],
      ['delete', 5],
    ]);
  });
});
