/** Two installations into one provider cache would overwrite each other, so one at a time may use it. */

/**
 * Calls `work` with whether it may use the shared cache. Whoever waited `patienceMs` for it goes on without: a
 * slow installation, which an agent can make, holds up nobody else's for long.
 */
export async function inTurn<T>(
  work: (mayShare: boolean) => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const before = last;
  let leave: () => void = () => {};
  const mine = new Promise<void>((resolve) => {
    leave = resolve;
  });
  last = before.then(() => mine);
  const mayShare = await reached(before, patienceMs);
  if (!mayShare) leave();
  try {
    return await work(mayShare);
  } finally {
    leave();
  }
}

const PATIENCE_MS = 10_000;
let last: Promise<void> = Promise.resolve();

function reached(turn: Promise<void>, patienceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patienceMs);
    turn.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
