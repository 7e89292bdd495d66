// One function of the cloud in a process of its own: imports its bundle, and answers one event at a time.
import { subscribe } from 'node:diagnostics_channel';
import { pathToFileURL } from 'node:url';

const waited = watchedRequests();
const begun = performance.now();
const { handler } = await import(pathToFileURL(process.argv[2]).href);
process.send({ ready: performance.now() - begun });
process.on('message', async ({ id, event }) => {
  const from = performance.now();
  const waitedBefore = waited();
  try {
    const result = await handler(event);
    const ms = performance.now() - from;
    process.send({ id, result: result ?? null, ms, waited: waited() - waitedBefore });
  } catch (error) {
    process.send({ id, error: { name: error?.name ?? 'Error', message: String(error?.message ?? error) } });
  }
});

/** For how long at least one request to AWS was going on, signing and retries included. Only lean clients tell. */
function watchedRequests() {
  let going = 0;
  let since = 0;
  let total = 0;
  subscribe('recourse.aws.requests', (phase) => {
    if (phase === 'begin' && ++going === 1) since = performance.now();
    if (phase === 'end' && --going === 0) total += performance.now() - since;
  });
  return () => total;
}
