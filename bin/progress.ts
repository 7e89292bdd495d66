/** Waiting for something on a terminal: one line on stderr that says for how long, and goes away. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until `done` says so. Where stderr is no terminal it says what it waits for once. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T>,
  done: (answer: T) => boolean,
  everyMs = 500,
): Promise<T> {
  const from = performance.now();
  const { stderr } = process;
  let shown = false;
  for (;;) {
    const answer = await ask();
    if (done(answer)) {
      if (shown && stderr.isTTY) stderr.write('\r\u001b[K');
      return answer;
    }
    const seconds = Math.round((performance.now() - from) / 1000);
    if (stderr.isTTY) stderr.write(`\r\u001b[K${what} … ${seconds} s`);
    else if (!shown) stderr.write(`${what} …\n`);
    shown = true;
    await sleep(everyMs);
  }
}
