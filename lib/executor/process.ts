/**
 * Starts one program without a shell and collects what it prints. The child inherits nothing: not the
 * environment, not standard input, no open file but one that is given on purpose.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface ProcessRequest {
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /** Given on standard input, which is then closed; closed at once where absent. */
  readonly input?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Bound on each of stdout and stderr; what goes beyond is read and dropped. */
  readonly maxOutputBytes: number;
  readonly signal?: AbortSignal;
  /** First signal when time is up or the caller aborts; programs that tidy up get SIGINT. Default SIGTERM. */
  readonly stopSignal?: 'SIGINT' | 'SIGTERM';
  /** From the first signal to SIGKILL, in milliseconds. Default 5,000. */
  readonly graceMs?: number;
  /** File descriptor on which a sandbox tells the process id of the program inside it (`{"child-pid": N}`). */
  readonly insideFd?: 3;
  /** An open file of ours that the program gets as `GIVEN_FD`; only with `insideFd`. */
  readonly givenFd?: number;
}

export interface ProcessResult {
  /** Null where a signal ended it or it did not start. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Output was dropped at the bound. */
  readonly truncated: boolean;
  readonly timedOut: boolean;
  readonly aborted: boolean;
}

/** Descriptor under which a program finds what it was given. */
export const GIVEN_FD = 4;

const DEFAULT_GRACE_MS = 5_000;

/** Resolves when the program and its output ended. Rejects where it could not be started. */
export function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const { signal } = request;
  if (signal?.aborted) return Promise.resolve(notStarted());
  return new Promise((resolve, reject) => {
    const child = spawn(request.file, [...request.args], {
      cwd: request.cwd,
      env: { ...request.env },
      detached: true,
      shell: false,
      stdio: [
        ...(['pipe', 'pipe', 'pipe'] as const),
        ...(request.insideFd === 3 ? (['pipe'] as const) : []),
        ...(request.givenFd === undefined ? [] : [request.givenFd]),
      ],
    });
    const inside = readInside(child, request.insideFd);
    const stdout = collect(child.stdout, request.maxOutputBytes);
    const stderr = collect(child.stderr, request.maxOutputBytes);
    let timedOut = false;
    let aborted = false;
    let killTimer: NodeJS.Timeout | null = null;
    const stop = () => {
      if (killTimer !== null) return;
      killTimer = setTimeout(() => signalAll(child, null, 'SIGKILL'), request.graceMs ?? DEFAULT_GRACE_MS);
      signalAll(child, inside.pid(), request.stopSignal ?? 'SIGTERM');
    };
    const onAbort = () => {
      aborted = true;
      stop();
    };
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, request.timeoutMs);
    const tidy = () => {
      clearTimeout(timer);
      if (killTimer !== null) clearTimeout(killTimer);
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error) => {
      tidy();
      reject(error);
    });
    // What the program left running in its group must not outlive it, nor hold its output open.
    child.on('exit', () => signalAll(child, null, 'SIGKILL'));
    child.on('close', (exitCode, endedBy) => {
      tidy();
      resolve({
        exitCode,
        signal: endedBy,
        stdout: stdout.text(),
        stderr: stderr.text(),
        truncated: stdout.truncated() || stderr.truncated(),
        timedOut,
        aborted,
      });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(request.input);
  });
}

function notStarted(): ProcessResult {
  return {
    exitCode: null,
    signal: null,
    stdout: '',
    stderr: '',
    truncated: false,
    timedOut: false,
    aborted: true,
  };
}

/**
 * A sandbox that gets SIGINT dies at once and takes the program with it, so a polite signal goes to the
 * program inside where that is known, and to the process group otherwise. SIGKILL always goes to the group.
 */
function signalAll(child: ChildProcess, inside: number | null, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(inside ?? -child.pid, signal);
  } catch {
    // It is gone already.
  }
}

function readInside(child: ChildProcess, fd: 3 | undefined): { pid(): number | null } {
  if (fd === undefined) return { pid: () => null };
  let text = '';
  const stream = child.stdio[fd];
  if (stream !== null && stream !== undefined && 'read' in stream) {
    stream.on('data', (chunk: Buffer) => {
      if (text.length < 4_096) text += chunk.toString('latin1');
    });
    stream.on('error', () => {});
  }
  return {
    pid: () => {
      const match = /"child-pid"\s*:\s*(\d+)/.exec(text);
      return match?.[1] === undefined ? null : Number(match[1]);
    },
  };
}

function collect(stream: Readable | null, limit: number): { text(): string; truncated(): boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  let truncated = false;
  stream?.on('data', (chunk: Buffer) => {
    const room = limit - size;
    if (chunk.length > room) truncated = true;
    if (room <= 0) return;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    size += kept.length;
    chunks.push(kept);
  });
  return { text: () => Buffer.concat(chunks).toString('utf8'), truncated: () => truncated };
}
