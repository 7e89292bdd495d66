/** `recourse break-glass PLAN_ID --reason TEXT`: lets one plan run now, and sees it through. */
import type { BrokenAnswer } from '../../lib/control/broken-run.ts';
import { clockTime, visible } from '../../lib/control/pages/text.ts';
import { type WhichControl, withControl } from '../control-client.ts';
import { parseDuration } from '../duration.ts';
import { ended, runText } from './runs.ts';

export async function breakGlass(
  planId: string,
  options: WhichControl & { reason: string; ttl: string; wait: boolean; json?: boolean },
): Promise<void> {
  const ttl_seconds = parseDuration('--ttl', options.ttl);
  const { broken, run } = await withControl(options, async (control) => {
    const answer: BrokenAnswer = await control.post('/api/break-glass', {
      plan_id: planId,
      reason: options.reason,
      ttl_seconds,
    });
    if (!options.json) say(answer);
    const started = answer.run_id !== null && options.wait ? await ended(control, answer.run_id) : null;
    return { broken: answer, run: started };
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ ...broken, run }, null, 2)}\n`);
  else if (run !== null) process.stdout.write(`\n${runText(run)}\n`);
  process.exitCode = run === null || run.state === 'succeeded' ? 0 : 1;
  if (run === null && broken.run_id === null && broken.note?.startsWith('It did not start'))
    process.exitCode = 1;
}

function say({ plan_id, by, expires_at, review_id, run_id, note }: BrokenAnswer): void {
  const lines = [
    `${visible(by)} broke the glass for ${plan_id}, until ${clockTime(expires_at)}; everybody is told`,
    `review ${review_id} stays open until somebody else closes it`,
    ...(run_id === null ? [] : [`started ${run_id}`]),
    ...(note === null ? [] : [note]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
