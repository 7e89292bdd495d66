/** Speaks to a gateway byte by byte: what no well-behaved client would send. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Message {
  readonly id?: number;
  readonly result?: {
    readonly structuredContent?: { status?: string; error?: { code: string }; plan_id?: string };
    readonly [key: string]: unknown;
  };
  readonly error?: { readonly code: number; readonly message: string };
}

export class RawClient {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly #waiting = new Map<number, (message: Message) => void>();
  #ids = 0;

  constructor(process: ChildProcess) {
    this.process = process;
    if (process.stdout === null) throw new Error('no stdout');
    createInterface({ input: process.stdout }).on('line', (line) => {
      this.lines.push(line);
      const message: Message = JSON.parse(line);
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    });
    process.stdin?.on('error', () => {});
    process.stderr?.resume();
  }

  send(text: string): void {
    this.process.stdin?.write(text);
  }

  notify(method: string): void {
    this.send(`${JSON.stringify({ jsonrpc: '2.0', method })}\n`);
  }

  /** Sends a request and resolves with its answer. */
  request(method: string, params: unknown = {}, milliseconds = 25_000): Promise<Message> {
    this.#ids += 1;
    const id = this.#ids;
    const answered = new Promise<Message>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), milliseconds);
      this.#waiting.set(id, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
    this.send(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return answered;
  }

  async initialize(): Promise<Message> {
    const answer = await this.request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    });
    this.notify('notifications/initialized');
    return answer;
  }

  call(name: string, args: unknown = {}): Promise<Message> {
    return this.request('tools/call', { name, arguments: args });
  }

  exited(): Promise<number | null> {
    if (this.process.exitCode !== null) return Promise.resolve(this.process.exitCode);
    return new Promise((resolve) => this.process.once('exit', resolve));
  }
}
