import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../lib/core/policy/parse.ts';
import { POLICY_EXAMPLE } from '../../support/policy-example.ts';

function holdsTogether(text: string): void {
  const parsed = parsePolicy(text);
  if (parsed.ok) return;
  const lines = text.split(/\r\n|\r|\n/).length;
  expect(parsed.problems.length).toBeGreaterThan(0);
  for (const { line, column, message } of parsed.problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(message).not.toBe('');
  }
}

describe('any text at all', () => {
  it('the example of the contract, which parses', () => {
    expect(parsePolicy(POLICY_EXAMPLE)).toMatchObject({ ok: true });
  });

  it.each(['!!', '!', '&', '*', '%', '? ', '@x'])(
    '%s, which once had no problem and no policy, has one',
    (text) => {
      expect(parsePolicy(text)).toMatchObject({ ok: false });
      holdsTogether(text);
    },
  );

  it('is a policy or has problems with places, never a throw', () => {
    const yaml = fc.string({
      maxLength: 60,
      unit: fc.constantFrom(...'ab:-?[]{},&*!|>%@`\'"#~ \n\t\r0\\<'.split('')),
    });
    fc.assert(fc.property(fc.oneof(fc.string(), yaml), holdsTogether), { numRuns: 3_000 });
  });

  it('that was the example before something was cut out or put in', () => {
    const place = fc.nat(POLICY_EXAMPLE.length);
    const put = fc.string({ maxLength: 4, unit: fc.constantFrom(...':-?[]{},&*!|>\'"# \n\t'.split('')) });
    fc.assert(
      fc.property(place, fc.nat(12), put, (at, length, more) =>
        holdsTogether(POLICY_EXAMPLE.slice(0, at) + more + POLICY_EXAMPLE.slice(at + length)),
      ),
      { numRuns: 500 },
    );
  });
});
