/** That the function agents call has not become slow. Three times the aim, for machines are busy; `npm run bench` says more. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Box, openBox } from '../support/cloud/box/box.ts';
import { coldStart, median, overheads, waitingPlan } from '../support/cloud/box/speed.ts';
import { AGENT, boxFiles } from './files.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

describe('the function that agents call', () => {
  let box: Box;
  beforeAll(async () => {
    box = await openBox('prod', boxFiles('prod', { policy: 'limits: { calls_per_minute: 10000 }' }));
  });
  afterAll(async () => box?.stop());

  it('answers its first request soon after its import', async () => {
    const starts: number[] = [];
    for (let times = 0; times < 5; times += 1) starts.push(await coldStart(box, AGENT));
    expect(Math.min(...starts), starts.join()).toBeLessThan(3 * 250);
  });

  it('adds little to the time that AWS takes', async () => {
    const planId = await waitingPlan(box, AGENT);
    await overheads(box, AGENT, planId, 30);
    const taken = await overheads(box, AGENT, planId, 60);
    expect(median(taken)).toBeLessThan(3 * 2);
  });
});
