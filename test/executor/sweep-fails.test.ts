import { afterEach, describe, expect, it, vi } from 'vitest';

const PRESET = '@secretlint/secretlint-rule-preset-recommend';

/** A sweep that meets these rules instead of the library's. */
async function sweepWith(rules: unknown): Promise<(text: string) => Promise<string>> {
  vi.resetModules();
  vi.doMock(PRESET, () => ({ rules }));
  return (await import('../../lib/executor/sweep.ts')).sweepSecrets;
}

afterEach(() => {
  vi.doUnmock(PRESET);
  vi.resetModules();
});

describe('a sweep that cannot be done rejects', () => {
  const fails = {
    meta: { id: 'x' },
    create: () => ({ file: () => Promise.reject(new Error('rule broke')) }),
  };
  it.each([
    ['without rules', []],
    ['with rules of another shape', [{}]],
    ['with rules that are no list', undefined],
    ['when a rule fails', [fails]],
  ])('%s', async (_, rules) => {
    const sweep = await sweepWith(rules);
    await expect(sweep('text')).rejects.toThrow();
  });

  it('and is done with rules that hold', async () => {
    const sweep = await sweepWith([{ meta: { id: 'x' }, create: () => ({ file: () => undefined }) }]);
    await expect(sweep('text')).resolves.toBe('text');
  });
});
