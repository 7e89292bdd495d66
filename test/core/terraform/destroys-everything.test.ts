import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { destroysEverything } from '../../../lib/core/terraform/consequences.ts';
import { type ChangeSketch, create, del, keep, parsed, planJson, replace } from './plans.ts';

const db = del('aws_db_instance', { id: 'x' }, 'aws_db_instance.a');
const inState = (address: string): object => ({
  prior_state: {
    values: {
      root_module: { resources: [{ address, mode: 'managed', type: address.split('.')[0], values: {} }] },
    },
  },
});

describe('a destroy by any other name', () => {
  const cases: readonly [string, readonly ChangeSketch[], object, boolean][] = [
    ['all deleted', [db], inState('aws_db_instance.a'), true],
    ['an empty plan', [], {}, false],
    ['one kept', [db, keep('aws_vpc', { id: 'v' })], {}, false],
    ['one kept that only the state knows (a target)', [db], inState('aws_vpc.v'), false],
    ['one created', [db, create('aws_vpc', {})], {}, false],
    ['one replaced', [db, replace('aws_vpc', {}, {})], {}, false],
    ['all replaced', [replace('aws_vpc', {}, {})], {}, false],
    ['all forgotten', [{ type: 'aws_vpc', actions: ['forget'], before: {} }], {}, false],
    ['one forgotten', [db, { type: 'aws_vpc', actions: ['forget'], before: {} }], {}, false],
    ['a data source is no resource', [db, { ...keep('aws_ami', {}), more: { mode: 'data' } }], {}, true],
    ['a null_resource is no disguise', [db, create('null_resource', {})], {}, true],
    ['null_resources alone, one kept', [del('null_resource', {}), keep('null_resource', {})], {}, false],
    ['null_resources alone, all deleted', [del('null_resource', {})], {}, true],
    [
      'only a deposed object goes',
      [{ ...db, more: { deposed: 'abc' } }, keep('aws_db_instance', {}, 'aws_db_instance.a')],
      {},
      false,
    ],
  ];
  it.each(cases)('%s', (_, changes, rest, expected) => {
    expect(destroysEverything(parsed(planJson(changes, rest)))).toBe(expected);
  });

  it('knows the plans that terraform itself wrote', () => {
    const read = (name: string): boolean =>
      destroysEverything(
        parsed(
          readFileSync(new URL(`../../fixtures/terraform-plans/generated/${name}`, import.meta.url), 'utf8'),
        ),
      );
    expect([read('tf111-destroy.json'), read('tf111-mixed.json'), read('tf111-noop.json')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
