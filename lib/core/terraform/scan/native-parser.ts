/**
 * The one way to HCL's own parser (Go, compiled to WASM).
 *
 * It runs on the event loop, cannot be interrupted, takes forever over some short texts and never speaks again
 * once its stack overflowed. So our own reader, which has limits for all of that, goes first, and nothing that
 * it refuses reaches the parser.
 */

import { type Body, readNative } from './body.ts';
import { Unreadable } from './token.ts';

export interface NativeFile {
  readonly body: Body;
  /** The same file as HCL's parser has it, in its JSON. */
  readonly shape: unknown;
}

/**
 * Parses native syntax with both readers. Throws `Unreadable`, and nothing else, for what either refuses, and
 * for every text once the parser has stopped: there is one per process, and only a new process has a new one.
 */
export async function parseNative(path: string, text: string): Promise<NativeFile> {
  const body = readNative(text);
  if (stopped) throw new Unreadable(STOPPED);
  // Other calls get their turn between two files.
  await new Promise((resolve) => setImmediate(resolve));
  return { body, shape: await answered(parseWithHcl(path, text)) };
}

const STOPPED = 'the HCL parser has stopped; restart the gateway';
/** Milliseconds. The parser answers before a timer can fire, unless it has stopped or is still being loaded. */
const PATIENCE = 20_000;

let stopped = false;

async function parseWithHcl(path: string, text: string): Promise<unknown> {
  // Loading the WASM takes over a hundred milliseconds, so it waits until a file needs it.
  const { parse } = await import('@cdktn/hcl2json');
  try {
    return await parse(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'HCL cannot parse it';
    if (why === 'Go program has already exited') stopped = true;
    throw new Unreadable(stopped ? STOPPED : why);
  }
}

function answered(parsing: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stopped = true;
      reject(new Unreadable(STOPPED));
    }, PATIENCE);
    timer.unref();
    parsing.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
