/** What the rows measure on: scratch folders, a long-lived gateway of each contender, and a plan in each. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { childrenTime, elapsed } from './cpu-time.ts';
import { largePlan } from './large-plan.ts';
import type { Peer } from './peer.ts';
import type { Overdue, Sample } from './row.ts';
import { type Command, Session } from './session.ts';
import { hasTerraform, initialise, moduleIn } from './terraform.ts';

export const RECOURSE = path.resolve('dist/recourse.mjs');

export interface Scene {
  readonly peer: Peer | null;
  readonly terraform: boolean;
  readonly root: string;
  /** Of so many changes as were asked for, and one of none. */
  readonly planFiles: { readonly ordinary: string; readonly dangerous: string; readonly empty: string };
  readonly ours: Served;
  readonly theirs: Served | null;
  /** Ours; over a state folder that was used before, or a new one. */
  readonly start: (state: 'used' | 'new') => Command;
  readonly peerStart: Command | null;
  close(): Promise<void>;
}

export interface Served {
  readonly session: Session;
  /** A plan that this gateway keeps; null where there is no terraform to make one. */
  readonly planId: string | null;
}

export async function openScene(peer: Peer | null, changes: number): Promise<Scene> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'recourse-bench-')));
  const root = path.join(folder, 'root');
  const planFileOf = (name: string) => path.join(folder, `${name}.json`);
  const planFiles = {
    ordinary: planFileOf('ordinary'),
    dangerous: planFileOf('dangerous'),
    empty: planFileOf('empty'),
  };
  const policy = path.join(folder, 'policy.yaml');
  mkdirSync(root);
  writeFileSync(planFiles.ordinary, largePlan(changes, 'ordinary'));
  writeFileSync(planFiles.dangerous, largePlan(changes, 'dangerous'));
  writeFileSync(planFiles.empty, largePlan(0, 'ordinary'));
  writeFileSync(policy, "recourseos: { version: '2.0' }\nlimits: { calls_per_minute: 10000 }\n");
  const first = moduleIn(root, 'first');
  const terraform = await hasTerraform();
  if (terraform) await initialise(first);

  let states = 0;
  const serveOurs = (state: string, more: readonly string[] = []): Command => {
    const own = ['--root', root, '--state', path.join(folder, state)];
    return { args: [RECOURSE, 'gateway', 'serve', '-e', 'dev', ...own, ...more], cwd: root };
  };
  const start = (state: 'used' | 'new') => {
    if (state === 'new') states += 1;
    return serveOurs(state === 'used' ? 'state-used' : `state-${states}`);
  };
  const peerStart = peer === null ? null : { args: [peer.bin, 'gateway', 'serve', '-e', 'dev'], cwd: root };

  const sessions: Session[] = [];
  const served = async (command: Command, cwd: string): Promise<Served> => {
    const { session } = await Session.open(command);
    sessions.push(session);
    const planId = terraform ? await session.call('gateway_terraform_plan', { cwd }) : null;
    return { session, planId };
  };
  const close = async () => {
    await Promise.all(sessions.map((session) => session.close()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ours = await served(serveOurs('state-long', ['-p', policy]), 'first');
    const theirs = peerStart === null ? null : await served(peerStart, first);
    return { peer, terraform, root, planFiles, ours, theirs, start, peerStart, close };
  } catch (failure) {
    await close();
    throw failure;
  }
}

/** Starts a gateway, does one thing with it, and ends it. The start itself is the sample unless `act` gives one. */
export async function started(
  command: Command,
  act?: (session: Session) => Promise<Sample>,
): Promise<Sample> {
  const { session, start } = await Session.open(command);
  try {
    return act === undefined ? start : await act(session);
  } finally {
    await session.close();
  }
}

/**
 * One whole node process, its output thrown away. `fine` are the exit codes of a job that was done. One that takes
 * too long is ended and is overdue.
 */
export async function ran(
  args: readonly string[],
  fine: readonly number[],
  withinMs = PROCESS_WITHIN_MS,
): Promise<Sample | Overdue> {
  const cpu = childrenTime();
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: 'ignore',
    timeout: withinMs,
    killSignal: 'SIGKILL',
  });
  const [code, signal] = await once(child, 'exit');
  if (signal === 'SIGKILL') return { notWithinMs: withinMs };
  const wall = performance.now() - began;
  if (!fine.includes(code)) throw new Error(`node ${args.join(' ').slice(0, 200)} ended with ${code}`);
  return { wall, cpu: elapsed(cpu, childrenTime()) };
}

const PROCESS_WITHIN_MS = 30_000;
