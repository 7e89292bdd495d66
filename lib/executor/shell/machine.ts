/** What the interpreter of judged scripts asks of the machine that it runs on. */
import type { Reach } from './paths.ts';
import type { PipeSource } from './pipes.ts';

export interface Machine extends Reach {
  readonly pipes: PipeSource;
  /** Reads and writes /dev/null. */
  readonly nowhere: number;
  /** Bound on what one substitution may print, in bytes. */
  readonly maxBytes: number;
  /** Called where that bound was passed: everything is to end. */
  readonly overflow: () => void;
  /** Called before PathRefused is thrown: everything is to end. */
  readonly halt: () => void;
  /** Where a program lies; null where it is not found. */
  find(name: string): string | null;
  /** Starts a program and resolves with its status, as bash counts it. Ends it when the signal comes. */
  start(launch: Launch): Promise<number>;
  /** Programs that the gateway itself plays, by name. */
  readonly own: ReadonlyMap<string, OwnProgram>;
}

export type OwnProgram = (
  words: readonly string[],
  signal: AbortSignal,
) => Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }>;

export interface Launch {
  /** As the script names it, and where it lies. */
  readonly name: string;
  readonly file: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Descriptors of standard input, output and error. The caller closes them. */
  readonly io: Io;
  /** More descriptors, which the program gets as 63, 62 and so on. The caller closes them. */
  readonly files: readonly number[];
  readonly signal: AbortSignal;
}

export type Io = readonly [input: number, output: number, error: number];

/** A link leads where nothing may go. Ends the whole script. */
export class PathRefused extends Error {}

/** Ends the whole script, because a path leads where nothing may go. */
export function refuse(machine: Machine, why: string): never {
  machine.halt();
  throw new PathRefused(why);
}

/** Where a builtin prints to. Printing to /dev/null is not printing; a socket could not be opened on it either. */
export function sink(machine: Machine, fd: number): number | null {
  return fd === machine.nowhere ? null : fd;
}
