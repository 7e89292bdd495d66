/** What alarms hang on is counted from the audit's own events: their names are those that the code writes. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { COUNTED, type MetricName, watchedAudit } from '../../lib/aws/watch.ts';
import type { EventRef } from '../../lib/core/audit.ts';

const LIB = path.resolve(import.meta.dirname, '../../lib');
const REF: EventRef = { chain: 'c', seq: 1, hash: 'sha256:0' };
const body = (type: string) => ({
  at: '2026-01-01T00:00:00Z',
  actor: 'gateway',
  environment: 'prod',
  type,
  data: {},
});

it('counts events that are really written', () => {
  const sources = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('watch.ts'))
    .map((file) => readFileSync(path.join(LIB, file), 'utf8'))
    .join('\n');
  for (const type of Object.keys(COUNTED)) {
    const [area, name] = type.split('.');
    // `run.${state}` is put together where a run's end is recorded.
    const written = sources.includes(`'${type}'`) || (area === 'run' && sources.includes(`'${name}'`));
    expect([type, written]).toEqual([type, true]);
  }
});

it('counts each once, and an audit that cannot be written', async () => {
  const counted: [MetricName, number][] = [];
  const watch = { measure: (name: MetricName, value: number) => void counted.push([name, value]) };
  const audit = watchedAudit({ append: async () => REF }, watch);
  for (const type of ['run.failed', 'run.succeeded', 'alarm.break_glass', 'run.interrupted'])
    await audit.append(body(type));
  expect(counted).toEqual([
    ['RunFailed', 1],
    ['BreakGlassUsed', 1],
    ['RunFailed', 1],
  ]);
  const broken = watchedAudit({ append: () => Promise.reject(new Error('throttled')) }, watch);
  await expect(broken.append(body('run.succeeded'))).rejects.toThrow('throttled');
  expect(counted.at(-1)).toEqual(['AuditUnavailable', 1]);
});
