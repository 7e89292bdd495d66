/** A gateway on stdio, spoken to line by line: no client library takes part in what is measured. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { elapsed, threadTime, treeTime } from './cpu-time.ts';
import type { Sample } from './row.ts';

/** How a gateway is started. */
export interface Command {
  readonly args: readonly string[];
  readonly cwd: string;
}

interface Answer {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: {
    readonly isError?: boolean;
    readonly structuredContent?: { readonly success?: boolean; readonly plan_id?: string };
  };
}

export class Session {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #ids = 0;
  #said = '';

  /** Starts the process and says what passed until `initialize` was answered. */
  static async open({ args, cwd }: Command): Promise<{ session: Session; start: Sample }> {
    const began = performance.now();
    const child = spawn(process.execPath, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const session = new Session(child);
    await session.request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'bench', version: '1' },
    });
    const start = { wall: performance.now() - began, cpu: threadTime(child.pid ?? 0) };
    session.#send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return { session, start };
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdin?.on('error', () => {});
    child.stderr?.on('data', (text) => {
      this.#said = `${this.#said}${text}`.slice(-1_000);
    });
    if (child.stdout === null) throw new Error('the gateway has no stdout');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer: Answer = JSON.parse(line);
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
  }

  request(method: string, params: unknown = {}): Promise<Answer> {
    this.#ids += 1;
    const id = this.#ids;
    const answered = new Promise<Answer>((resolve, reject) => {
      const gone = () => reject(new Error(`the gateway ended before it answered ${method}: ${this.#said}`));
      const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), ANSWER_WITHIN_MS);
      this.#child.once('close', gone);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        this.#child.off('close', gone);
        this.#waiting.delete(id);
        resolve(answer);
      });
    });
    this.#send({ jsonrpc: '2.0', id, method, params });
    return answered.then((answer) => {
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
      return answer;
    });
  }

  /** Calls a tool; what it refuses is thrown, so that no refusal is measured as work. Resolves to the plan id. */
  async call(name: string, args: unknown): Promise<string | null> {
    const { result } = await this.request('tools/call', { name, arguments: args });
    if (result?.isError === true || result?.structuredContent?.success !== true) {
      throw new Error(`${name} was refused: ${JSON.stringify(result).slice(0, 500)}`);
    }
    return result.structuredContent.plan_id ?? null;
  }

  /** Does something `times` times; the sample is one of them. */
  async repeat(times: number, act: () => Promise<unknown>): Promise<Sample> {
    const cpu = threadTime(this.#child.pid ?? 0);
    const began = performance.now();
    for (let done = 0; done < times; done += 1) await act();
    const wall = (performance.now() - began) / times;
    const used = elapsed(cpu, threadTime(this.#child.pid ?? 0));
    return { wall, cpu: used === null ? null : used / times };
  }

  /** Does something once; processes that the gateway starts count too. */
  async watch(act: () => Promise<unknown>): Promise<Sample> {
    const cpu = treeTime(this.#child.pid ?? 0);
    const began = performance.now();
    await act();
    return { wall: performance.now() - began, cpu: elapsed(cpu, treeTime(this.#child.pid ?? 0)) };
  }

  /** Ends it the way clients do, and waits until it is gone. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GONE_WITHIN_MS);
    await gone;
    clearTimeout(timer);
  }

  #send(message: unknown): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}

const ANSWER_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 5_000;
