// One function of the cloud in a process of its own: imports its bundle, and answers one event at a time.
import { pathToFileURL } from 'node:url';

const begun = performance.now();
const { handler } = await import(pathToFileURL(process.argv[2]).href);
process.send({ ready: performance.now() - begun });
process.on('message', async ({ id, event }) => {
  const from = performance.now();
  try {
    const result = await handler(event);
    process.send({ id, result: result ?? null, ms: performance.now() - from });
  } catch (error) {
    process.send({ id, error: { name: error?.name ?? 'Error', message: String(error?.message ?? error) } });
  }
});
