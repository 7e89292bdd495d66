/** What kubectl printed when it failed, as a refusal. Secrets known by value are still in it. */
import { redactAssignments } from '../../core/redact.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import type { ProcessResult } from '../process.ts';

/** Null for a call that succeeded. `what` names it: `kubectl get`. */
export function failureOf(what: string, result: ProcessResult): Refusal | null {
  if (result.aborted) return refuse('interrupted', `${what} was stopped. Look at what it changed.`);
  if (result.timedOut)
    return refuse('timeout', `${what} took too long and was stopped. Look at what it changed.`);
  if (result.exitCode === 0) return null;
  const said = lastWords(result.stderr) || lastWords(result.stdout);
  const how = result.exitCode === null ? `was ended by ${result.signal}` : `exited with ${result.exitCode}`;
  return refuse('execution_failed', said === '' ? `${what} ${how} and gave no reason.` : `${what}: ${said}`);
}

/** kubectl's own message, without the log lines of its libraries and what it calls a secret. */
export function lastWords(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[EWIF]\d{4} \d\d:\d\d/.test(line) && !/^Warning: /.test(line));
  const joined = lines
    .slice(-5)
    .map((line) => redactAssignments(line))
    .join(' ');
  return joined.length > 800 ? `${joined.slice(0, 800)}…` : joined;
}
