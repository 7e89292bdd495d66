/**
 * Real pipes, which Node cannot make by itself: named ones, opened and unlinked at once. With them programs are
 * joined by plain file descriptors, and end as they would under a shell: by SIGPIPE and by end of file.
 * Linux: the ends are opened again through /proc.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
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

/** Pipes are made ahead, many at a time: starting `mkfifo` costs more than what it does. */
const BATCH = 32;
const LOW = 8;

/** `mkfifo`: absolute path of that program. Rejects on `open` where no pipe can be made. */
export function pipeSource(mkfifo: string): PipeSource {
  let ready: (() => Pipe)[] = [];
  let refill: Promise<void> | null = null;
  const more = () => {
    refill ??= makePipes(mkfifo)
      .then((made) => {
        ready = [...ready, ...made];
      })
      .finally(() => {
        refill = null;
      });
    return refill;
  };
  return {
    open: async () => {
      for (;;) {
        const next = ready.pop();
        if (next === undefined) {
          await more();
          continue;
        }
        if (ready.length === LOW) more().catch(() => {});
        return next();
      }
    },
  };
}

/** Each is held by one descriptor and has no name any more, so that nothing is left behind however this ends. */
async function makePipes(mkfifo: string): Promise<(() => Pipe)[]> {
  const folder = mkdtempSync(join(tmpdir(), 'recourse-pipes-'));
  try {
    const names = Array.from({ length: BATCH }, (_, index) => join(folder, String(index)));
    await promisify(execFile)(mkfifo, ['-m', '600', ...names], { env: {}, timeout: 10_000 });
    // Opened for both, so that opening one end does not wait for the other.
    const held = names.map((name) => openSync(name, constants.O_RDWR));
    return held.map((both) => () => {
      const place = `/proc/self/fd/${both}`;
      try {
        return { read: openSync(place, constants.O_RDONLY), write: openSync(place, constants.O_WRONLY) };
      } finally {
        closeSync(both);
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
    return false;
  }
  return new Promise((resolve) => {
    const socket = new Socket({ fd: own, readable: false, writable: true });
    socket.on('error', () => resolve(false));
    socket.on('close', (failed) => resolve(!failed));
    socket.end(bytes);
  });
}
