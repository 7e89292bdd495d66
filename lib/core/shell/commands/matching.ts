import { accept, type CommandRule, type Outcome, refuse, refused } from './rule.ts';
import { wordProblem } from './words.ts';

/** All arguments literal, and each one matched by the pattern. */
export function matching(program: string, pattern: RegExp, most = 20): CommandRule {
  return (args): Outcome => {
    const odd = wordProblem(args);
    if (odd !== null) return refused(odd);
    const texts = args.map((arg) => arg.text);
    if (texts.length > most)
      return refuse(`${program}.words`, `${program}: too many words`, `Give at most ${most}.`);
    const bad = texts.find((text) => !pattern.test(text));
    return bad === undefined
      ? accept()
      : refuse(`${program}.words`, `${program}: ${bad} is not known to be read-only`, `Leave ${bad} out.`);
  };
}
