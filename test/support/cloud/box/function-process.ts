/** A function of the cloud as it is deployed: its bundle, in a process whose environment is all that it has. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface FunctionProcess {
  /** Starts an instance where none stands. Rejects with the function's own error, by its name. */
  invoke(event: unknown): Promise<unknown>;
  /** The next event meets a new instance, as after an hour of rest. */
  rest(): void;
  /** Nothing is started after this. */
  stop(): void;
  /** The same, and how long it took in the instance itself. */
  timed(event: unknown): Promise<Timed>;
  /** Events so far, and those that are not answered yet. */
  counts(): { readonly invoked: number; readonly pending: number };
  /** The most memory that the standing instance has had, in MB; null where none stands. */
  peakMemory(): Promise<number | null>;
  /** All that instances printed: logs, and metrics as lines of them. */
  readonly printed: string[];
}

/** Milliseconds. */
export interface Timed {
  readonly result: unknown;
  /** To import the bundle, when this instance began. */
  readonly ready: number;
  readonly handler: number;
  /** Of that, for requests to AWS. */
  readonly waited: number;
}

interface Instance {
  readonly ready: number;
  readonly child: ChildProcess;
  readonly waiting: Map<number, Waiting>;
}

interface Waiting {
  readonly resolve: (answered: Answered) => void;
  readonly reject: (error: Error) => void;
}

export function openFunction(bundle: string, env: Readonly<Record<string, string>>): FunctionProcess {
  const printed: string[] = [];
  let standing: Promise<Instance> | null = null;
  let stopped = false;
  let count = 0;
  let pending = 0;

  async function start(): Promise<Instance> {
    if (stopped) throw new Error(`${bundle} was stopped`);
    const child = fork(path.join(import.meta.dirname, 'function-child.mjs'), [bundle], {
      env: { ...env },
      execArgv: [],
      serialization: 'json',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data) => printed.push(cut(String(data))));
    const waiting = new Map<number, Waiting>();
    const ready = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => {
        const ended = new Error(`${bundle} ended with ${code}: ${printed.join('')}`);
        reject(ended);
        for (const each of waiting.values()) each.reject(ended);
      });
      child.on('message', (message: Answer) => {
        if ('ready' in message) return resolve(message.ready);
        const asked = waiting.get(message.id);
        waiting.delete(message.id);
        if (!('error' in message)) return asked?.resolve(message);
        const error = new Error(message.error.message);
        error.name = message.error.name;
        printed.push(`${error.name}: ${error.message}\n`);
        asked?.reject(error);
      });
    });
    return { child, ready, waiting };
  }

  function rest(): void {
    standing?.then(
      ({ child }) => child.kill('SIGKILL'),
      () => undefined,
    );
    standing = null;
  }

  async function timed(event: unknown): Promise<Timed> {
    count += 1;
    pending += 1;
    const id = count;
    try {
      standing ??= start();
      const { child, ready, waiting } = await standing;
      const { result, ms, waited } = await new Promise<Answered>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send({ id, event });
      });
      return { result, ready, handler: ms, waited };
    } finally {
      pending -= 1;
    }
  }

  return {
    printed,
    rest,
    timed,
    invoke: async (event) => (await timed(event)).result,
    peakMemory: async () => {
      const { pid } = (await standing)?.child ?? {};
      if (pid === undefined) return null;
      const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
    },
    counts: () => ({ invoked: count, pending }),
    stop: () => {
      stopped = true;
      rest();
    },
  };
}

interface Answered {
  readonly id: number;
  readonly result: unknown;
  readonly ms: number;
  readonly waited: number;
}

type Answer =
  | { readonly ready: number }
  | Answered
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };

/** An error shows the line that it is thrown from, and a bundle is a few lines. */
function cut(text: string): string {
  return text
    .split('\n')
    .map((line) => (line.length > 1_200 ? `${line.slice(0, 1_200)}…` : line))
    .join('\n');
}
