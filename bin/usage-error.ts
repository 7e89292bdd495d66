/** Wrong usage as one line: what, where, and how to mend it. */
import type { Command, CommanderError } from 'commander';

/** `said`: what the parser wrote; a message, with a suggestion on a line of its own, or a whole help text. */
export function usageError(
  program: Command,
  args: readonly string[],
  error: CommanderError,
  said: string,
): string {
  const { command, path } = spokenTo(program, args);
  const help = `see: ${path} --help`;
  if (error.code === 'commander.help') {
    return `${path} needs a command: ${command.commands.map((each) => each.name()).join(', ')}; ${help}`;
  }
  const message = said
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
  return `${message.replace(/\.$/, '')}; ${help}`;
}

/** The command that the first words name, as far as they name one. */
function spokenTo(program: Command, args: readonly string[]): { command: Command; path: string } {
  let [command, path] = [program, program.name()];
  for (const word of args) {
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) break;
    [command, path] = [next, `${path} ${word}`];
  }
  return { command, path };
}
