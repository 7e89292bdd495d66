/** A root to run judged commands in, and the settings that a gateway would have found. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { judgeShell } from '../../../lib/core/shell/judge.ts';
import { locateSandbox } from '../../../lib/executor/sandbox.ts';
import { pipeSource } from '../../../lib/executor/shell/pipes.ts';
import { PROGRAM_FOLDERS, programsIn } from '../../../lib/executor/shell/programs.ts';
import { runJudged, type ShellOutcome } from '../../../lib/executor/shell/run-judged.ts';
import type { ShellSettings } from '../../../lib/executor/shell/settings.ts';

export interface ShellPlace {
  readonly root: string;
  readonly state: string;
  readonly settings: ShellSettings;
  write(name: string, text: string, mode?: number): string;
  link(target: string, name: string): void;
  /** Judges the text, which must be allowed, and runs what judging made of it. */
  run(text: string, options?: RunOptions): Promise<ShellOutcome>;
  remove(): void;
}

interface RunOptions {
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

export async function shellPlace(
  change: Partial<ShellSettings> & { confined?: boolean } = {},
): Promise<ShellPlace> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'recourse-shell-')));
  const [root, state] = [path.join(folder, 'root'), path.join(folder, 'state')];
  for (const made of [root, state]) mkdirSync(made);
  writeFileSync(path.join(state, 'control.json'), 'the control token');
  const { confined = true, ...more } = change;
  const sandbox = confined ? await locateSandbox(process.env, []) : null;
  const settings: ShellSettings = {
    environment: 'prod',
    root,
    hidden: [state, '/root', '/home'],
    sandbox,
    container: false,
    unconfined: false,
    programs: programsIn(PROGRAM_FOLDERS, [root, state]),
    pipes: pipeSource('/usr/bin/mkfifo'),
    kubectlRead: null,
    env: process.env,
    ...more,
  };
  return {
    root,
    state,
    settings,
    write: (name, text, mode) => {
      const file = path.join(root, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      if (mode !== undefined) chmodSync(file, mode);
      return file;
    },
    link: (target, name) => symlinkSync(target, path.join(root, name)),
    run: (text, options = {}) => {
      const { pipeline, reasons } = judgeShell(text);
      if (pipeline === null) throw new Error(`${text} is not allowed: ${reasons[0]?.message}`);
      const call = { cwd: options.cwd ?? root, timeoutMs: options.timeoutMs ?? 20_000 };
      const signal = options.signal ?? new AbortController().signal;
      return runJudged(settings, pipeline, call, signal, options.maxBytes);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
