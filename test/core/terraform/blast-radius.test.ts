import { describe, expect, it } from 'vitest';
import { MOST_LISTED } from '../../../lib/core/terraform/blast-radius.ts';
import { assess, del, keep, update } from './plans.ts';

const resource = (address: string, references: readonly string[], more: object = {}): object => ({
  address,
  mode: 'managed',
  type: address.split('.')[0],
  name: address.split('.')[1],
  expressions: { x: { references } },
  ...more,
});
const radius = (changes: Parameters<typeof assess>[0], rest: object, address: string) =>
  assess(changes, rest).evaluation.blast_radius.find((found) => found.address === address);
const gone = del('aws_subnet', {}, 'aws_subnet.a');

describe('who depends on what changes', () => {
  it('follows references directly and through others, and does not list what goes too', () => {
    const configuration = {
      root_module: {
        resources: [
          resource('aws_subnet.a', []),
          resource('aws_instance.b', ['aws_subnet.a.id', 'aws_subnet.a']),
          resource('aws_eip.c', ['aws_instance.b']),
          resource('aws_eip.d', ['each.key', 'count.index', 'path.module']),
        ],
      },
    };
    const others = [
      keep('aws_instance', {}, 'aws_instance.b'),
      keep('aws_eip', {}, 'aws_eip.c'),
      keep('aws_eip', {}, 'aws_eip.d'),
    ];
    expect(radius([gone, ...others], { configuration }, 'aws_subnet.a')).toEqual({
      address: 'aws_subnet.a',
      direct: ['aws_instance.b'],
      all: ['aws_instance.b', 'aws_eip.c'],
      paths: [{ address: 'aws_eip.c', through: ['aws_instance.b'] }],
    });
    const alsoGone = [gone, del('aws_instance', {}, 'aws_instance.b'), keep('aws_eip', {}, 'aws_eip.c')];
    expect(radius(alsoGone, { configuration }, 'aws_subnet.a')).toMatchObject({
      direct: [],
      all: ['aws_eip.c'],
    });
  });

  it('goes through module inputs, outputs, whole modules, depends_on, count and providers', () => {
    const child = {
      resources: [resource('aws_instance.i', ['var.subnet'])],
      outputs: { id: { expression: { references: ['aws_instance.i.id', 'aws_instance.i'] } } },
      variables: { subnet: {} },
    };
    const configuration = {
      provider_config: {
        kubernetes: { name: 'kubernetes', expressions: { host: { references: ['aws_subnet.a.id'] } } },
      },
      root_module: {
        resources: [
          resource('aws_subnet.a', []),
          resource('aws_eip.out', ['module.m.id', 'module.m']),
          resource('aws_eip.whole', [], { depends_on: ['module.m'] }),
          resource('aws_eip.each', [], { for_each_expression: { references: ['aws_subnet.a'] } }),
          resource('kubernetes_namespace.n', [], { provider_config_key: 'kubernetes' }),
        ],
        module_calls: {
          m: { expressions: { subnet: { references: ['aws_subnet.a.id', 'aws_subnet.a'] } }, module: child },
        },
      },
    };
    const instance = 'module.m["x"].aws_instance.i[0]';
    const others = ['aws_eip.out', 'aws_eip.whole', 'aws_eip.each["k"]', 'kubernetes_namespace.n', instance];
    const changes = [gone, ...others.map((address) => keep('aws_eip', {}, address))];
    const found = radius(changes, { configuration }, 'aws_subnet.a');
    expect([...(found?.all ?? [])].sort()).toEqual([...others].sort());
    expect([...(found?.direct ?? [])].sort()).toEqual(
      ['aws_eip.each["k"]', 'kubernetes_namespace.n', instance].sort(),
    );
    const ways = Object.fromEntries((found?.paths ?? []).map(({ address, through }) => [address, through]));
    expect(ways).toEqual({
      'aws_eip.out': ['module.m.var.subnet', 'module.m.aws_instance.i', 'module.m.output.id'],
      'aws_eip.whole': ['module.m.var.subnet', 'module.m.aws_instance.i', 'module.m'],
      'kubernetes_namespace.n': ['provider.kubernetes'],
      [instance]: ['module.m.var.subnet'],
    });
  });

  it('knows the state where configuration is gone or goes through locals, and ids typed in by hand', () => {
    const state = (address: string, dependsOn: readonly string[], values: object = {}): object => ({
      address,
      mode: 'managed',
      type: address.split('.')[0],
      values,
      depends_on: dependsOn,
    });
    const rest = {
      configuration: { root_module: { resources: [resource('aws_instance.local', ['local.subnets'])] } },
      prior_state: {
        values: {
          root_module: {
            resources: [
              state('aws_instance.local', ['aws_subnet.a']),
              state('aws_eip.bare', ['aws_instance.local', 'aws_subnet.a']),
              state('aws_lb.typed', [], { subnets: ['subnet-0123456789'] }),
              state('aws_lb.other', [], { subnets: ['subnet-9999999999'] }),
            ],
          },
        },
      },
    };
    const found = radius(
      [del('aws_subnet', { id: 'subnet-0123456789' }, 'aws_subnet.a')],
      rest,
      'aws_subnet.a',
    );
    expect([...(found?.direct ?? [])].sort()).toEqual(['aws_instance.local', 'aws_lb.typed']);
    expect([...(found?.all ?? [])].sort()).toEqual(['aws_eip.bare', 'aws_instance.local', 'aws_lb.typed']);
  });

  it('a chain of thousands ends in a note, not in a square of its length', () => {
    const size = 3000;
    const names = Array.from({ length: size }, (_, index) => `aws_eip.n${index}`);
    const configuration = {
      root_module: {
        resources: names.map((name, index) => resource(name, index === 0 ? [] : [names[index - 1] ?? ''])),
      },
    };
    const { evaluation } = assess(
      names.map((name) => update('aws_eip', { a: 1 }, { a: 2 }, name)),
      { configuration },
    );
    const listed = evaluation.blast_radius.reduce((sum, found) => sum + found.all.length, 0);
    expect(listed).toBeLessThan(MOST_LISTED + size);
    expect(evaluation.notes.join()).toMatch(/blast radius of \d+ changes is not listed/);
    const ways = evaluation.blast_radius.flatMap(({ paths = [] }) => paths);
    expect(ways.length).toBeLessThanOrEqual(2000);
    expect(Math.max(...evaluation.blast_radius.map(({ paths = [] }) => paths.length))).toBe(10);
    expect(Math.max(...ways.map(({ through }) => through.length))).toBe(8);
    expect(ways.some(({ through }) => through.includes('…'))).toBe(true);
  });
});
