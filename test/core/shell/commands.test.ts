import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../../lib/core/shell/commands/index.ts';
import { judgeShell } from '../../../lib/core/shell/judge.ts';

describe.each(FAMILIES.map((family) => ({ name: family.family, family })))(
  'the $name family',
  ({ family }) => {
    it('has examples of both kinds', () => {
      expect(family.allows.length).toBeGreaterThan(3);
      expect(family.refuses.length).toBeGreaterThan(3);
    });

    it.each(family.allows.map((command) => ({ command })))('allows $command', ({ command }) => {
      const verdict = judgeShell(command);
      expect(verdict.reasons).toEqual([]);
      expect(verdict.decision).toBe('allow');
    });

    it.each(family.refuses.map((command) => ({ command })))('refuses $command', ({ command }) => {
      const verdict = judgeShell(command);
      expect(verdict.decision).not.toBe('allow');
      expect(verdict.pipeline).toBeNull();
      expect(verdict.reasons.length).toBeGreaterThan(0);
    });

    it('knows no flag by abbreviation and no unknown letter', () => {
      for (const program of Object.keys(family.rules)) {
        if (['echo', 'printf', ':', 'true', 'false'].includes(program)) continue;
        expect(judgeShell(`${program} --unknown-flag-x`).decision, program).not.toBe('allow');
        expect(judgeShell(`${program} -@ x`).decision, program).not.toBe('allow');
        expect(judgeShell(`${program} "$UNKNOWN"`).decision, program).not.toBe('allow');
      }
    });

    it('is not reached by a path, a prefix or a suffix of a name', () => {
      for (const program of Object.keys(family.rules)) {
        if (program === ':' || program === '[') continue;
        for (const name of [`./${program}`, `/tmp/${program}`, `${program}zz`, `../bin/${program}`]) {
          expect(judgeShell(`${name} --version`).decision, name).not.toBe('allow');
        }
      }
    });
  },
);
