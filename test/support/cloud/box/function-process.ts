/** A function of the cloud as it is deployed: its bundle, in a process whose environment is all that it has. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

export interface FunctionProcess {
  /** Starts an instance where none stands. Rejects with the function's own error, by its name. */
  invoke(event: unknown): Promise<unknown>;
  /** The next event meets a new instance, as after an hour of rest. */
  rest(): void;
  /** Nothing is started after this. */
  stop(): void;
  /** Events so far, and those that are not answered yet. */
  counts(): { readonly invoked: number; readonly pending: number };
  /** All that instances printed: logs, and metrics as lines of them. */
  readonly printed: string[];
}

interface Instance {
  readonly child: ChildProcess;
  readonly waiting: Map<number, Waiting>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
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
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => {
        const ended = new Error(`${bundle} ended with ${code}: ${printed.join('')}`);
        reject(ended);
        for (const each of waiting.values()) each.reject(ended);
      });
      child.on('message', (message: Answer) => {
        if ('ready' in message) return resolve();
        const asked = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.error === undefined) return asked?.resolve(message.result);
        const error = new Error(message.error.message);
        error.name = message.error.name;
        printed.push(`${error.name}: ${error.message}\n`);
        asked?.reject(error);
      });
    });
    return { child, waiting };
  }

  function rest(): void {
    standing?.then(
      ({ child }) => child.kill('SIGKILL'),
      () => undefined,
    );
    standing = null;
  }

  return {
    printed,
    rest,
    invoke: async (event) => {
      count += 1;
      pending += 1;
      const id = count;
      try {
        standing ??= start();
        const { child, waiting } = await standing;
        return await new Promise((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          child.send({ id, event });
        });
      } finally {
        pending -= 1;
      }
    },
    counts: () => ({ invoked: count, pending }),
    stop: () => {
      stopped = true;
      rest();
    },
  };
}

type Answer =
  | { readonly ready: number }
  | {
      readonly id: number;
      readonly result?: unknown;
      readonly error?: { readonly name: string; readonly message: string };
    };

/** An error shows the line that it is thrown from, and a bundle is a few lines. */
function cut(text: string): string {
  return text
    .split('\n')
    .map((line) => (line.length > 1_200 ? `${line.slice(0, 1_200)}…` : line))
    .join('\n');
}
