import type { Finding, FindingClass } from '../finding.ts';
import { BUILTIN_BLOCKS } from './block/builtin.ts';
import { type ScanResult, type Sight, scan } from './block/scan.ts';
import { sourceOf } from './invocation.ts';
import { parseShell } from './parse.ts';
import { matchesPattern, type ShellPattern } from './pattern.ts';
import { judgeReadOnly } from './read-only.ts';
import type { JudgedScript } from './script.ts';

export { parseShellPattern, type ShellPattern } from './pattern.ts';
export type { JudgedScript } from './script.ts';

/** The operator's patterns. The built-in block list always applies on top. */
export interface ShellRules {
  readonly block: readonly ShellPattern[];
  readonly escalate: readonly ShellPattern[];
  readonly allow: readonly ShellPattern[];
}

export interface ShellReason {
  readonly rule: string;
  readonly class: FindingClass;
  /** The part of the command that the reason is about. */
  readonly command: string;
  readonly message: string;
  /** What would be allowed instead, or null. */
  readonly instead: string | null;
}

/** The shell layer's view; policy takes the strictest of all layers. */
export interface ShellVerdict {
  readonly decision: 'allow' | 'escalate' | 'block';
  /** Worst first; empty only for `allow`. */
  readonly reasons: readonly ShellReason[];
  /** Non-null exactly when the decision is `allow`: run this, never the text. */
  readonly pipeline: JudgedScript | null;
  /** Allowed only where the executor has a sandbox without network and credentials. */
  readonly needsSandbox: boolean;
}

const NO_RULES: ShellRules = { block: [], escalate: [], allow: [] };
const MAX_REASONS = 8;

/** Judges one command text. Pure, never throws on any text; what is not understood is never allowed. */
export function judgeShell(command: string, rules: ShellRules = NO_RULES): ShellVerdict {
  const parsed = parseShell(command);
  const seen: ScanResult = parsed.tree === null ? { calls: [], complete: true } : scan(parsed.tree);
  const blocked = unique(seen.calls.flatMap((sight) => blocks(sight, rules.block)));
  if (blocked.length > 0) return refused('block', blocked);
  if (!parsed.ok) return refused('escalate', [notUnderstood(command, parsed.problem, parsed.instead)]);
  if (!seen.complete) {
    return refused('escalate', [
      notUnderstood(command, 'the command holds too many commands to follow', 'Split it into several calls.'),
    ]);
  }
  const escalated = seen.calls.flatMap((sight) => escalates(sight, rules.escalate));
  const verdict = judgeReadOnly(parsed.tree, rules.allow);
  const reasons = unique([...escalated, ...verdict.complaints]);
  if (reasons.length > 0 || verdict.script === null) return refused('escalate', reasons);
  if (isEmpty(verdict.script)) {
    return refused('escalate', [notUnderstood(command, 'there is no command', 'Write a command.')]);
  }
  return { decision: 'allow', reasons: [], pipeline: verdict.script, needsSandbox: verdict.needsSandbox };
}

/** The verdict as findings for policy. An allowed command has none. */
export function shellFindings(verdict: ShellVerdict): Finding[] {
  return verdict.reasons.map((reason) => ({
    rule: reason.rule,
    class: reason.class,
    tier: null,
    address: reason.command,
    why: reason.instead === null ? reason.message : `${reason.message}. Instead: ${reason.instead}`,
    evidence: [],
  }));
}

function blocks(sight: Sight, patterns: readonly ShellPattern[]): ShellReason[] {
  const found: ShellReason[] = [];
  const add = (rule: string, message: string, instead: string | null): void => {
    found.push({ rule, class: 'shell_blocked', command: shorten(sourceOf(sight.call)), message, instead });
  };
  for (const rule of BUILTIN_BLOCKS) {
    const hit = rule(sight);
    if (hit !== null) add(`block.${hit.rule}`, hit.message, hit.instead);
  }
  for (const pattern of patterns) {
    if (matchesPattern(pattern, sight))
      add(
        'policy.always_block',
        `policy always blocks ${pattern.text}`,
        'Reach the goal another way: no approval can allow this.',
      );
  }
  return found;
}

function escalates(sight: Sight, patterns: readonly ShellPattern[]): ShellReason[] {
  return patterns
    .filter((pattern) => matchesPattern(pattern, sight))
    .map((pattern) => ({
      rule: 'policy.always_escalate',
      class: 'shell_not_read_only',
      command: shorten(sourceOf(sight.call)),
      message: `policy asks for an approval of ${pattern.text}`,
      instead: 'Ask for an approval.',
    }));
}

function refused(decision: 'escalate' | 'block', reasons: readonly ShellReason[]): ShellVerdict {
  return { decision, reasons: reasons.slice(0, MAX_REASONS), pipeline: null, needsSandbox: false };
}

function notUnderstood(command: string, message: string, instead: string): ShellReason {
  return {
    rule: 'not-understood',
    class: 'shell_not_understood',
    command: shorten(command),
    message,
    instead,
  };
}

function unique(reasons: readonly ShellReason[]): readonly ShellReason[] {
  if (reasons.length === 0) return reasons;
  const kept = new Map(
    reasons.map((reason) => [
      `${reason.rule} ${reason.command} ${reason.message}`,
      { ...reason, command: shorten(reason.command) },
    ]),
  );
  return [...kept.values()];
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}

function isEmpty(script: JudgedScript): boolean {
  // Options alone do nothing: whoever sends them believes that they last.
  if (script.kind === 'options') return true;
  return script.kind === 'nothing' || (script.kind === 'sequence' && script.nodes.every(isEmpty));
}
