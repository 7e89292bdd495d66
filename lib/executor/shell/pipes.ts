/**
 * Real pipes, which Node cannot make by itself: named ones, opened at both ends and unlinked at once. With them
 * programs are joined by plain file descriptors, and end as they would under a shell: by SIGPIPE and by end of file.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, write as writeTo } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Pipe {
  /** Whoever opened the pipe closes both, each once. */
  readonly read: number;
  readonly write: number;
}

export interface PipeSource {
  open(): Promise<Pipe>;
}

/** Names are made ahead, many at a time: starting `mkfifo` costs more than what it does. */
const BATCH = 64;
const LOW = 8;

/** `mkfifo`: absolute path of that program. Rejects on `open` where no pipe can be made. */
export function pipeSource(mkfifo: string): PipeSource {
  let names: string[] = [];
  let refill: Promise<void> | null = null;
  const more = () => {
    refill ??= makeNames(mkfifo)
      .then((made) => {
        names = [...names, ...made];
      })
      .finally(() => {
        refill = null;
      });
    return refill;
  };
  return {
    open: async () => {
      for (;;) {
        const name = names.pop();
        if (name === undefined) {
          await more();
          continue;
        }
        if (names.length === LOW) more().catch(() => {});
        return openBoth(name);
      }
    },
  };
}

async function makeNames(mkfifo: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'recourse-pipes-'));
  folders.add(folder);
  const names = Array.from({ length: BATCH }, (_, index) => join(folder, String(index)));
  await promisify(execFile)(mkfifo, ['-m', '600', ...names], { env: {}, timeout: 10_000 });
  return names;
}

const folders = new Set<string>();
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Opened for both first: then neither of the other two waits for its peer. */
function openBoth(name: string): Pipe {
  const both = openSync(name, constants.O_RDWR);
  try {
    const read = openSync(name, constants.O_RDONLY);
    const write = openSync(name, constants.O_WRONLY);
    return { read, write };
  } finally {
    closeSync(both);
    rmSync(name, { force: true });
  }
}

export interface Collected {
  /** Resolves at the end of the pipe, or once it was given up. */
  readonly done: Promise<Buffer>;
  giveUp(): void;
}

/** Reads a pipe to its end, at most `limit` bytes; `onFull` is told once when there was more. Takes the end over. */
export function collect(read: number, limit: number, onFull: () => void): Collected {
  const socket = new Socket({ fd: read, readable: true, writable: false });
  const chunks: Buffer[] = [];
  let size = 0;
  let full = false;
  socket.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, limit - size);
    size += kept.length;
    if (kept.length > 0) chunks.push(kept);
    if (kept.length === chunk.length || full) return;
    full = true;
    onFull();
  });
  socket.on('error', () => {});
  const done = new Promise<Buffer>((resolve) => {
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
  return { done, giveUp: () => socket.destroy() };
}

/**
 * Writes to a pipe that others may hold too, without blocking the event loop and without making their end
 * non-blocking: through a description of its own. False where nobody reads any more. Null takes everything.
 */
export async function pour(write: number | null, bytes: Uint8Array): Promise<boolean> {
  if (write === null || bytes.length === 0) return true;
  let own: number;
  try {
    own = openSync(`/proc/self/fd/${write}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return pourBlocking(write, bytes);
  }
  return new Promise((resolve) => {
    const socket = new Socket({ fd: own, readable: false, writable: true });
    socket.on('error', () => resolve(false));
    socket.on('close', (failed) => resolve(!failed));
    socket.end(bytes);
  });
}

/** Where there is no /proc: holds a thread of the pool until somebody reads. */
async function pourBlocking(write: number, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let at = 0; at < bytes.length; ) {
      at += (await promisify(writeTo)(write, bytes, at, bytes.length - at, null)).bytesWritten;
    }
    return true;
  } catch {
    return false;
  }
}
