/** The built gateway as its users start it: a process on stdio, with a state folder and a root of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { ToolAnswer } from '../../lib/gateway.ts';

export const RECOURSE = path.resolve(import.meta.dirname, '../../dist/recourse.mjs');

/** A root with a module that needs no provider, and a place for the state; both go away at the end. */
export class Place {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'recourse-e2e-')));
  readonly root = path.join(this.folder, 'root');
  readonly state = path.join(this.folder, 'state');

  constructor(files: Record<string, string> = { 'main.tf': GREETING }) {
    mkdirSync(this.root);
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const GREETING = 'resource "terraform_data" "greeting" {\n  input = "hello"\n}\n';

export interface Served {
  readonly client: Client;
  readonly pid: number;
  call(tool: string, args?: Record<string, unknown>): Promise<ToolAnswer>;
  close(): Promise<void>;
}

/** A gateway of this place with the current SDK's client connected to it. */
export async function serve(
  place: Place,
  options: { env?: string; args?: readonly string[]; variables?: Record<string, string> } = {},
): Promise<Served> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: serveArguments(place, options.env ?? 'prod', options.args),
    env: { ...inherited(), ...options.variables },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  return {
    client,
    pid: transport.pid ?? 0,
    call: async (name, args = {}) => {
      const result = await client.callTool({ name, arguments: args });
      return JSON.parse(JSON.stringify(result.structuredContent));
    },
    close: () => client.close(),
  };
}

export function serveArguments(place: Place, env: string, more: readonly string[] = []): string[] {
  return [RECOURSE, 'gateway', 'serve', '-e', env, '--root', place.root, '--state', place.state, ...more];
}

/** The gateway process alone, for tests that speak to it byte by byte. */
export function spawnServe(place: Place, env = 'prod', more: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, serveArguments(place, env, more), {
    env: inherited(),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

export function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((each): each is [string, string] => each[1] !== undefined),
  );
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command of the command line. */
export async function recourse(
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<Ran> {
  const options = { env: { ...inherited(), ...variables }, maxBuffer: 64 * 1024 * 1024 };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [RECOURSE, ...args], options);
    return { code: 0, stdout, stderr };
  } catch (failure) {
    if (!(failure instanceof Error && 'code' in failure && 'stdout' in failure && 'stderr' in failure))
      throw failure;
    return { code: Number(failure.code), stdout: String(failure.stdout), stderr: String(failure.stderr) };
  }
}

export async function controlOf(place: Place): Promise<{ url: string; token: string }> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      return JSON.parse(readFileSync(path.join(place.state, 'control.json'), 'utf8'));
    } catch {
      await sleep(50);
    }
  }
  throw new Error('the console did not start');
}

/** A vote through the control API, as the person at the machine. */
export async function decide(
  place: Place,
  approvalId: unknown,
  verdict: 'approve' | 'reject' = 'approve',
): Promise<Response> {
  const { url, token } = await controlOf(place);
  return fetch(`${url}/api/approvals/${String(approvalId)}/decision`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ verdict, reason: 'seen' }),
  });
}

/** From a plan that waits for a human to one that may run. */
export async function approve(place: Place, served: Served, planId: unknown): Promise<string> {
  const asked = await served.call('gateway_request_approval', {
    plan_id: planId,
    reason: 'the test needs it',
  });
  const response = await decide(place, asked.approval_id);
  if (!response.ok) throw new Error(`the vote was refused: ${response.status} ${await response.text()}`);
  return String(asked.approval_id);
}
