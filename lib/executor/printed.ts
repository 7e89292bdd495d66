import { stripVTControlCharacters } from 'node:util';
import { redactAssignments, redactText } from '../core/redact.ts';

/**
 * What a program printed, as an agent or a page may see it. Terminal codes go first: they say nothing to a reader, and
 * a colour in the middle of a secret would hide it from all that looks for secrets. `secrets` are known by value.
 * Rejects where `sweep` does: such text must not be shown.
 */
export function printed(
  text: string,
  secrets: readonly string[],
  sweep: (text: string) => Promise<string>,
): Promise<string> {
  return sweep(redactAssignments(redactText(stripVTControlCharacters(text), secrets)));
}
