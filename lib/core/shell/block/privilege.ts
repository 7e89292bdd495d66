import { hasLong, looseOptions } from '../invocation.ts';
import { baseName } from '../paths.ts';
import { SHELLS, shellInput, withoutAssignments } from '../wrappers.ts';
import type { BlockHit, BlockRule } from './rule.ts';

const SUDO_VALUED = new Set(
  'u g p C r t T U D R h a user group prompt close-from role type command-timeout other-user chdir chroot host'.split(
    ' ',
  ),
);

/** All that need not run with other rights already to be looked at. */
const SWITCHERS: ReadonlySet<string> = new Set(['su', 'sudo', 'doas', 'pkexec', 'runuser', 'machinectl']);

/** `sudo su` and its equals: a shell as another user, by sudo, su, doas, pkexec, runuser, or a shell inside one. */
export const privilegedShell: BlockRule = (sight) => {
  const { call, elevated } = sight;
  const { name, args } = call;
  if (!elevated && !SWITCHERS.has(name)) return null;
  if (args.some((arg) => /^--(?:help|version)$/.test(arg.text))) return null;
  switch (name) {
    case 'su':
      return hit('su switches to another user');
    case 'sudo': {
      const { flags, operands } = looseOptions(args, SUDO_VALUED, true);
      const rest = withoutAssignments(operands);
      if (rest.length < operands.length && rest[0]?.text.startsWith('-'))
        return privilegedShell({ ...sight, call: { ...call, args: rest } });
      const opens =
        flags.has('s') || flags.has('i') || hasLong(flags, 'shell', 2) || hasLong(flags, 'login', 2);
      return opens && !flags.has('l') ? hit('sudo opens a root shell') : null;
    }
    case 'doas': {
      const { flags, operands } = looseOptions(args, new Set(['u', 'C']), true);
      return flags.has('s') || (operands.length === 0 && !flags.has('C') && !flags.has('L'))
        ? hit('doas opens a root shell')
        : null;
    }
    case 'pkexec':
      return looseOptions(args, new Set(['u', 'user']), true).operands.length === 0
        ? hit('pkexec opens a root shell')
        : null;
    case 'runuser': {
      const { flags, operands } = looseOptions(args, new Set(['u', 'user', 'g', 'G', 's', 'c', 'w']), true);
      const shell =
        flags.has('l') ||
        flags.has('c') ||
        operands.some((field) => field.text === '-') ||
        !(flags.has('u') || flags.has('user'));
      return shell ? hit('runuser opens a shell as another user') : null;
    }
    case 'machinectl':
      return args[0]?.text === 'shell' ? hit('machinectl opens a shell') : null;
    case 'login':
      return elevated ? hit('login opens a shell as another user') : null;
    default:
      return elevated && SHELLS.has(baseName(name)) && shellInput(args).script === null
        ? hit(`${name} runs as a shell with other rights`)
        : null;
  }
};

function hit(message: string): BlockHit {
  return {
    rule: 'sudo-su',
    message,
    instead:
      'Run the one command that is needed without changing user; if it needs other rights, ask for an approval.',
  };
}
