/** A function of the cloud as it is deployed: its bundle, in a process whose environment is all that it has. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

export interface FunctionProcess {
  /** Rejects with the function's own error, by its name. */
  invoke(event: unknown): Promise<unknown>;
  stop(): void;
  readonly errors: string[];
}

export async function startFunction(
  bundle: string,
  env: Readonly<Record<string, string>>,
): Promise<FunctionProcess> {
  const errors: string[] = [];
  const child: ChildProcess = fork(path.join(import.meta.dirname, 'function-child.mjs'), [bundle], {
    env: { ...env },
    execArgv: [],
    serialization: 'json',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => errors.push(cut(String(data))));
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${bundle} ended with ${code}: ${errors.join('')}`)));
    child.on('message', (message: Answer) => {
      if ('ready' in message) return resolve();
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error === undefined) return asked?.resolve(message.result);
      const error = new Error(message.error.message);
      error.name = message.error.name;
      errors.push(`${error.name}: ${error.message}\n`);
      asked?.reject(error);
    });
  });
  return {
    errors,
    invoke: (event) =>
      new Promise((resolve, reject) => {
        count += 1;
        waiting.set(count, { resolve, reject });
        child.send({ id: count, event });
      }),
    stop: () => child.kill('SIGKILL'),
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
    .map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line))
    .join('\n');
}
