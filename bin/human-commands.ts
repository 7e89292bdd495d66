/** What humans do on the command line beside deciding: each command with its options and examples. */
import { type Command, Option } from 'commander';
import { ACTION_KINDS } from '../lib/core/action.ts';

/** The options by which every command of the human side finds its gateway. */
function reaching(command: Command): Command {
  return command
    .addOption(new Option('--state <dir>', 'state folder (default: the one of the current folder)'))
    .addOption(new Option('--url <url>', 'control API of a running gateway; token in RECOURSE_TOKEN'))
    .addOption(new Option('--aws', 'sign with AWS credentials, for the /iam routes of --url'))
    .addOption(new Option('-e, --env <name>', 'which, where the current folder has several'))
    .addOption(new Option('--json', 'for machines'));
}

const reason = (what: string) => new Option('--reason <text>', what).makeOptionMandatory();
const limit = () => new Option('--limit <n>', 'how many').default('50');
const noWait = () => new Option('--no-wait', 'answer at once, whatever goes on');

export function humanCommands(program: Command, policy: Command): void {
  breakGlass(program);
  overrides(program, policy);
  runs(program);
  plans(program);
  reviews(program);
}

function breakGlass(program: Command): void {
  const command = program
    .command('break-glass')
    .argument('<plan-id>')
    .description('let one blocked or unapproved plan run now, once; everybody is told')
    .addOption(reason('why; everybody is told, and it is reviewed'))
    .option('--ttl <time>', 'how long it holds, at most 1h', '15m')
    .addOption(noWait());
  reaching(command)
    .addHelpText(
      'after',
      `
For people with the role break_glass (policy: roles.break_glass). The plan runs as it was frozen. What no policy can
open (the shell block list, the gateway's own resources) stays shut. A review stays open until somebody else closes it.

Examples:
  recourse break-glass plan_… --reason "the site is down, INC-42"
  recourse break-glass plan_… --reason "INC-42" --ttl 5m --url https://gateway.example.com`,
    )
    .action(async (id, options) => (await import('./commands/break-glass.ts')).breakGlass(id, options));
}

function overrides(program: Command, policy: Command): void {
  const make = policy
    .command('override')
    .description('for a while, let pass with a warning what a human would have to approve each time')
    .addOption(new Option('--action <kind>', 'the kind of action').choices(ACTION_KINDS))
    .option('--class <class>', 'a finding class, such as iam_policy_change')
    .option('--address <pattern>', 'addresses; * stands for anything')
    .option('--agent <name>', 'one agent only')
    .addOption(reason('why; it is shown wherever the override acts'))
    .addOption(new Option('--ttl <time>', 'how long, at most 24h').makeOptionMandatory());
  reaching(make)
    .addHelpText(
      'after',
      `
For people with the role override (policy: roles.override). It lowers escalate to warn where the policy file could
have done so too. It never touches a block, the shell block list, what cannot be undone, deletes, exec, destroys or
protected places, and it does not act for the agents of whoever makes it.

Examples:
  recourse policy override --action terraform-apply --agent claude --reason "release night" --ttl 2h
  recourse policy override --action terraform-apply --address 'module.web.*' --reason "CHG-7" --ttl 30m`,
    )
    .action(async (options) => (await import('./commands/overrides.ts')).make(options));
  const group = program.command('overrides').description('overrides of the policy that act now');
  reaching(
    group
      .command('list')
      .description('those that act')
      .option('--all', 'ended and revoked ones of the last day too'),
  ).action(async (options) => (await import('./commands/overrides.ts')).list(options));
  reaching(
    group.command('revoke').argument('<id>').description('end one now').addOption(reason('why')),
  ).action(async (id, options) => (await import('./commands/overrides.ts')).revoke(id, options));
}

function runs(program: Command): void {
  const group = program.command('runs').description('what ran, and stopping what runs');
  reaching(group.command('list').description('runs, the newest first').addOption(limit())).action(
    async (options) => (await import('./commands/runs.ts')).list(options),
  );
  reaching(group.command('show').argument('<id>').description('a run with its output')).action(
    async (id, options) => (await import('./commands/runs.ts')).show(id, options),
  );
  const cancel = group
    .command('cancel')
    .argument('<id>')
    .description('stop a run; says what may be half done')
    .addOption(reason('why; the agent is told'))
    .addOption(noWait());
  reaching(cancel)
    .addHelpText('after', '\nExamples:\n  recourse runs cancel run_… --reason "wrong workspace"')
    .action(async (id, options) => (await import('./commands/runs.ts')).cancel(id, options));
}

function plans(program: Command): void {
  const group = program.command('plans').description('what agents planned');
  reaching(group.command('list').description('plans, the newest first').addOption(limit())).action(
    async (options) => (await import('./commands/plans.ts')).list(options),
  );
  reaching(group.command('show').argument('<id>').description('a plan, its evaluation and its run')).action(
    async (id, options) => (await import('./commands/plans.ts')).show(id, options),
  );
}

function reviews(program: Command): void {
  const group = program.command('reviews').description('reviews of break-glass');
  reaching(
    group.command('list').description('those that are open').option('--all', 'closed ones too'),
  ).action(async (options) => (await import('./commands/reviews.ts')).list(options));
  reaching(
    group
      .command('close')
      .argument('<id>')
      .description('close one that somebody else opened by breaking the glass')
      .addOption(new Option('--comment <text>', 'what you found').makeOptionMandatory()),
  )
    .addHelpText('after', '\nExamples:\n  recourse reviews close rev_… --comment "justified, see INC-42"')
    .action(async (id, options) => (await import('./commands/reviews.ts')).close(id, options));
}
