import { optionTable, plain, readOptions } from './options.ts';
import {
  accept,
  type CommandFamily,
  type CommandRule,
  literalArgs,
  type Outcome,
  refuse,
  refused,
} from './rule.ts';
import { wordProblem } from './words.ts';

/** All arguments literal, and each one matched by the pattern. */
function words(program: string, pattern: RegExp, most = 20): CommandRule {
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

/** `ps`: BSD letters without `e`, which prints environments. */
const ps: CommandRule = (args) => {
  const odd = wordProblem(args);
  if (odd !== null) return refused(odd);
  const texts = args.map((arg) => arg.text);
  for (let i = 0; i < texts.length; i += 1) {
    const text = texts[i] ?? '';
    if (/^-(?:[oOpCuUgGt]|-ppid|-pid|-sort)$/.test(text) && /^[\w,%=:@. +-]+$/.test(texts[i + 1] ?? '')) {
      i += 1;
      continue;
    }
    if (
      /^[aAuxwfljvTHLmhs]+$/.test(text) ||
      /^-[aAdefFHjlLmNTwy]*[oOpCuUgGt]?$/.test(text) ||
      /^\d+$/.test(text)
    ) {
      if (/^-[a-zA-Z]+[oOpCuUgGt]$/.test(text)) i += 1;
      continue;
    }
    if (
      /^--(?:no-headers?|forest|headers|sort=[\w,%+-]+|ppid=\d+|pid=[\d,]+|format=[\w,%=]+|user=[\w,]+|cols=\d+|width=\d+)$/.test(
        text,
      )
    )
      continue;
    return refuse(
      'ps.words',
      `ps: ${text} is not known to be read-only; the letter e would show environments`,
      'Use ps aux or ps -ef.',
    );
  }
  return accept();
};

const dateTable = optionTable(
  '-uR -d:text -I?text --utc --universal --date:text --iso-8601?text --rfc-email --rfc-3339:text',
);
const date: CommandRule = (args, context) => {
  const read = readOptions('date', dateTable, args, context, false);
  if (!read.ok) return read;
  const bad = read.operands.find((operand) => operand.kind !== 'literal' || !operand.text.startsWith('+'));
  return bad === undefined
    ? accept()
    : refuse('date.set', `date: ${bad.source} would set the clock`, 'Use date +FORMAT.');
};

const sleep: CommandRule = (args) => {
  const texts = literalArgs(args) ?? ['no'];
  const total = texts.reduce(
    (sum, text) =>
      sum +
      (/^\d{1,4}(?:\.\d+)?[sm]?$/.test(text) ? Number.parseFloat(text) * (text.endsWith('m') ? 60 : 1) : 1e9),
    0,
  );
  return texts.length > 0 && total <= 600
    ? accept()
    : refuse('sleep.long', 'sleep: at most ten minutes, written in digits', 'Write: sleep 30.');
};

const systemctl: CommandRule = (args) => {
  const odd = wordProblem(args);
  if (odd !== null) return refused(odd);
  const texts = args.map((arg) => arg.text);
  const flags = texts.filter((text) => text.startsWith('-'));
  const [verb = '', ...units] = texts.filter((text) => !text.startsWith('-'));
  const known = flags.every((flag) =>
    /^(?:--no-pager|--all|-a|--failed|--plain|--no-legend|--full|-l|--quiet|-q|--type=[\w,]+|--state=[\w,]+|--user)$/.test(
      flag,
    ),
  );
  const reads =
    verb === ''
      ? flags.length > 0
      : /^(?:status|is-active|is-enabled|is-failed|list-units|list-unit-files|list-timers|list-sockets|list-dependencies|is-system-running|get-default)$/.test(
          verb,
        );
  if (!known || !reads || units.some((unit) => !/^[\w@.*:-]+$/.test(unit)))
    return refuse(
      'systemctl.verb',
      `systemctl ${verb} is not known to be read-only`,
      'Use systemctl status or is-active.',
    );
  return accept();
};

/** `ip … show` and the bare object names; abbreviated verbs are refused. */
const ip: CommandRule = (args) => {
  const odd = wordProblem(args);
  if (odd !== null) return refused(odd);
  const texts = args.map((arg) => arg.text);
  const rest = texts.filter(
    (text) =>
      !/^-(?:4|6|br|brief|c|color=\w+|j|json|p|pretty|s|stats|d|details|o|oneline|h|human)$/.test(text),
  );
  const [object = '', verb, ...more] = rest;
  const known =
    /^(?:a|addr|address|l|link|r|route|n|neigh|rule|maddr)$/.test(object) &&
    (verb === undefined || /^(?:show|list|get|ls)$/.test(verb));
  return known && more.every((text) => /^[\w.:/@-]+$/.test(text))
    ? accept()
    : refuse('ip.verb', 'ip: only show is read-only', 'Use ip addr show.');
};

/** Facts about the machine and its processes. */
export const system: CommandFamily = {
  family: 'system',
  rules: {
    ps,
    date,
    sleep,
    systemctl,
    ip,
    uname: plain('uname', {
      options:
        '-asnrvmpio --all --kernel-name --nodename --kernel-release --kernel-version --machine --processor --hardware-platform --operating-system',
      operands: 'none',
    }),
    id: plain('id', {
      options: '-ugGnrzZa --user --group --groups --name --real --zero',
      operands: 'text',
      most: 1,
    }),
    whoami: plain('whoami', { options: '', operands: 'none' }),
    groups: plain('groups', { options: '', operands: 'text', most: 3 }),
    logname: plain('logname', { options: '', operands: 'none' }),
    hostname: plain('hostname', {
      options: '-fsdiIaA --fqdn --short --domain --ip-address --all-ip-addresses --long',
      operands: 'none',
    }),
    hostnamectl: words('hostnamectl', /^(?:status|--static|--transient|--pretty|--no-pager)$/),
    timedatectl: words('timedatectl', /^(?:status|show|list-timezones|--no-pager)$/),
    uptime: plain('uptime', { options: '-ps --pretty --since', operands: 'none' }),
    nproc: plain('nproc', { options: '--all --ignore:number', operands: 'none' }),
    arch: plain('arch', { options: '', operands: 'none' }),
    tty: plain('tty', { options: '-s', operands: 'none' }),
    users: plain('users', { options: '', operands: 'none' }),
    who: plain('who', { options: '-abdHlmpqrstTu', operands: 'none' }),
    last: plain('last', {
      options:
        '-adFiRwx -n:number -s:text -t:text -p:text --fullnames --fulltimes --hostlast --ip --limit:number --nohostname',
      digits: true,
      operands: 'text',
      most: 3,
      check: ({ operands }) =>
        operands.some(({ text }) => text.includes('/')) ? 'only names of users' : null,
    }),
    w: plain('w', { options: '-hsfio', operands: 'text', most: 1 }),
    free: plain('free', {
      options:
        '-bkmghltwv -s:number -c:number --human --mega --giga --bytes --kilo --total --wide --si --seconds:number --count:number',
      operands: 'none',
    }),
    vmstat: plain('vmstat', { options: '-adfimnstw -S:text', operands: 'text', most: 2 }),
    iostat: plain('iostat', { options: '-cdhkmNtxyz -p?text', operands: 'text', most: 2 }),
    mpstat: plain('mpstat', { options: '-A -P:text -u', operands: 'text', most: 2 }),
    lscpu: plain('lscpu', { options: '-aepJy --all --extended?text --parse?text --json', operands: 'none' }),
    lsblk: plain('lsblk', {
      options:
        '-abdDfhilJmnOpPrStTx -o:text -e:text -I:text --all --json --fs --output:text --list --paths --noheadings --bytes --nodeps',
      operands: 'none',
    }),
    lsmod: plain('lsmod', { options: '', operands: 'none' }),
    lspci: plain('lspci', { options: '-knmtv', operands: 'none' }),
    lsusb: plain('lsusb', { options: '-tv', operands: 'none' }),
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
        '-alfcinovwx -u:text -U:text -P:text -g:text -t:text -d:text --list-name --list-full --full --count --exact --newest --oldest --ignore-case',
      operands: 'text',
      most: 1,
    }),
    pidof: plain('pidof', { options: '-sx', operands: 'text' }),
    pstree: plain('pstree', { options: '-AcGlnpsStTuUh', operands: 'text', most: 1 }),
    top: (args, context) => {
      const read = readOptions(
        'top',
        optionTable('-bcHiS -n:number -d:number -p:text -u:text -o:text -w?number'),
        args,
        context,
        false,
      );
      if (!read.ok) return read;
      return read.flags.has('b') && read.flags.has('n') && read.operands.length === 0
        ? accept()
        : refuse('top.interactive', 'top needs a terminal', 'Use top -b -n 1.');
    },
    ss: words(
      'ss',
      /^-[tulnpaseimoxwrH046]+$|^--(?:tcp|udp|listening|numeric|processes|all|summary|unix|no-header)$/,
    ),
    netstat: words(
      'netstat',
      /^-[tulnpaserigWc46]+$|^--(?:tcp|udp|listening|numeric|program|all|route|interfaces|statistics)$/,
    ),
    locale: plain('locale', { options: '-akmc', operands: 'text' }),
    getconf: words('getconf', /^(?:-a|[A-Z_][A-Z0-9_]*)$/),
    cal: plain('cal', { options: '-13jmsy', operands: 'text', most: 3 }),
    lsb_release: plain('lsb_release', {
      options: '-aidrcs --all --short --description --release --codename --id',
      operands: 'none',
    }),
    sw_vers: words('sw_vers', /^-{1,2}(?:productVersion|productName|buildVersion)$/),
    journalctl: plain('journalctl', {
      options:
        '-rkxeq -u:text -n:text -p:text -S:text -U:text -t:text -o:text -b?text --unit:text --lines:text --priority:text --since:text --until:text --no-pager --reverse --dmesg --identifier:text --output:text --boot?text --quiet --utc --no-hostname --list-boots --grep:text --follow -f',
      operands: 'none',
    }),
    dmesg: plain('dmesg', {
      options:
        '-HTtkuxPd -l:text -f:text --human --ctime --level:text --facility:text --kernel --userspace --decode --nopager',
      operands: 'none',
    }),
    findmnt: plain('findmnt', {
      options: '-aAbDJlnPruv -o:text -t:text --all --json --list --output:text --types:text',
      operands: 'text',
      most: 1,
    }),
    true: () => accept(),
    false: () => accept(),
    ':': (args) => {
      const odd = wordProblem(args);
      return odd === null ? accept() : refused(odd);
    },
  },
  allows: [
    'ps aux',
    'ps -ef',
    'ps -eo pid,cmd --sort=-pcpu',
    'date -u',
    'date +%F',
    'uname -a',
    'id',
    'free -h',
    'sleep 2',
    'hostname -f',
    'systemctl status nginx',
    'ip addr show',
    'ss -tlnp',
  ],
  refuses: [
    'ps eww',
    'ps aux e',
    'ps -ef e',
    'date -s now',
    'date 01010000',
    'date --se=x',
    'hostname -b x',
    'hostname new',
    'systemctl stop x',
    'systemctl show-environment',
    'ip netns exec x sh',
    'ss -K',
    'sleep 99999',
    'top',
    'journalctl --vacuum-time=1s',
    'dmesg -C',
    'getent shadow',
  ],
};
