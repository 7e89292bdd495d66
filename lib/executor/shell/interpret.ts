/**
 * Runs a judged script without any shell: programs are started by argument vector and joined by pipes; what
 * belongs to the shell itself (`cd`, `echo`, `$?`, `&&`, …) happens here, as bash would do it.
 */
import { closeSync, realpathSync } from 'node:fs';
import { judgeBody } from '../../core/shell/read-only.ts';
import type { JudgedRun, JudgedScript } from '../../core/shell/script.ts';
import { echo } from './echo.ts';
import { enterFolder } from './enter-folder.ts';
import { expandWords, matching, type Standing } from './expand.ts';
import { type Io, type Machine, type OwnProgram, refuse, sink } from './machine.ts';
import { collect, pour } from './pipes.ts';
import { merged, redirected } from './redirect.ts';
import { all } from './settled.ts';
import { spool } from './spool.ts';

/** Resolves with the script's exit status. Rejects with PathRefused. `cwd` is the real path of a folder in the root. */
export function interpret(
  machine: Machine,
  script: JudgedScript,
  cwd: string,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  return new Shell(machine, cwd, 0, NO_OPTIONS).run(script, io, signal);
}

interface Options {
  readonly errexit: boolean;
  readonly pipefail: boolean;
}

const NO_OPTIONS: Options = { errexit: false, pipefail: false };
/** What `set -e` looks at: single commands, pipelines and subshells. */
const COMMANDS: ReadonlySet<JudgedScript['kind']> = new Set([
  'run',
  'pipe',
  'subshell',
  'shell',
  'limit',
  'cd',
  'lookup',
]);
const MAX_ROUNDS = 500;
const ENDED = 124;
const NOT_FOUND = 127;

class Shell {
  private readonly machine: Machine;
  private cwd: string;
  private status: number;
  private options: Options;
  /** `set -e` has ended this shell. */
  private left = false;

  constructor(machine: Machine, cwd: string, status: number, options: Options) {
    this.machine = machine;
    this.cwd = cwd;
    this.status = status;
    this.options = options;
  }

  /** `tested`: somebody looks at the status, so that `set -e` does not end the shell (bash manual, “The Set Builtin”). */
  async run(script: JudgedScript, io: Io, signal: AbortSignal, tested = false): Promise<number> {
    this.status = signal.aborted ? ENDED : await this.step(script, io, signal, tested);
    if (this.options.errexit && !tested && this.status !== 0 && COMMANDS.has(script.kind)) this.left = true;
    return this.status;
  }

  private async step(script: JudgedScript, io: Io, signal: AbortSignal, tested: boolean): Promise<number> {
    const { machine } = this;
    switch (script.kind) {
      case 'run':
        return redirected(machine, this.cwd, script.redirects, io, (inner) =>
          this.program(script, inner, signal, tested),
        );
      case 'sequence': {
        let status = 0;
        for (const node of script.nodes) {
          status = await this.run(node, io, signal, tested);
          if (this.left) break;
        }
        return status;
      }
      case 'and': {
        const left = await this.run(script.left, io, signal, true);
        return left === 0 ? this.run(script.right, io, signal, tested) : left;
      }
      case 'or': {
        const left = await this.run(script.left, io, signal, true);
        return left === 0 ? left : this.run(script.right, io, signal, tested);
      }
      case 'not':
        return (await this.run(script.body, io, signal, true)) === 0 ? 1 : 0;
      case 'if': {
        if ((await this.run(script.test, io, signal, true)) === 0)
          return this.run(script.body, io, signal, tested);
        return script.otherwise === null ? 0 : this.run(script.otherwise, io, signal, tested);
      }
      case 'pipe':
        return this.pipe(script, io, signal, tested);
      case 'subshell':
        return redirected(machine, this.cwd, script.redirects, io, (inner) =>
          this.copy().run(script.body, inner, signal, tested),
        );
      case 'shell':
        return redirected(machine, this.cwd, script.redirects, io, (inner) =>
          new Shell(machine, this.cwd, 0, NO_OPTIONS).run(script.body, inner, signal),
        );
      case 'each':
        return this.each(script, io, signal, tested);
      case 'options': {
        const { errexit, pipefail } = this.options;
        this.options = {
          errexit: script.errexit ?? errexit,
          pipefail: script.pipefail ?? pipefail,
        };
        return 0;
      }
      case 'cd':
        return this.enter(script.path, io);
      case 'lookup':
        return redirected(machine, this.cwd, script.redirects, io, (inner) =>
          this.lookup(script.names, inner),
        );
      case 'limit': {
        if (script.seconds === 0) return this.run(script.body, io, signal, true);
        const ends = AbortSignal.timeout(script.seconds * 1000);
        const status = await this.copy().run(script.body, io, AbortSignal.any([signal, ends]), true);
        return ends.aborted ? ENDED : status;
      }
      case 'nothing':
        return 0;
    }
  }

  private copy(): Shell {
    return new Shell(this.machine, this.cwd, this.status, this.options);
  }

  /** Names are known only now: the body is judged again with each, and ends everything where it is not allowed. */
  private async each(script: JudgedScript & { kind: 'each' }, io: Io, signal: AbortSignal, tested: boolean) {
    const { machine } = this;
    const names = script.values.flatMap((value) => {
      if (value.kind === 'text') return [value.text];
      return value.kind === 'glob' ? matching(value.pattern, machine, this.cwd) : [];
    });
    if (names.length > MAX_ROUNDS) refuse(machine, `The loop has more than ${MAX_ROUNDS} rounds.`);
    let status = 0;
    for (const name of names) {
      const body = judgeBody(script.body, { ...script.variables, [script.name]: name });
      if (body === null) refuse(machine, `With ${name} the loop does more than read, or reads a secret.`);
      status = await this.run(body, io, signal, tested);
      if (this.left) break;
    }
    return status;
  }

  /** Stages run side by side, each in a copy of this shell; each end of a joint is closed with its stage. */
  private async pipe(
    script: JudgedScript & { kind: 'pipe' },
    io: Io,
    signal: AbortSignal,
    tested: boolean,
  ): Promise<number> {
    const { stages, withStderr } = script;
    const joints = await all(stages.slice(1).map(() => this.machine.pipes.open()));
    const statuses = stages.map(async (stage, index) => {
      const [before, after] = [joints[index - 1], joints[index]];
      const inner: Io = [before?.read ?? io[0], after?.write ?? io[1], io[2]];
      const both = after !== undefined && withStderr[index] === true;
      try {
        return await this.copy().run(both ? merged(stage) : stage, inner, signal, tested);
      } finally {
        if (before !== undefined) closeSync(before.read);
        if (after !== undefined) closeSync(after.write);
      }
    });
    const ended = await all(statuses);
    const failed = this.options.pipefail ? ended.filter((status) => status !== 0) : ended;
    return failed.at(-1) ?? 0;
  }

  private async program(run: JudgedRun, io: Io, signal: AbortSignal, tested: boolean): Promise<number> {
    const files: number[] = [];
    try {
      const words = await expandWords(run, this.standing(io, signal, tested, files));
      return signal.aborted ? ENDED : await this.call(run, words, files, io, signal);
    } finally {
      for (const fd of files) closeSync(fd);
    }
  }

  private async call(
    run: JudgedRun,
    words: readonly string[],
    files: readonly number[],
    io: Io,
    signal: AbortSignal,
  ): Promise<number> {
    const { program } = run;
    switch (program) {
      case 'echo':
        return (await pour(sink(this.machine, io[1]), echo(words))) ? 0 : 1;
      case 'true':
      case ':':
        return 0;
      case 'false':
        return 1;
      case 'pwd': {
        const path = words.some((word) => /P|physical/.test(word)) ? realpathSync(this.cwd) : this.cwd;
        return (await pour(sink(this.machine, io[1]), Buffer.from(`${path}\n`))) ? 0 : 1;
      }
      default: {
        const own = this.machine.own.get(program);
        if (own !== undefined) return this.play(own, words, io, signal);
        const file = this.machine.find(program);
        if (file === null) {
          await pour(sink(this.machine, io[2]), Buffer.from(`${program}: command not found\n`));
          return NOT_FOUND;
        }
        const { env } = run;
        const cwd = run.away ? '/' : this.cwd;
        return this.machine.start({ name: program, file, words, env, cwd, io, files, signal });
      }
    }
  }

  private standing(io: Io, signal: AbortSignal, tested: boolean, files: number[]): Standing {
    return {
      machine: this.machine,
      cwd: this.cwd,
      status: () => this.status,
      output: (script) => this.output(script, io, signal, tested),
      file: async (script) => {
        const { printed } = await this.printed(this.copy(), script, io, signal, tested);
        files.push(spool(printed));
        return `/dev/fd/${64 - files.length}`;
      },
    };
  }

  private async output(script: JudgedScript, io: Io, signal: AbortSignal, tested: boolean): Promise<string> {
    // Bash does not pass `-e` on to substitutions.
    const inner = new Shell(this.machine, this.cwd, this.status, { ...this.options, errexit: false });
    const { printed, status } = await this.printed(inner, script, io, signal, tested);
    this.status = status;
    return printed.toString('utf8').replaceAll('\0', '').replace(/\n+$/, '');
  }

  private async printed(shell: Shell, script: JudgedScript, io: Io, signal: AbortSignal, tested: boolean) {
    const { machine } = this;
    const { read, write } = await machine.pipes.open();
    const printed = collect(read, machine.maxBytes, machine.overflow);
    try {
      const status = await shell.run(script, [io[0], write, io[2]], signal, tested);
      closeSync(write);
      return { printed: await printed.done, status };
    } catch (failure) {
      closeSync(write);
      throw failure;
    }
  }

  private async play(
    own: OwnProgram,
    words: readonly string[],
    io: Io,
    signal: AbortSignal,
  ): Promise<number> {
    const { stdout, stderr, exitCode } = await own(words, signal);
    await all([
      pour(sink(this.machine, io[1]), Buffer.from(stdout)),
      pour(sink(this.machine, io[2]), Buffer.from(stderr)),
    ]);
    return exitCode;
  }

  private async enter(path: string, io: Io): Promise<number> {
    const entered = enterFolder(this.machine, this.cwd, path);
    if (entered.ok) {
      this.cwd = entered.cwd;
      return 0;
    }
    await pour(sink(this.machine, io[2]), Buffer.from(`cd: ${path}: ${entered.why}\n`));
    return 1;
  }

  private async lookup(names: readonly string[], io: Io): Promise<number> {
    const found = names.map((name) => this.machine.find(name));
    const lines = found.filter((file) => file !== null).map((file) => `${file}\n`);
    await pour(sink(this.machine, io[1]), Buffer.from(lines.join('')));
    return found.every((file) => file !== null) ? 0 : 1;
  }
}
