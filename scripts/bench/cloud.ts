/** The function that agents call in the cloud, as it is deployed, against AWS in a box. */
import { AGENT, boxFiles } from '../../test/cloud/files.ts';
import { openBox } from '../../test/support/cloud/box/box.ts';
import { coldStart, median, overheads, waitingPlan } from '../../test/support/cloud/box/speed.ts';
import type { Row, Sample } from './row.ts';

export interface CloudScene {
  readonly rows: readonly Row[];
  close(): Promise<void>;
}

const CALLS = 20;

export async function openCloud(ours: string): Promise<CloudScene> {
  const box = await openBox('prod', boxFiles('prod', { policy: 'limits: { calls_per_minute: 10000 }' }));
  let planId: string | null = null;
  const row = (name: string, rounds: number, atMostMs: number, measure: () => Promise<number>): Row => {
    const sample = async (): Promise<Sample> => ({ wall: await measure(), cpu: null });
    return {
      name,
      rounds,
      aim: { kind: 'limit', atMostMs },
      contenders: [{ name: ours, measure: sample }],
    };
  };
  return {
    rows: [
      row('cloud: start of mcp to tools/list answered', 16, 250, () => coldStart(box, AGENT)),
      row('cloud: gateway_get_plan, without its requests to AWS', 16, 2, async () => {
        if (planId === null) {
          planId = await waitingPlan(box, AGENT);
          await overheads(box, AGENT, planId, 3 * CALLS);
        }
        return median(await overheads(box, AGENT, planId, CALLS));
      }),
    ],
    close: () => box.stop(),
  };
}
