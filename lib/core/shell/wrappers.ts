import type { Field } from './fields.ts';
import { type Invocation, looseOptions } from './invocation.ts';

/** What a program that runs other programs will run, as far as its words say. */
export type Inner =
  | { readonly k: 'argv'; readonly fields: readonly Field[]; readonly elevated: boolean }
  /** Text that the program hands to a shell. */
  | { readonly k: 'code'; readonly text: Field; readonly elevated: boolean };

interface Wrapper {
  /** Options that take a value: letters as one string, long names after it. */
  readonly valued: string;
  readonly long?: string;
  /** Operands before the inner program. */
  readonly skip?: number;
  readonly assigns?: boolean;
  readonly elevated?: boolean;
  /** The sub-command that runs the words after it, or after `--`. All others run nothing. */
  readonly verb?: string;
}

/** Programs that run the rest of their words, with the options that take a value (from their manuals). */
const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  env: { valued: 'uCS', long: 'unset chdir split-string', assigns: true },
  nice: { valued: 'n', long: 'adjustment' },
  ionice: { valued: 'cnpPu', long: 'class classdata pid' },
  chrt: { valued: 'TPD', skip: 1 },
  taskset: { valued: '', skip: 1 },
  nohup: { valued: '' },
  setsid: { valued: '' },
  stdbuf: { valued: 'ioe', long: 'input output error' },
  timeout: { valued: 'sk', long: 'signal kill-after', skip: 1 },
  gtimeout: { valued: 'sk', long: 'signal kill-after', skip: 1 },
  time: { valued: 'fo', long: 'format output' },
  xargs: { valued: 'ILnPsdaE', long: 'max-lines max-args max-procs delimiter arg-file max-chars replace' },
  command: { valued: '' },
  builtin: { valued: '' },
  exec: { valued: 'a' },
  busybox: { valued: '' },
  toybox: { valued: '' },
  sudo: {
    valued: 'ugpCrtTUDRha',
    long: 'user group prompt close-from role type command-timeout other-user chdir chroot host',
    assigns: true,
    elevated: true,
  },
  doas: { valued: 'uC', elevated: true },
  pkexec: { valued: 'u', long: 'user', elevated: true },
  runuser: { valued: 'ugGws', long: 'user group supp-group shell whitelist-environment', elevated: true },
  gosu: { valued: '', skip: 1, elevated: true },
  'su-exec': { valued: '', skip: 1, elevated: true },
  setuidgid: { valued: '', skip: 1, elevated: true },
  chpst: { valued: 'ubemdopflnc/' },
  strace: { valued: 'aeopsPEIObXSuU' },
  ltrace: { valued: 'aeopsuAlFnDw' },
  unbuffer: { valued: '' },
  catchsegv: { valued: '' },
  fakeroot: { valued: 'lsib' },
  firejail: { valued: '' },
  torsocks: { valued: '' },
  torify: { valued: '' },
  proxychains: { valued: 'f' },
  proxychains4: { valued: 'f' },
  chroot: { valued: '', long: 'userspec groups', skip: 1 },
  nsenter: { valued: 'tSG', long: 'target setuid setgid' },
  unshare: { valued: 'SGRw', long: 'root wd setuid setgid' },
  setpriv: { valued: '', long: 'reuid regid groups' },
  'systemd-run': { valued: 'pHMutEC', long: 'property unit slice uid gid setenv description' },
  'systemd-inhibit': { valued: '' },
  'dbus-run-session': { valued: '' },
  'xvfb-run': { valued: 'ensfp' },
  caffeinate: { valued: 'tw' },
  setarch: { valued: '', skip: 1 },
  linux32: { valued: '' },
  linux64: { valued: '' },
  numactl: { valued: 'CNmpi' },
  prlimit: { valued: '' },
  cgexec: { valued: 'g' },
  flock: { valued: 'wEc', long: 'timeout wait conflict-exit-code command', skip: 1 },
  parallel: { valued: 'jNSIa', long: 'jobs sshlogin' },
  watch: { valued: 'nq', long: 'interval' },
  rlwrap: { valued: 'CDHfSs' },
  retry: { valued: 'td' },
  coproc: { valued: '' },
  chronic: { valued: '' },
  ts: { valued: '' },
  sem: { valued: 'jNSIa', long: 'jobs' },
  'ssh-agent': { valued: 'aEt' },
  sshpass: { valued: 'pfdP' },
  'dbus-launch': { valued: '' },
  'systemd-cat': { valued: 'tp', long: 'identifier priority' },
  cpulimit: { valued: 'lpe', long: 'limit pid exe' },
  faketime: { valued: 'f', skip: 1 },
  eatmydata: { valued: '' },
  valgrind: { valued: '' },
  logsave: { valued: '', skip: 1 },
  choom: { valued: 'np', long: 'adjust pid' },
  tini: { valued: 'pe' },
  'dumb-init': { valued: 'r', long: 'rewrite' },
  's6-setuidgid': { valued: '', skip: 1, elevated: true },
  sg: { valued: 'c', skip: 1 },
  npx: { valued: 'pc', long: 'package' },
  perf: { valued: '', verb: 'stat' },
  direnv: { valued: '', verb: 'exec', skip: 1 },
  mise: { valued: '', verb: 'exec' },
  'aws-vault': { valued: '', verb: 'exec', skip: 1 },
  chamber: { valued: '', verb: 'exec', skip: 1 },
  op: { valued: '', verb: 'run' },
  doppler: { valued: '', verb: 'run' },
  poetry: { valued: '', verb: 'run' },
  pipenv: { valued: '', verb: 'run' },
  uv: { valued: '', verb: 'run' },
  bundle: { valued: '', verb: 'exec' },
  npm: { valued: '', verb: 'exec' },
  yarn: { valued: '', verb: 'exec' },
  pnpm: { valued: '', verb: 'exec' },
};

export const SHELLS: ReadonlySet<string> = new Set(
  'sh bash zsh dash ash ksh ksh93 mksh pdksh fish csh tcsh rbash rzsh yash elvish nu xonsh posh hush'.split(
    ' ',
  ),
);

/** The programs that `call` would run, one level down. Empty when it is not known to run any. */
export function inners(call: Invocation): Inner[] {
  const { name, args } = call;
  const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  if (wrapper !== undefined) return wrapped(name, wrapper, args);
  if (SHELLS.has(name)) {
    const { code } = shellInput(args);
    return code === null ? [] : [{ k: 'code', text: code, elevated: false }];
  }
  switch (name) {
    case 'eval':
      return [{ k: 'code', text: joined(args[0]?.text === '--' ? args.slice(1) : args), elevated: false }];
    case 'su': {
      const { values } = looseOptions(args, new Set(['c', 'command', 's', 'shell', 'g', 'G', 'w']), false);
      const code = values.get('c') ?? values.get('command');
      return code === undefined ? [] : [{ k: 'code', text: code, elevated: true }];
    }
    case 'script': {
      const { values } = looseOptions(args, new Set(['c', 'command']), false);
      const code = values.get('c') ?? values.get('command');
      return code === undefined ? [] : [{ k: 'code', text: code, elevated: false }];
    }
    case 'trap':
      return args.slice(0, 2).map((text) => ({ k: 'code', text, elevated: false }));
    case 'alias':
      return args.map((arg) => ({
        k: 'code',
        text: { ...arg, text: arg.text.replace(/^[^=]*=/, '') },
        elevated: false,
      }));
    case 'find':
    case 'gfind':
    case 'fd':
    case 'fdfind':
      return executed(args);
    default:
      return [];
  }
}

/** They hand their words to a shell. */
const TYPED: ReadonlySet<string> = new Set(['watch', 'parallel', 'sem', 'sg']);

/** The words of the inner program, behind those that are the wrapper's own. */
function innerWords(wrapper: Wrapper, operands: readonly Field[]): readonly Field[] {
  const { verb, skip = 0 } = wrapper;
  if (verb === undefined) return operands.slice(skip);
  const [first, ...rest] = operands;
  if (first?.text !== verb) return [];
  const dashes = rest.findIndex((field) => field.text === '--');
  if (dashes >= 0) return rest.slice(dashes + 1);
  const from = rest.findIndex((field) => !field.text.startsWith('-'));
  return from < 0 ? [] : rest.slice(from + skip);
}

function wrapped(name: string, wrapper: Wrapper, args: readonly Field[]): Inner[] {
  const elevated = wrapper.elevated ?? false;
  if (name === 'command' && args.some((arg) => /^-p?[vV]/.test(arg.text))) return [];
  const valued = new Set([...wrapper.valued, ...(wrapper.long?.split(' ') ?? [])]);
  const split = name === 'env' ? splitString(args) : null;
  if (split !== null) return [{ k: 'code', text: split, elevated }];
  const { values, operands } = looseOptions(args, valued, true);
  let rest = innerWords(wrapper, operands);
  const found: Inner[] = [];
  if (wrapper.assigns) rest = withoutAssignments(rest);
  // Behind assignments sudo reads options again.
  if (elevated && wrapper.assigns && rest.length < operands.length && rest[0]?.text.startsWith('-'))
    return wrapped(name, wrapper, rest);
  if (name === 'parallel') {
    const end = rest.findIndex((field) => /^:::/.test(field.text));
    if (end > 0) rest = [...rest.slice(0, end), ...rest.slice(end + 1)];
  }
  const code = values.get('c') ?? values.get('command');
  if (code !== undefined && (name === 'flock' || name === 'sg' || name === 'npx')) {
    found.push({ k: 'code', text: joined([code, ...rest]), elevated });
  } else if (rest.length > 0) {
    if (TYPED.has(name)) found.push({ k: 'code', text: joined(rest), elevated });
    if ((name === 'flock' || name === 'sg') && rest[0]?.text === '-c' && rest[1])
      found.push({ k: 'code', text: rest[1], elevated });
    found.push({ k: 'argv', fields: rest, elevated });
  }
  return found;
}

export function withoutAssignments(words: readonly Field[]): readonly Field[] {
  const from = words.findIndex(({ text }) => !/^\w+\+?=/.test(text));
  return from < 0 ? [] : words.slice(from);
}

/** `env -S TEXT WORDS…`: the words of the text come before the others. */
function splitString(args: readonly Field[]): Field | null {
  for (let i = 0; i < args.length; i += 1) {
    const option = args[i];
    if (option === undefined || !/^-[^-]|^--[a-z]/.test(option.text)) return null;
    if (/^-[i0v]*[uC]$|^--(?:u[a-z]*|c[a-z]*)$/.test(option.text)) i += 1;
    else if (/^-[i0v]*S|^--s[a-z-]*(?:=|$)/.test(option.text)) {
      const text = option.text.replace(/^-[i0v]*S|^--s[a-z-]*=?/, '');
      const [code, ...more] = text === '' ? args.slice(i + 1) : [{ ...option, text }, ...args.slice(i + 1)];
      return code === undefined ? null : joined([code, ...more]);
    }
  }
  return null;
}

/** `find … -exec CMD ;`: every command between an exec flag and its end. */
function executed(args: readonly Field[]): Inner[] {
  const found: Inner[] = [];
  for (let i = 0; i < args.length; i += 1) {
    if (!/^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/.test(args[i]?.text ?? '')) continue;
    const end = args.findIndex((arg, at) => at > i && (arg.text === ';' || arg.text === '+'));
    const fields = args.slice(i + 1, end < 0 ? args.length : end);
    if (fields.length > 0) found.push({ k: 'argv', fields, elevated: false });
  }
  return found;
}

export interface ShellInput {
  /** The text after `-c`. */
  readonly code: Field | null;
  /** The script file, when there is one. */
  readonly script: Field | null;
  /** Reads its program from standard input. */
  readonly stdin: boolean;
}

/** What a shell call executes: `-c` text, a script, or standard input. */
export function shellInput(args: readonly Field[]): ShellInput {
  const { flags, operands } = looseOptions(
    withoutPlus(args),
    new Set(['o', 'O', 'rcfile', 'init-file']),
    true,
  );
  if (flags.has('c')) return { code: operands[0] ?? null, script: null, stdin: false };
  const [script] = operands;
  const fromStdin = script === undefined || flags.has('s') || isStdin(script.text);
  return { code: null, script: fromStdin ? null : script, stdin: fromStdin };
}

/** `bash +e -c …`: options that are switched off say nothing about what runs. */
function withoutPlus(args: readonly Field[]): readonly Field[] {
  const end = args.findIndex(({ text }) => !/^[-+]./.test(text));
  const lead = end < 0 ? args : args.slice(0, end);
  return [...lead.filter(({ text }) => !/^\+[a-zA-Z]+$/.test(text)), ...args.slice(lead.length)];
}

export function isStdin(text: string): boolean {
  return text === '-' || /^(?:\/dev\/(?:stdin|fd\/\d+)|\/proc\/(?:self|\d+)\/fd\/\d+)$/.test(text);
}

function joined(fields: readonly Field[]): Field {
  const [first] = fields;
  const text = fields.map((field) => field.text).join(' ');
  return {
    text,
    pattern: '',
    kind: fields.some((field) => field.kind === 'dynamic') ? 'dynamic' : 'literal',
    why: first?.why ?? '',
    source: fields.map((field) => field.source).join(' '),
    pieces: [],
    nested: fields.flatMap((field) => field.nested),
    fetched: fields.some((field) => field.fetched),
    expanded: fields.some((field) => field.expanded),
  };
}
