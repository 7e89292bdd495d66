import { once } from 'node:events';
import { expect, test } from 'vitest';
import { onlyJsonLines } from '../lib/json-lines.ts';

async function through(chunks: readonly (string | Buffer)[]): Promise<{ passed: string; named: string[] }> {
  const named: string[] = [];
  const stream = onlyJsonLines((what) => named.push(what));
  let passed = '';
  stream.on('data', (part: Buffer) => {
    passed += part.toString('utf8');
  });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await once(stream, 'end');
  return { passed, named };
}

test('JSON passes whole, however it was cut; the rest is named', async () => {
  const { passed, named } = await through([
    '{"a"',
    ':1}\n{"b":2}\nno',
    'nsense\n',
    '[3]\r\n',
    '\n',
    '{"cut":',
  ]);
  expect(passed).toBe('{"a":1}\n{"b":2}\n[3]\r\n');
  expect(named).toHaveLength(1);
});

test('a character cut in two between chunks stays one', async () => {
  const bytes = Buffer.from('{"a":"é"}\n');
  const { passed, named } = await through([bytes.subarray(0, 7), bytes.subarray(7)]);
  expect(passed).toBe('{"a":"é"}\n');
  expect(named).toEqual([]);
});

test('a line that is too long is dropped, and the next one is read', async () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  const { passed, named } = await through([...Array.from({ length: 20 }, () => megabyte), '\n{"a":1}\n']);
  expect(passed).toBe('{"a":1}\n');
  expect(named).toHaveLength(1);
});
