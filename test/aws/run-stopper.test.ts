import { expect, test } from 'vitest';
import { runStopper } from '../../lib/aws/run-stopper.ts';
import { sampleRun } from '../support/sample-records.ts';

test('the execution that owns the run is stopped, and no other', async () => {
  const stopped: string[] = [];
  const api = { stopExecution: async (arn: string) => void stopped.push(arn) };
  const stopper = runStopper(api, 'arn:aws:states:eu-west-1:111122223333:stateMachine:gw-prod-run');
  const run = sampleRun(1, '2026-03-01T12:00:00.000Z');
  await stopper.stop({ ...run, owner: { host: 'run-machine', pid: 0, started: 'att_1' } });
  expect(stopped).toEqual(['arn:aws:states:eu-west-1:111122223333:execution:gw-prod-run:att_1']);
});
