import { optionTable, readOptions } from './options.ts';
import { plain } from './plain.ts';
import { accept, type CommandFamily, type CommandRule, refuse, refused } from './rule.ts';
import { wordProblem } from './words.ts';

/** Letters of the BSD style that take no value. `e`, which prints environments, is not among them. */
const BSD = /^[aAcfhHjlLmnrsSTuvwxXZ]+$/;
/** Not of that style, but meant so. */
const BSD_DASHED = /^-(?:a[fluwx]+|x)$/;
const UNIX = /^-[aAdefFHjlLmMNTwyZ]+$/;
const LIST = /^[a-z_%]+(?::\d+)?(?:=[\w%+-]*)?(?:,[a-z_%]+(?::\d+)?(?:=[\w%+-]*)?)*$/i;
const COLUMNS = new Set(
  `pid ppid pgid pgrp sid sess tid lwp spid uid euid ruid user euser ruser uname gid egid group egroup comm ucmd ucomm cmd args command
   fname %cpu pcpu c cp %mem pmem rss rssize rsz vsz vsize sz size time cputime etime etimes stat state s start stime start_time lstart
   bsdstart bsdtime tty tt tname ni nice pri nlwp thcount psr cls class rtprio sched wchan cgroup unit f flags min_flt maj_flt
   ppid tgid uss pss`.split(/\s+/),
);
const NUMBERS = /^\d+(?:,\d+)*$/;
const NAMES = /^[a-z0-9_][\w.,/-]*$/i;
const LONG =
  /^--(?:no-headers?|no-heading|headers?|forest|deselect|cumulative|help|version|sort=[\w,%+-]+|(?:p?pid|quick-pid|sid)=[\d,]+|format=[\w,%=:]+|(?:user|User|group|Group)=[\w,.-]+|(?:cols|columns|width|rows|lines)=\d+)$/;
/** Options with the next word as value. */
const VALUED: readonly (readonly [flag: RegExp, value: RegExp])[] = [
  [/^-[aAdfFHjlLmMNTwyZ]*[oO]$|^-?a?[afluwx]*xo$|^--format$/, LIST],
  [/^-[aAdfFHjlLmMNTwyZ]*[pqs]$|^--(?:p?pid|quick-pid|sid)$/, NUMBERS],
  [/^-[aAdfFHjlLmMNTwyZ]*[CuUgGt]$|^--(?:user|User|group|Group|tty)$/, NAMES],
  [/^--sort$/, /^[\w,%+-]+$/],
  [/^--(?:cols|columns|width|rows|lines)$/, /^\d+$/],
];
const ATTACHED = /^-p\d+(?:,\d+)*$|^-[CuUgG][\w.,-]+$/;

/** `ps` without environments. */
const ps: CommandRule = (args) => {
  const odd = wordProblem(args);
  if (odd !== null) return refused(odd);
  const texts = args.map((arg) => arg.text);
  const everything = texts.some((text) => /^-[^-]*e/.test(text));
  const bad = everything ? strangeBesideE(texts) : strange(texts);
  return bad === null
    ? accept()
    : refuse(
        'ps.words',
        `ps: ${bad} is not known to be read-only here; e shows environments, and so does -e beside a word that ps cannot read`,
        'Use ps aux, ps -ef, ps -eo pid,ppid,cmd or ps -p PID.',
      );
};

/**
 * Where it cannot make sense of a word, ps reads all of them again in the BSD style, in which `-e` shows environments.
 * So there is no word beside `-e` that could be wrong on some machine, such as the name of a user.
 */
function strangeBesideE(texts: readonly string[]): string | null {
  for (let i = 0; i < texts.length; i += 1) {
    const text = texts[i] ?? '';
    if (UNIX.test(text) || BSD.test(text)) continue;
    if (/^--(?:forest|no-headers?|sort=[\w,%+-]+|(?:cols|columns|width|rows|lines)=\d+)$/.test(text))
      continue;
    const next = texts[i + 1] ?? '';
    const columns = /^-[aAdefFHjlLmMNTwyZ]*o$/.test(text) && LIST.test(next);
    const known =
      columns && next.split(',').every((name) => COLUMNS.has(name.replace(/[:=].*/, '').toLowerCase()));
    if (!known) return columns ? next : text;
    i += 1;
  }
  return null;
}

function strange(texts: readonly string[]): string | null {
  for (let i = 0; i < texts.length; i += 1) {
    const text = texts[i] ?? '';
    if (/env/i.test(text)) return text;
    const value = VALUED.find(([flag]) => flag.test(text))?.[1];
    if (value !== undefined) {
      const next = texts[i + 1] ?? '';
      if (!value.test(next) || /env/i.test(next) || (value === NAMES && lettersWithE(next)))
        return next === '' ? text : next;
      i += 1;
    } else if (![BSD, BSD_DASHED, UNIX, LONG, ATTACHED, NUMBERS].some((form) => form.test(text))) return text;
  }
  return null;
}

/** A name that is nobody's would be read as letters of the BSD style. */
function lettersWithE(name: string): boolean {
  const rest = /^[aAcfghHjlLmnrsSTuvVwxXZ]*e[aAcefghHjlLmnrsSTuvVwxXZ]*(?:[oOkptUq]?(.*))$/.exec(name)?.[1];
  return rest !== undefined && (rest.length < 3 || COLUMNS.has(rest));
}

const TOP = optionTable(
  '-bcHiSs1 -n:number -d:number -p:text -u:text -U:text -o:text -e:text -E:text -w?number',
);

const top: CommandRule = (args, context) => {
  const read = readOptions('top', TOP, args, context, false);
  if (!read.ok) return read;
  return read.flags.has('b') && read.flags.has('n') && read.operands.length === 0
    ? accept()
    : refuse('top.interactive', 'top needs a terminal', 'Use top -b -n 1.');
};

/** Which processes there are, and what they hold open. */
export const processes: CommandFamily = {
  family: 'processes',
  rules: {
    ps,
    top,
    lsof: plain('lsof', {
      options: '-nPtlU -i?text -p:text -u:text -c:text',
      operands: 'text',
      check: ({ operands }) =>
        operands.every(({ text }) => /^(?:[46]?(?:tcp|udp)?(?::[\d,-]+)?)$/i.test(text))
          ? null
          : 'only ports are looked up',
    }),
    pgrep: plain('pgrep', {
      options:
        '-aAlfcinovwx -G:text -s:text -O:number -r:text -u:text -U:text -P:text -g:text -t:text -d:text --list-name --list-full --full --count --exact --newest --oldest --ignore-case --parent:text --euid:text --uid:text --group:text --pgroup:text --session:text --terminal:text --delimiter:text --inverse --lightweight --older:number --runstates:text --ignore-ancestors',
      operands: 'text',
      most: 1,
    }),
    pidof: plain('pidof', { options: '-sx', operands: 'text' }),
    pstree: plain('pstree', { options: '-aAcgGlnpsStTuUhZ -H:number', operands: 'text', most: 1 }),
  },
  allows: [
    'ps aux',
    'ps -ef',
    'ps -efww',
    'ps -aux',
    'ps axo pid,ppid,cmd',
    'ps -eo pid,cmd --sort=-pcpu',
    'ps -eo pid,ppid,user,%cpu,%mem,args --sort=-%mem',
    'ps -o pid= -p 1',
    'ps -C nginx -o pid,cmd',
    'ps -u root',
    'ps -u jenkins',
    'ps -u ec2-user',
    'ps -fp 1,2',
    'ps -ef --forest',
    'ps aux --sort=-%mem',
    'top -b -n 1',
    'pgrep -af nginx',
    'lsof -nP -i :80',
  ],
  refuses: [
    'ps eww',
    'ps aux e',
    'ps -ef e',
    'ps -et',
    'ps -e -u x',
    'ps -aux -e',
    'ps -e -O M',
    'ps -eo pid,zzz',
    'ps -p 1,x',
    'ps -u axe',
    'ps -u aeopid',
    'ps -e 1',
    'ps -eo pid,environ',
    'ps -o environ -p 1',
    'ps -C',
    'ps axe',
    'ps --format=pid,environ',
    'ps -E',
    'top',
    'pgrep -F f',
    'lsof +D /',
    'lsof -F',
  ],
};
