import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { decisionText, evaluationText } from '../../bin/text/evaluation-text.ts';
import { PIPE, type Screen, screenOf } from '../../bin/text/screen.ts';
import { assess, del, keep, update } from '../core/terraform/plans.ts';

const database = (address: string, more: object = {}) =>
  del('aws_db_instance', { skip_final_snapshot: true, ...more }, address);
const told = (changes: Parameters<typeof assess>[0], rest: object = {}, screen: Screen = PIPE) =>
  evaluationText(assess(changes, rest).evaluation, screen);
const lines = (text: string) => text.split('\n');

describe('an evaluation at a terminal', () => {
  it('counts, then tells the worst first: one line a change, why, what decided, and what is safer', () => {
    const text = told([
      update('aws_instance', { tags: {} }, { tags: { a: 'b' } }, 'aws_instance.quiet'),
      database('aws_db_instance.orders'),
    ]);
    expect(lines(text)[0]).toBe('2 changes: 1 × [4] unrecoverable, 1 × [1] reversible');
    expect(text).toMatch(
      /^\[4\] delete aws_db_instance\.orders {2}database_delete\n {4}\S.*\n {6}skip_final_snapshot = true\n(?: {6}.*\n)* {4}safer: \S/m,
    );
    expect(text).toMatch(/^\[1\] update aws_instance\.quiet$/m);
    expect(text.indexOf('[4] delete')).toBeLessThan(text.indexOf('[1] update'));
  });

  it('says of an empty plan that nothing changes', () => {
    expect(told([])).toBe('0 changes');
  });

  it('tells reasons that several changes share once, and every address', () => {
    const text = told([database('aws_db_instance.a'), database('aws_db_instance.b')]);
    expect(text).toMatch(
      /^\[4\] delete aws_db_instance\.a {2}database_delete\n\[4\] delete aws_db_instance\.b {2}database_delete\n {4}\S/m,
    );
    expect(text.match(/skip_final_snapshot = true/g)).toHaveLength(1);
  });

  it('stays short for 10,000 changes, and no number of one kind hides another', () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      database(`aws_db_instance.n${index}`, index % 2 === 0 ? {} : { deletion_protection: true }),
    );
    const text = told([...many, del('aws_iam_policy', { arn: 'arn:x' }, 'aws_iam_policy.last')]);
    expect(lines(text).length).toBeLessThan(150);
    expect(text).toContain('5000 × [5]');
    expect(text).toContain('[5] … 4990 more like these');
    expect(text).toContain('[4] … 4990 more like these');
    expect(text).toContain('[1] delete aws_iam_policy.last');
    expect(text).toContain('--json');
  });

  it('stays short for thousands that are all different, and counts what it leaves out', () => {
    const many = Array.from({ length: 5000 }, (_, index) =>
      del(
        'some_new_store',
        { retention_note: `n${index}`, keep_days: index + 1 },
        `some_new_store.n${index}`,
      ),
    );
    const mixed = many.map((change, index) => ({ ...change, type: `new${index}_database` }));
    const text = told(mixed);
    expect(lines(text).length).toBeLessThan(1000);
    const shown = text.match(/^\[\d\] delete /gm)?.length ?? 0;
    const left = /^\[5\] … (\d+) more/m.exec(text)?.[1];
    if (shown < 5000) expect(Number(left)).toBe(5000 - shown);
  });

  it('names the way to what depends on a change', () => {
    const resource = (address: string, references: readonly string[]) => ({
      address,
      mode: 'managed',
      type: address.split('.')[0],
      name: address.split('.')[1],
      expressions: { x: { references } },
    });
    const configuration = {
      root_module: {
        resources: [
          resource('aws_subnet.a', []),
          resource('aws_instance.b', ['aws_subnet.a']),
          resource('aws_eip.c', ['aws_instance.b']),
        ],
      },
    };
    const text = told(
      [
        del('aws_subnet', {}, 'aws_subnet.a'),
        keep('aws_instance', {}, 'aws_instance.b'),
        keep('aws_eip', {}, 'aws_eip.c'),
      ],
      { configuration },
    );
    expect(text).toContain('  aws_subnet.a: 2 resources, 1 of them directly');
    expect(text).toContain('    aws_eip.c  through aws_instance.b');
  });

  it('lets nothing from a plan make a line, a colour or another order of reading', () => {
    const evil = 'x\n[1] update aws_db_instance.fine\u001b[2K\u202e\u200b\r';
    const text = told([
      database(`aws_db_instance.a["${evil}"]`, { identifier: evil, final_snapshot_identifier: evil }),
      del('unknown_database', { deletion_protection: evil, [evil]: true }, `unknown_database.b["${evil}"]`),
    ]);
    for (const hidden of ['\u001b', '\u202e', '\u200b', '\r']) expect(text).not.toContain(hidden);
    expect(lines(text).filter((line) => line.startsWith('[1]'))).toEqual([]);
    expect(decisionText('escalate', [reason(evil)], PIPE).split('\n')).toHaveLength(2);
  });
});

const reason = (text: string) => ({ rule: 'a.rule', class: null, address: text, message: text });

describe('what a screen takes', () => {
  it('is coloured on a terminal only, and not where NO_COLOR or a dumb terminal asks for none', () => {
    const terminal = { isTTY: true, columns: 100 };
    expect(screenOf(terminal, {})).toEqual({ colour: true, columns: 100 });
    expect(screenOf(terminal, { NO_COLOR: '' }).colour).toBe(true);
    expect(screenOf(terminal, { NO_COLOR: '1' }).colour).toBe(false);
    expect(screenOf(terminal, { TERM: 'dumb' }).colour).toBe(false);
    expect(screenOf({}, { FORCE_COLOR: '1' })).toEqual(PIPE);
    expect(screenOf({ isTTY: true, columns: 12 }, {}).columns).toBeNull();
  });

  it('colours only what stands for a tier', () => {
    const changes = [database('aws_db_instance.orders')];
    const text = told(changes, {}, { colour: true, columns: null });
    expect(text).toContain('\u001b[1;31m[4]\u001b[0m delete');
    const bare = text.replaceAll('\u001b[1;31m', '').replaceAll('\u001b[0m', '');
    expect(bare).toBe(told(changes));
  });

  it('breaks lines at spaces on a narrow one, and cuts no address', () => {
    const address = `aws_db_instance.${'long_name_'.repeat(8)}`;
    for (const colour of [true, false]) {
      const text = told([database(address)], {}, { colour, columns: 50 });
      expect(text).toContain(address);
      const seen = lines(stripVTControlCharacters(text)).filter((line) => !line.includes(address));
      expect(Math.max(...seen.map((line) => line.length))).toBeLessThanOrEqual(50);
      expect(seen.join(' ').replace(/\s+/g, ' ')).toContain('safer:');
    }
  });
});
