import { type Problem, refuse } from './commands/rule.ts';
import type { JudgedScript } from './script.ts';

/** A problem with the text of the command it is about. */
export interface Complaint extends Problem {
  readonly command: string;
}

/** What stands in for a command that is not allowed; never run, since a verdict with complaints has no script. */
export const NOTHING: JudgedScript = { kind: 'nothing' };

/** Everything that speaks against a command text, in the order in which it was found. */
export class Complaints {
  readonly list: Complaint[] = [];

  report(problem: Problem, command: string): JudgedScript {
    const instead = problem.instead ?? 'Leave that part out, or ask for an approval of the command as it is.';
    this.list.push({ ...problem, instead, command });
    return NOTHING;
  }

  add(rule: string, message: string, command: string, instead: string | null): JudgedScript {
    const outcome = refuse(rule, message, instead);
    return outcome.ok ? NOTHING : this.report(outcome.problem, command);
  }
}
