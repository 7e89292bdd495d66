import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readPlanFile } from '../../../lib/core/terraform/plan-file.ts';

const text = (value: string) => new TextEncoder().encode(value);

/** One length-delimited protobuf field. */
function field(number: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? text(value) : value;
  expect(bytes.length).toBeLessThan(128);
  return Uint8Array.from([number * 8 + 2, bytes.length, ...bytes]);
}
const shown = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

const BACKEND = join(field(1, 's3'), field(2, 'settings'), field(3, 'blue'));
// version 3, errored (field 20, varint, two-byte key), backend, terraform version
const TFPLAN = join(Uint8Array.from([8, 3, 0xa0, 1, 1]), field(13, BACKEND), field(14, '1.11.4'));
const ENTRIES: Record<string, Uint8Array> = {
  tfplan: TFPLAN,
  tfstate: text('{"version":4,"serial":7,"lineage":"abc"}'),
  'tfstate-prev': text('{"version":4,"serial":0,"lineage":""}'),
  'tfconfig/m-/main.tf': text('x'.repeat(5_000)),
  'tfconfig/modules.json': text('[{"Key":"","Dir":"/somewhere"},{"Key":"a","Source":"./a","Dir":"a"}]'),
  '.terraform.lock.hcl': text('lock'),
};

describe('readPlanFile', () => {
  it('reads workspace, backend, state, configuration and lock file', () => {
    const read = readPlanFile(zipSync(ENTRIES));
    if (!read.ok) throw new Error(read.problem);
    const { configuration, lockFile, backend, ...rest } = read.file;
    expect(rest).toEqual({
      terraformVersion: '1.11.4',
      workspace: 'blue',
      state: { serial: 7, lineage: 'abc' },
    });
    expect([backend.type, shown(backend.config), shown(lockFile)]).toEqual(['s3', 'settings', 'lock']);
    expect([...configuration].map(([name, bytes]) => [name, shown(bytes)])).toEqual([
      ['m-/main.tf', 'x'.repeat(5_000)],
      ['modules.json', '[{"Key":""},{"Key":"a","Source":"./a"}]'],
    ]);
  });

  it('reads entries that are stored without packing', () => {
    expect(readPlanFile(zipSync(ENTRIES, { level: 0 })).ok).toBe(true);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /no zip/],
    ['text', text('{}'.repeat(100)), /no zip/],
    ['a zip without a plan', zipSync({ tfstate: ENTRIES.tfstate ?? text('') }), /no tfplan/],
    ['a zip without a state', zipSync({ tfplan: TFPLAN }), /no tfstate/],
    ['a plan without a backend', zipSync({ ...ENTRIES, tfplan: field(14, '1.11.4') }), /backend/],
    ['a plan record that is cut off', zipSync({ ...ENTRIES, tfplan: TFPLAN.subarray(0, 20) }), /cut off/],
    ['a state without serial', zipSync({ ...ENTRIES, tfstate: text('{"lineage":"x"}') }), /serial/],
    [
      'a state with a serial that is no number',
      zipSync({ ...ENTRIES, tfstate: text('{"serial":"1","lineage":"x"}') }),
      /serial/,
    ],
    ['a state that is no JSON', zipSync({ ...ENTRIES, tfstate: text('x') }), /not a readable plan file/],
    [
      'a module list that is none',
      zipSync({ ...ENTRIES, 'tfconfig/modules.json': text('{}') }),
      /module list/,
    ],
  ])('says what is wrong with %s', (_, bytes, problem) => {
    const read = readPlanFile(bytes);
    expect(read.ok ? 'read' : read.problem).toMatch(problem);
  });

  it('refuses a name that occurs twice, since readers could take either', () => {
    const zip = zipSync({ ...ENTRIES, tfplaX: TFPLAN });
    const twice = Uint8Array.from(
      Buffer.from(Buffer.from(zip).toString('latin1').replaceAll('tfplaX', 'tfplan'), 'latin1'),
    );
    const read = readPlanFile(twice);
    expect(read.ok ? 'read' : read.problem).toMatch(/tfplan occurs twice/);
  });

  it('never throws on damaged bytes', () => {
    const zip = zipSync(ENTRIES);
    for (let at = 0; at < zip.length; at += 1) {
      const damaged = Uint8Array.from(zip);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      expect(() => readPlanFile(damaged)).not.toThrow();
      expect(() => readPlanFile(zip.subarray(0, at))).not.toThrow();
    }
  });
});
