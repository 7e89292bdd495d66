import type { Field } from '../fields.ts';
import { isSecretPath } from '../secrets.ts';
import { shown } from './git-shown.ts';
import { GIT_SUBCOMMANDS, type GitSubCommand } from './git-subcommands.ts';
import { optionTable, readOptions } from './options.ts';
import {
  accept,
  type CallContext,
  type CommandFamily,
  type CommandRule,
  literalArgs,
  type Outcome,
  refuse,
  refused,
} from './rule.ts';
import { unknownWord } from './words.ts';

const TABLES = new Map(
  Object.entries(GIT_SUBCOMMANDS).map(([name, sub]) => [name, optionTable(sub.options)]),
);
/** Settings that hold no credential. `remote.*.url` may carry one: the executor redacts output. */
const CONFIG_KEY =
  /^(?:user\.(?:name|email)|init\.defaultbranch|branch\.[\w./-]+\.(?:remote|merge|rebase)|core\.(?:bare|autocrlf|filemode|ignorecase|hookspath|editor|eol|symlinks|repositoryformatversion)|pull\.(?:rebase|ff)|push\.default|remote\.[\w-]+\.(?:url|fetch)|commit\.gpgsign|fetch\.prune|merge\.ff)$/i;

const git: CommandRule = (args, context) => {
  const rest =
    args[0]?.kind === 'literal' &&
    /^(?:--no-pager|-P|--no-optional-locks|--literal-pathspecs)$/.test(args[0].text)
      ? args.slice(1)
      : args;
  const [verb, ...words] = rest;
  if (verb === undefined)
    return refuse('git.verb', 'git: a sub-command is missing', 'Use git status, log, diff or show.');
  if (verb.kind !== 'literal') return refused(unknownWord(verb));
  if (rest.length === 1 && (verb.text === '--version' || verb.text === '-v')) return accept();
  if (verb.text === 'config') return config(words);
  // Help on one command is a pager's or a browser's work.
  if (verb.text === 'help' && words.every((word) => /^-(?:a|g|-all|-guides|-no-verbose)$/.test(word.text)))
    return accept();
  const sub = Object.hasOwn(GIT_SUBCOMMANDS, verb.text) ? GIT_SUBCOMMANDS[verb.text] : undefined;
  const table = TABLES.get(verb.text);
  if (sub === undefined || table === undefined) {
    return refuse(
      'git.verb',
      `git ${verb.text} is not known to be read-only`,
      'Use git status, log, diff, show, blame, branch --list or another reading sub-command.',
    );
  }
  return subCommand(verb.text, sub, table, words, context);
};

function subCommand(
  name: string,
  sub: GitSubCommand,
  table: ReturnType<typeof optionTable>,
  words: readonly Field[],
  context: CallContext,
): Outcome {
  const cut = words.findIndex((word) => word.text === '--');
  const read = readOptions(
    `git ${name}`,
    table,
    cut < 0 ? words : words.slice(0, cut),
    lookOnly(context),
    true,
  );
  if (!read.ok) return read;
  if (sub.verbFirst === true && words[0]?.text !== read.operands[0]?.text)
    return refuse(
      `git.${name}`,
      `git ${name} ${words[0]?.source ?? ''} is not known to be read-only`,
      `Use git ${name} ${sub.verbs?.join(' or ')}, and put options behind that.`,
    );
  const after = cut < 0 ? [] : words.slice(cut + 1);
  const operands = [...read.operands, ...after];
  const first = operands[0]?.text ?? '';
  if (
    sub.verbs !== undefined &&
    operands.length > 0 &&
    !sub.verbs.includes(first) &&
    !(name === 'reflog' && isRevision(first))
  ) {
    return refuse(
      `git.${name}`,
      `git ${name} ${first} is not known to be read-only`,
      `Use git ${name} ${sub.verbs.join(' or ')}.`,
    );
  }
  const pattern = sub.recursive && read.flags.has('e') ? 1 : 0;
  if (operands.length + pattern < (sub.least ?? 0))
    return refuse(
      `git.${name}`,
      `git ${name} alone changes something or needs an operand`,
      sub.verbs === undefined ? 'Name what is to be shown.' : `Use git ${name} ${sub.verbs.join(' or ')}.`,
    );
  if (operands.length > (sub.most ?? 1000))
    return refuse(`git.${name}`, `git ${name}: too many operands`, `Give at most ${sub.most}.`);
  if (sub.only !== undefined && operands.length > 0 && !sub.only.some((flag) => read.flags.has(flag))) {
    return refuse(`git.${name}`, `git ${name} ${first} would create it`, `Use git ${name} --list.`);
  }
  const line = read.values.get('L')?.find((value) => {
    const file = value.slice(value.lastIndexOf(':') + 1);
    // The file of blame is an operand of its own; what stands here are lines.
    return isSecretPath(file) && !(/^(?:blame|annotate)$/.test(name) && /^\/.+\/,/.test(file));
  });
  if (line !== undefined)
    return refuse(
      `git.${name}`,
      `git ${name} -L ${line} names a file that holds secrets`,
      'Read ordinary files inside the workspace, by name.',
    );
  const inner = submoduleWord(read.values);
  if (inner !== null)
    return refuse(
      `git.${name}`,
      `git ${name}: ${inner} goes into submodules, whose settings can run programs`,
      'Leave it out, or set cwd to the submodule.',
    );
  const format = [...(read.values.get('format') ?? []), ...(read.values.get('pretty') ?? [])].find(
    (value) => !isPlainFormat(value),
  );
  if (format !== undefined)
    return refuse(
      `git.${name}`,
      `git ${name}: the format ${format} can run a signature check`,
      'Leave %G out.',
    );
  const paths: string[] = [];
  const texts = sub.recursive && !read.flags.has('e') ? 1 : 0;
  for (const [i, operand] of operands.entries()) {
    if (operand.kind === 'dynamic') return refused(unknownWord(operand));
    if (i < texts) continue;
    if (sub.names) {
      if (/^\/|^\w+:\/\//.test(operand.text) && name !== 'remote')
        return refuse(
          `git.${name}`,
          `git ${name}: ${operand.text} lies outside the repository`,
          'Use a path relative to cwd.',
        );
      continue;
    }
    const problem = revisionOrPath(operand, context);
    if (problem !== null) return problem;
    const plainPath = operand.text.slice(operand.text.lastIndexOf(':') + 1);
    if (operand.kind === 'literal' && plainPath !== '') paths.push(plainPath);
  }
  return shown(name, sub, read, words, operands, paths);
}

/** A revision, a `rev:path`, or a path; each part must not be a secret, and nothing outside the repository is read. */
function revisionOrPath(operand: Field, context: CallContext): Outcome | null {
  const text = operand.text;
  const parts = [text, ...text.split(':').slice(1), text.replace(/^:(?:\([^)]*\)|[!^/]+)/, '')].filter(
    (part) => part !== '',
  );
  for (const part of parts) {
    if (part.startsWith('/') || isSecretPath(part.replace(/^!/, ''))) {
      const problem = context.read({ ...operand, text: part });
      return problem === null
        ? refuse('git.path', `git: the absolute path ${part} is not read`, 'Use a path relative to cwd.')
        : { ok: false, problem };
    }
    const problem = context.read({ ...operand, text: part });
    if (problem !== null) return { ok: false, problem };
  }
  return /^ext::|^\w+:\/\//.test(text)
    ? refuse(
        'git.remote',
        `git: ${text} names another repository`,
        'Use a branch, tag or commit that is here.',
      )
    : null;
}

/** An option that has git run in a submodule, under the settings there; null for none. */
function submoduleWord(values: ReadonlyMap<string, readonly string[]>): string | null {
  const shown = values.get('submodule')?.find((value) => value !== 'short' && value !== 'log');
  if (shown !== undefined) return `--submodule=${shown}`;
  const ignored = values.get('ignore-submodules')?.find((value) => value !== 'all' && value !== 'dirty');
  return ignored === undefined ? null : `--ignore-submodules=${ignored}`;
}

/** `%G…` and `%(signature)` run the program that the repository's settings name; unknown names come from those settings. */
function isPlainFormat(format: string): boolean {
  if (/%[-+ ]?G|%\(signature/i.test(format)) return false;
  return (
    format.includes('%') ||
    /^(?:|oneline|short|medium|full|fuller|reference|email|mboxrd|raw|(?:t?format:.*))$/s.test(format)
  );
}

function isRevision(text: string): boolean {
  return /^(?:HEAD|refs\/|origin\/|@|main|master)/.test(text);
}

function config(words: readonly Field[]): Outcome {
  const texts = literalArgs(words) ?? [];
  const keys = texts.filter(
    (text) =>
      !/^--(?:get|get-all|local|global|system|show-origin|show-scope|bool|int)$/.test(text) && text !== 'get',
  );
  const reads = texts.includes('--get') || texts.includes('--get-all') || texts[0] === 'get';
  const [key] = keys;
  if (
    words.length === texts.length &&
    key !== undefined &&
    keys.length === 1 &&
    CONFIG_KEY.test(key) &&
    (reads || texts.length === 1)
  )
    return accept();
  return refuse(
    'git.config',
    'git config can hold credentials, and two words set a value',
    'Use git config --get user.name or another plain key.',
  );
}

function lookOnly(context: CallContext): CallContext {
  return { read: context.read, look: context.read };
}

/** Reading a repository. The executor switches off pagers, hooks, external diffs and global settings. */
export const gitFamily: CommandFamily = {
  family: 'git',
  rules: { git },
  allows: [
    'git status -sb',
    'git log --oneline -20',
    'git diff HEAD~1 -- src',
    'git show HEAD:README.md',
    'git branch -a',
    'git --no-pager log -5',
    'git tag -l "v*"',
    'git remote -v',
    'git stash list',
    'git grep -n foo',
    'git config --get user.name',
    'git help -a',
    'git show abc1234',
    'git show abc1234 -- src',
    'git show v1.2-3-gabc1234',
    'git diff abc1234 def5678',
    'git diff HEAD:a.txt HEAD~1:a.txt',
    'git cat-file -p HEAD',
    'git cat-file -t abc1234',
    'git cat-file -p abc1234^{tree}',
    'git grep -n foo abc1234^{commit}',
    'git stash show -p',
    'git stash show --stat 1',
    'git diff --check',
    'git diff --submodule=log',
    'git status --ignore-submodules',
    'git range-diff main..a main..b',
    "git blame -L '/resource/,+10' main.tf",
  ],
  refuses: [
    'git branch new',
    'git help log',
    'git help -a x',
    'git tag v1',
    'git diff --ext-diff',
    'git diff --output=x',
    'git log --output=x',
    'git grep -O foo',
    'git -c x=y log',
    'git -C x log',
    'git stash',
    'git show HEAD:.env',
    'git config x y',
    'git remote show origin',
    'git cat-file --filters HEAD:x',
    'git reflog expire',
    'git diff --no-index a b',
    'git branch --li',
    'git config --list',
    'git branch -D x',
    'git submodule update',
    'git log --format=%G?',
    'git log -L /x/,+10:.env',
    'git log -L 1,5:/x/,/etc/shadow',
    "git blame -L '/resource/,+10' .env",
    'git log --pretty=mine',
    'git status -v',
    'git status --verbose',
    'git log -p --submodule=diff',
    'git diff --submodule=diff',
    'git status --ignore-submodules=none',
    'git branch --abbrev 1',
    'git stash -p show',
    'git stash -u list',
    'git stash show -p x',
    'git log -p --full-diff a.txt',
    'git show HEAD HEAD:a.txt',
    'git show abc1234^{}',
    'git show abc1234^{blob}',
    'git show abc1234 HEAD:a.txt',
    'git cat-file -p abc1234',
    'git cat-file blob v1-0-gabc1234',
    'git grep -n foo abc1234',
    'git diff HEAD:a.txt abc1234',
    "git show 'HEAD^{/:x}' HEAD:a",
    'git log --encoding --output=x',
  ],
};
