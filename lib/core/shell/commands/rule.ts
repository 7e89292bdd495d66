import type { FindingClass } from '../../finding.ts';
import type { Field } from '../fields.ts';

/** Why a command is not known to be read-only, in words a model can act on. */
export interface Problem {
  readonly rule: string;
  readonly class: FindingClass;
  readonly message: string;
  /** What would be allowed instead, or null. */
  readonly instead: string | null;
}

export interface Accepted {
  readonly ok: true;
  /** Literal paths whose content the command opens. */
  readonly paths: readonly string[];
  /** Words put before the operands so that a recursive search leaves secrets out. */
  readonly guards: readonly string[];
  /** The argument before which the guards go; null for behind the last. */
  readonly guardsAt: number | null;
  /** What is run in place of the arguments, where they are put more narrowly; null for the arguments as they are. */
  readonly words: readonly (string | Field)[] | null;
  /** It is read-only only where it cannot reach beyond the root, or run what it loads. */
  readonly needsSandbox: boolean;
  /** It is to start outside the workspace. */
  readonly away: boolean;
}

export type Outcome = Accepted | { readonly ok: false; readonly problem: Problem };

/** What a rule may ask about the place of the call. */
export interface CallContext {
  /** Null when the content of the path may be shown. */
  readonly read: (field: Field) => Problem | null;
  /** Null when names and metadata at the path may be shown. */
  readonly look: (field: Field) => Problem | null;
}

/** Judges the arguments of one program. Every rule fails closed. */
export type CommandRule = (args: readonly Field[], context: CallContext) => Outcome;

/** One family of programs, with examples that tests check. */
export interface CommandFamily {
  readonly family: string;
  readonly rules: Readonly<Record<string, CommandRule>>;
  readonly allows: readonly string[];
  readonly refuses: readonly string[];
}

export function accept(
  paths: readonly string[] = [],
  guards: readonly string[] = [],
  needsSandbox = false,
  guardsAt: number | null = null,
  words: readonly (string | Field)[] | null = null,
): Accepted {
  return { ok: true, paths, guards, guardsAt, words, needsSandbox, away: false };
}

export function refuse(rule: string, message: string, instead: string | null = null): Outcome {
  return { ok: false, problem: { rule, class: 'shell_not_read_only', message, instead } };
}

export function refused(problem: Problem): Outcome {
  return { ok: false, problem };
}

/** The literal texts of all arguments, or null when one of them is not literal. */
export function literalArgs(args: readonly Field[]): string[] | null {
  return args.every((arg) => arg.kind === 'literal') ? args.map((arg) => arg.text) : null;
}

/** Programs that only print their words, so that a word may hold what another read-only command printed. */
export const PRINTING: ReadonlySet<string> = new Set(['echo', 'printf', 'basename', 'dirname']);

/** The rule with such words taken as plain text; which ones are fit to be printed is judged with the words. */
export function printing(rule: CommandRule): CommandRule {
  return (args, context) =>
    rule(
      args.map((arg) => (arg.kind === 'dynamic' ? { ...arg, kind: 'literal', text: 'text' } : arg)),
      context,
    );
}
