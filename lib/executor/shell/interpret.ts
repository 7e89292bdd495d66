/**
 * Runs a judged script without any shell: programs are started by argument vector and joined by pipes; what
 * belongs to the shell itself (`cd`, `echo`, `$?`, `&&`, …) happens here, as bash would do it.
 */
import { closeSync, constants, openSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import type {
  JudgedPart,
  JudgedRedirect,
  JudgedRun,
  JudgedScript,
  JudgedWord,
} from '../../core/shell/script.ts';
import { isSecretPath } from '../../core/shell/secrets.ts';
import { echo } from './echo.ts';
import { expandGlob } from './glob.ts';
import { isInside } from './inside.ts';
import { type Io, type Machine, type OwnProgram, PathRefused } from './machine.ts';
import { openInput } from './open-input.ts';
import { realPath, refusePath } from './paths.ts';
import { collect, pour } from './pipes.ts';
import { DASHED, FILTERS, NAMERS, PRINTERS, STDIN } from './program-kinds.ts';

/** Resolves with the script's exit status. Rejects with PathRefused. `cwd` is the real path of a folder in the root. */
export function interpret(
  machine: Machine,
  script: JudgedScript,
  cwd: string,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  return new Shell(machine, cwd, 0).run(script, io, signal);
}

const ENDED = 124;
const NOT_FOUND = 127;

class Shell {
  private readonly machine: Machine;
  private cwd: string;
  private status: number;

  constructor(machine: Machine, cwd: string, status: number) {
    this.machine = machine;
    this.cwd = cwd;
    this.status = status;
  }

  async run(script: JudgedScript, io: Io, signal: AbortSignal): Promise<number> {
    this.status = signal.aborted ? ENDED : await this.step(script, io, signal);
    return this.status;
  }

  private async step(script: JudgedScript, io: Io, signal: AbortSignal): Promise<number> {
    switch (script.kind) {
      case 'run':
        return this.redirected(script.redirects, io, (inner) => this.program(script, inner, signal));
      case 'sequence': {
        let status = 0;
        for (const node of script.nodes) status = await this.run(node, io, signal);
        return status;
      }
      case 'and': {
        const left = await this.run(script.left, io, signal);
        return left === 0 ? this.run(script.right, io, signal) : left;
      }
      case 'or': {
        const left = await this.run(script.left, io, signal);
        return left === 0 ? left : this.run(script.right, io, signal);
      }
      case 'not':
        return (await this.run(script.body, io, signal)) === 0 ? 1 : 0;
      case 'if': {
        if ((await this.run(script.test, io, signal)) === 0) return this.run(script.body, io, signal);
        return script.otherwise === null ? 0 : this.run(script.otherwise, io, signal);
      }
      case 'pipe':
        return this.pipe(script, io, signal);
      case 'subshell':
        return this.redirected(script.redirects, io, (inner) => this.copy().run(script.body, inner, signal));
      case 'cd':
        return this.enter(script.path, io);
      case 'lookup':
        return this.redirected(script.redirects, io, (inner) => this.lookup(script.names, inner));
      case 'limit': {
        if (script.seconds === 0) return this.run(script.body, io, signal);
        const ends = AbortSignal.timeout(script.seconds * 1000);
        const status = await this.copy().run(script.body, io, AbortSignal.any([signal, ends]));
        return ends.aborted ? ENDED : status;
      }
      case 'nothing':
        return 0;
    }
  }

  private copy(): Shell {
    return new Shell(this.machine, this.cwd, this.status);
  }

  /** Stages run side by side, each in a copy of this shell; each end of a joint is closed with its stage. */
  private async pipe(script: JudgedScript & { kind: 'pipe' }, io: Io, signal: AbortSignal): Promise<number> {
    const { stages, withStderr } = script;
    const joints = await all(stages.slice(1).map(() => this.machine.pipes.open()));
    const statuses = stages.map(async (stage, index) => {
      const [before, after] = [joints[index - 1], joints[index]];
      const inner: Io = [before?.read ?? io[0], after?.write ?? io[1], io[2]];
      const both = after !== undefined && withStderr[index] === true;
      try {
        return await this.copy().run(both ? merged(stage) : stage, inner, signal);
      } finally {
        if (before !== undefined) closeSync(before.read);
        if (after !== undefined) closeSync(after.write);
      }
    });
    return (await all(statuses)).at(-1) ?? 0;
  }

  private async program(run: JudgedRun, io: Io, signal: AbortSignal): Promise<number> {
    const { program } = run;
    for (const path of run.paths) this.check(path);
    const words: string[] = [];
    for (const word of run.words) words.push(...(await this.expand(word, program, io, signal)));
    if (signal.aborted) return ENDED;
    switch (program) {
      case 'echo':
        return (await pour(this.sink(io[1]), echo(words))) ? 0 : 1;
      case 'true':
      case ':':
        return 0;
      case 'false':
        return 1;
      case 'pwd': {
        const path = words.some((word) => /P|physical/.test(word)) ? realpathSync(this.cwd) : this.cwd;
        return (await pour(this.sink(io[1]), Buffer.from(`${path}\n`))) ? 0 : 1;
      }
      default: {
        const own = this.machine.own.get(program);
        if (own !== undefined) return this.play(own, words, io, signal);
        const file = this.machine.find(program);
        if (file === null) {
          await pour(this.sink(io[2]), Buffer.from(`${program}: command not found\n`));
          return NOT_FOUND;
        }
        return this.machine.start({ name: program, file, words, env: run.env, cwd: this.cwd, io, signal });
      }
    }
  }

  private async play(
    own: OwnProgram,
    words: readonly string[],
    io: Io,
    signal: AbortSignal,
  ): Promise<number> {
    const { stdout, stderr, exitCode } = await own(words, signal);
    await all([pour(this.sink(io[1]), Buffer.from(stdout)), pour(this.sink(io[2]), Buffer.from(stderr))]);
    return exitCode;
  }

  private check(path: string): void {
    const why = refusePath(this.machine, this.cwd, path);
    if (why !== null) this.refuse(why);
  }

  private refuse(why: string): never {
    this.machine.halt();
    throw new PathRefused(why);
  }

  private async expand(
    word: JudgedWord,
    program: string,
    io: Io,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    switch (word.kind) {
      case 'text':
        if (STDIN.test(word.text) && !PRINTERS.has(program)) return [this.dash(program, word.text)];
        // An operand that judging does not list as a path may be one all the same: where `find` starts.
        if (!PRINTERS.has(program) && !FILTERS.has(program) && !/^[-/]/.test(word.text))
          this.check(word.text);
        return [word.text];
      case 'glob': {
        const found = expandGlob(this.machine, this.cwd, word.pattern);
        if (found === null) this.refuse(`${word.pattern} matches too many files.`);
        // In the sandbox nothing can be seen where a link leads out of the root.
        const harmless = PRINTERS.has(program) || (this.machine.seen !== null && NAMERS.has(program));
        if (!harmless) for (const path of found) this.check(path);
        return found;
      }
      case 'join':
        return this.join(word.parts, io, signal);
    }
  }

  /** The joints are named pipes, and opening one of those by its name again waits for a new writer. */
  private dash(program: string, path: string): string {
    if (DASHED.has(program)) return '-';
    return this.refuse(
      `${path}: ${program} reads standard input where no file is named; leave the path out.`,
    );
  }

  /** Unquoted output splits into words at white space; a word of nothing but such output may vanish. */
  private async join(parts: readonly JudgedPart[], io: Io, signal: AbortSignal): Promise<string[]> {
    const words: string[] = [];
    let current: string | null = null;
    for (const part of parts) {
      const text: string = part.kind === 'text' ? part.text : await this.partText(part, io, signal);
      if (part.kind !== 'output' || !part.split) {
        current = (current ?? '') + text;
        continue;
      }
      const pieces = text.split(/[ \t\n]+/);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0 && current !== null) {
          words.push(current);
          current = null;
        }
        if (piece !== '') current = (current ?? '') + piece;
      }
    }
    return current === null ? words : [...words, current];
  }

  private async partText(
    part: Exclude<JudgedPart, { kind: 'text' }>,
    io: Io,
    signal: AbortSignal,
  ): Promise<string> {
    if (part.kind === 'status') return String(this.status);
    const { machine } = this;
    const { read, write } = await machine.pipes.open();
    const printed = collect(read, machine.maxBytes, machine.overflow);
    const shell = this.copy();
    try {
      this.status = await shell.run(part.script, [io[0], write, io[2]], signal);
    } finally {
      closeSync(write);
    }
    return (await printed.done).toString('utf8').replaceAll('\0', '').replace(/\n+$/, '');
  }

  /** Bash goes by the path as written: after a link, `..` leads back to where the link lies. */
  private async enter(path: string, io: Io): Promise<number> {
    const wanted = join(this.cwd, path);
    const real = realPath(wanted);
    if (real !== null && !isInside(this.machine.root, real))
      this.refuse(`cd: ${path} leads out of the root.`);
    const inner = relative(this.machine.root, real ?? wanted);
    if (isSecretPath(inner) || isSecretPath(`${inner}/x`)) this.refuse(`cd: ${path} holds secrets.`);
    try {
      closeSync(openSync(wanted, constants.O_RDONLY | constants.O_DIRECTORY));
    } catch {
      const why = real === null ? 'No such file or directory' : 'Not a directory';
      await pour(this.sink(io[2]), Buffer.from(`cd: ${path}: ${why}\n`));
      return 1;
    }
    this.cwd = wanted;
    return 0;
  }

  private async lookup(names: readonly string[], io: Io): Promise<number> {
    const found = names.map((name) => this.machine.find(name));
    const lines = found.filter((file) => file !== null).map((file) => `${file}\n`);
    await pour(this.sink(io[1]), Buffer.from(lines.join('')));
    return found.every((file) => file !== null) ? 0 : 1;
  }

  /** Printing to /dev/null is not printing; a socket could not be opened on it either. */
  private sink(fd: number): number | null {
    return fd === this.machine.nowhere ? null : fd;
  }

  private async redirected(
    redirects: readonly JudgedRedirect[],
    io: Io,
    body: (io: Io) => Promise<number>,
  ): Promise<number> {
    const fds: [number, number, number] = [...io];
    const opened: number[] = [];
    try {
      for (const redirect of redirects) {
        switch (redirect.kind) {
          case 'input': {
            if (STDIN.test(redirect.path)) break;
            const fd = openInput(this.machine, this.cwd, redirect.path);
            if (fd === 'refused') this.refuse(`${redirect.path} is not an ordinary file that may be read.`);
            if (fd === 'missing') {
              await pour(this.sink(fds[2]), Buffer.from(`${redirect.path}: No such file or directory\n`));
              return 1;
            }
            opened.push(fd);
            fds[0] = fd;
            break;
          }
          case 'text': {
            const { read, write } = await this.machine.pipes.open();
            opened.push(read);
            fds[0] = read;
            void pour(write, Buffer.from(redirect.text)).finally(() => closeSync(write));
            break;
          }
          case 'discard':
            for (const fd of redirect.fds) fds[fd === 2 ? 2 : 1] = this.machine.nowhere;
            break;
          case 'dup':
            fds[redirect.from === 2 ? 2 : 1] = fds[redirect.to === 2 ? 2 : 1];
            break;
        }
      }
      return await body(fds);
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  }
}

/** `|&`: standard error follows standard output, after the command's own redirections. */
function merged(stage: JudgedScript): JudgedScript {
  const both: JudgedRedirect = { kind: 'dup', from: 2, to: 1 };
  switch (stage.kind) {
    case 'run':
    case 'lookup':
    case 'subshell':
      return { ...stage, redirects: [...stage.redirects, both] };
    default:
      return { kind: 'subshell', body: stage, redirects: [both] };
  }
}

/** Waits for all, also where one fails: nothing may be left running. */
async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
