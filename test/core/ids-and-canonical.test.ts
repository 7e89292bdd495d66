import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, digestOf } from '../../lib/core/canonical.ts';
import { isAtLeast, strictest } from '../../lib/core/decision.ts';
import { base32, newPlanId, parseApprovalId, parsePlanId, runIdOf } from '../../lib/core/ids.ts';
import { parseRootPath } from '../../lib/core/root-path.ts';

describe('ids', () => {
  test('hold 128 bits, parse, and do not parse as another kind', () => {
    const id = newPlanId(() => Uint8Array.from({ length: 16 }, (_, index) => index * 16));
    expect(id).toMatch(/^plan_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(parsePlanId(id)).toBe(id);
    expect(parseApprovalId(id)).toBeNull();
    for (const odd of ['', 'plan_', `${id} `, id.toUpperCase(), `${id}0`, id.replace(/.$/, 'u')])
      expect(parsePlanId(odd)).toBeNull();
  });

  test('a plan has one run id, and no other plan has it', () => {
    const [a, b] = [
      newPlanId((count) => new Uint8Array(count)),
      newPlanId((count) => new Uint8Array(count).fill(1)),
    ];
    expect(runIdOf(a)).toBe(runIdOf(a));
    expect(runIdOf(a)).not.toBe(runIdOf(b));
  });

  test('base32 tells all bytes apart', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => (base32(a) === base32(b)) === (Buffer.compare(a, b) === 0)),
    );
  });
});

describe('canonical JSON', () => {
  test('does not see key order, and sees everything else', () => {
    expect(canonicalJson({ b: 1, a: [true, null, 'é\n'] })).toBe('{"a":[true,null,"é\\n"],"b":1}');
    expect(digestOf({ a: 1, b: undefined })).toBe(digestOf({ a: 1 }));
    expect(digestOf({ a: '1' })).not.toBe(digestOf({ a: 1 }));
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
    expect(digestOf({ a: { b: 1 } })).not.toBe(digestOf({ 'a.b': 1 }));
  });

  test('reads back as the value it was', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) => canonicalJson(JSON.parse(canonicalJson(value))) === canonicalJson(value),
      ),
    );
  });

  test('refuses what JSON cannot say', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol('x'), 1n])
      expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});

test('the strictest decision wins, in any order', () => {
  expect(strictest('allow', 'escalate', 'warn')).toBe('escalate');
  expect(strictest('block', 'allow')).toBe('block');
  expect(isAtLeast('warn', 'escalate')).toBe(false);
});

test('a root path stays inside, whatever is written', () => {
  const piece = fc.constantFrom('..', '.', '', 'a', 'b c', '...', '~', '-x');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const parsed = parseRootPath(pieces.join('/'));
      return parsed === null || (!parsed.startsWith('/') && !parsed.split('/').includes('..'));
    }),
  );
  expect(parseRootPath('a/../b/./c')).toBe('b/c');
  expect(parseRootPath('a/..')).toBe('.');
  for (const out of ['..', 'a/../..', '/a', 'a\\b', 'C:/a', '']) expect(parseRootPath(out), out).toBeNull();
});
