/** Runs what judging allowed: each program in a sandbox of its own, nothing of it able to write or to call out. */
import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JudgedScript } from '../../core/shell/script.ts';
import { isSecretPath } from '../../core/shell/secrets.ts';
import { readOnlyView, SHOWN } from './confine.ts';
import { gitEnvironment, hardenGit, mayFilter } from './git.ts';
import {
  foldersOf,
  LIST_SETTINGS,
  maySetMore,
  type RepositorySettings,
  readSettings,
} from './git-settings.ts';
import { interpret } from './interpret.ts';
import { type Launch, type Machine, PathRefused } from './machine.ts';
import { type Reach, refusePath } from './paths.ts';
import { collect, pour } from './pipes.ts';
import type { ShellSettings } from './settings.ts';

/** Where and how long a command may run. */
export interface ShellCall {
  /** Real path of a folder in the root. */
  readonly cwd: string;
  readonly timeoutMs: number;
}

export interface ShellOutcome {
  /** As bash would give it; null where the command was ended. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it did not run to its end. */
  readonly ended:
    | { readonly by: 'time' | 'output' | 'caller' }
    | { readonly by: 'path'; readonly why: string }
    | null;
}

/** Bound on each of standard output and standard error, in bytes; nothing reads more of a command's text. */
export const MAX_OUTPUT_BYTES = 10 * 1024 * 1024;

/** Rejects only for broken I/O. Whatever happens, nothing that it started is left running. */
export async function runJudged(
  settings: ShellSettings,
  script: JudgedScript,
  call: ShellCall,
  signal: AbortSignal,
  maxBytes = MAX_OUTPUT_BYTES,
): Promise<ShellOutcome> {
  const time = AbortSignal.timeout(call.timeoutMs);
  const own = new AbortController();
  const end = AbortSignal.any([signal, time, own.signal]);
  setMaxListeners(0, end);
  let full = false;
  const overflow = () => {
    full = true;
    own.abort();
  };
  const out = await settings.pipes.open();
  const err = await settings.pipes.open();
  const nowhere = openSync('/dev/null', 'r+');
  const printed = [out, err].map(({ read }) => collect(read, maxBytes, overflow));
  const machine: Machine = {
    ...reachOf(settings),
    pipes: settings.pipes,
    nowhere,
    maxBytes,
    overflow,
    halt: () => own.abort(),
    find: (name) => settings.programs.find(name),
    own: settings.kubectlRead === null ? new Map() : new Map([['kubectl', settings.kubectlRead]]),
    start: (launch) => start(settings, launch),
  };
  let status: number | null = null;
  let refused: string | null = null;
  try {
    status = await interpret(machine, script, call.cwd, [nowhere, out.write, err.write], end);
  } catch (failure) {
    if (!(failure instanceof PathRefused)) throw failure;
    refused = failure.message;
  } finally {
    own.abort();
    for (const fd of [out.write, err.write, nowhere]) closeSync(fd);
    // Whoever got away from an unconfined program may hold its output open; it is not waited for.
    void sleep(GRACE_MS, undefined, { ref: false }).then(() => {
      for (const one of printed) one.giveUp();
    });
  }
  const [stdout = '', stderr = ''] = (await Promise.all(printed.map((one) => one.done))).map(String);
  const ended =
    refused !== null
      ? ({ by: 'path', why: refused } as const)
      : full
        ? ({ by: 'output' } as const)
        : time.aborted
          ? ({ by: 'time' } as const)
          : signal.aborted
            ? ({ by: 'caller' } as const)
            : null;
  return { exitCode: ended === null ? status : null, stdout, stderr, ended };
}

const GRACE_MS = 1_000;
const HIGHEST = 63;

function descriptors({ io, files }: Launch): (number | 'ignore')[] {
  if (files.length === 0) return [...io];
  const gap = Array.from({ length: HIGHEST + 1 - io.length - files.length }, () => 'ignore' as const);
  return [...io, ...gap, ...[...files].reverse()];
}

async function start(settings: ShellSettings, launch: Launch): Promise<number> {
  const { name, words, cwd, io } = launch;
  const looks = name === 'git' && mayFilter(words) && maySetMore(cwd, settings.root);
  if (!looks) return spawned(settings, launch, []);
  const found = await repositorySettings(settings, launch);
  const folders = foldersOf(cwd, settings.root);
  const cited = words.some((word) => word === 'blame' || word === 'annotate') ? (found?.cited ?? []) : [];
  const secret = cited.find(
    (path) =>
      isSecretPath(path) || folders.some((folder) => refusePath(reachOf(settings), folder, path) !== null),
  );
  if (found !== null && secret === undefined) return spawned(settings, launch, found.filters);
  const why = secret === undefined ? 'define too many filters' : `have blame read ${secret}`;
  await pour(io[2], Buffer.from(`git: the settings of this repository ${why}\n`));
  return CANNOT_RUN;
}

/** Null for more of them than an environment holds. */
async function repositorySettings(
  settings: ShellSettings,
  launch: Launch,
): Promise<RepositorySettings | null> {
  const { read, write } = await settings.pipes.open();
  const [input, , errors] = launch.io;
  let full = false;
  const printed = collect(read, MAX_LISTED_BYTES, () => {
    full = true;
  });
  try {
    await spawned(settings, { ...launch, words: LIST_SETTINGS, io: [input, write, errors] }, []);
  } finally {
    closeSync(write);
  }
  const text = String(await printed.done);
  return full ? null : readSettings(text);
}

function reachOf({ root, hidden, sandbox }: ShellSettings): Reach {
  return { root, hidden, seen: sandbox === null ? null : SHOWN };
}

/** The names go into the environment, each several times. */
const MAX_LISTED_BYTES = 16_384;

function spawned(settings: ShellSettings, launch: Launch, filters: readonly string[]): Promise<number> {
  const { sandbox, container, programs } = settings;
  const { io, signal } = launch;
  const isGit = launch.name === 'git';
  const words = isGit ? hardenGit(launch.words) : launch.words;
  const env = {
    ...{ PATH: programs.path, LANG: 'C.UTF-8', HOME: '/nonexistent', TERM: 'dumb', PWD: launch.cwd },
    ...(TERRAFORM.has(launch.name) ? { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0' } : {}),
    ...launch.env,
    ...(isGit ? gitEnvironment(words, settings.root, sandbox !== null || container, filters) : {}),
  };
  const argv = [...memoryLimit(settings), launch.file, ...words];
  const [file = launch.file, ...args] =
    sandbox === null ? argv : [sandbox.file, ...readOnlyView(settings, launch.cwd), ...argv];
  const cwd = sandbox === null ? launch.cwd : '/';
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, detached: true, shell: false, stdio: descriptors(launch) });
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It is gone already.
      }
    };
    if (signal.aborted) kill();
    signal.addEventListener('abort', kill, { once: true });
    child.on('error', (error) => {
      signal.removeEventListener('abort', kill);
      void pour(io[2], Buffer.from(`${launch.name}: ${error.message}\n`)).then(() => resolve(CANNOT_RUN));
    });
    child.on('exit', (code, endedBy) => {
      signal.removeEventListener('abort', kill);
      if (sandbox === null) kill();
      resolve(code ?? 128 + (endedBy === null ? 0 : constants.signals[endedBy]));
    });
  });
}

/** A filter such as `[range(1e9)]` would otherwise take the whole machine's memory within its time. */
function memoryLimit({ programs }: ShellSettings): string[] {
  const prlimit = programs.find('prlimit');
  return prlimit === null ? [] : [prlimit, `--data=${MAX_MEMORY_BYTES}`, '--core=0', '--'];
}

const MAX_MEMORY_BYTES = 4 * 1024 ** 3;
const CANNOT_RUN = 126;
const TERRAFORM: ReadonlySet<string> = new Set(['terraform', 'tofu']);
