import { matching } from './matching.ts';
import { optionTable, readOptions } from './options.ts';
import { plain } from './plain.ts';
import { accept, type CommandFamily, type CommandRule, literalArgs, refuse, refused } from './rule.ts';
import { wordProblem } from './words.ts';

const dateTable = optionTable(
  '-uR -d:text -I?text -r:look --utc --universal --date:text --reference:look --iso-8601?text --rfc-email --rfc-3339:text --debug --resolution',
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

/** Facts about the machine. */
export const system: CommandFamily = {
  family: 'system',
  rules: {
    date,
    sleep,
    systemctl,
    uname: plain('uname', {
      options:
        '-asnrvmpio --all --kernel-name --nodename --kernel-release --kernel-version --machine --processor --hardware-platform --operating-system',
      operands: 'none',
    }),
    id: plain('id', {
      options: '-ugGnrzZa --user --group --groups --name --real --zero --context',
      operands: 'text',
      most: 1,
    }),
    whoami: plain('whoami', { options: '', operands: 'none' }),
    groups: plain('groups', { options: '', operands: 'text', most: 3 }),
    logname: plain('logname', { options: '', operands: 'none' }),
    hostname: plain('hostname', {
      options: '-fsdiIaA --fqdn --short --domain --ip-address --all-ip-addresses --long --alias --all-fqdns',
      operands: 'none',
    }),
    hostnamectl: matching('hostnamectl', /^(?:status|--static|--transient|--pretty|--no-pager)$/),
    timedatectl: matching('timedatectl', /^(?:status|show|list-timezones|--no-pager)$/),
    uptime: plain('uptime', { options: '-ps --pretty --since', operands: 'none' }),
    nproc: plain('nproc', { options: '--all --ignore:number', operands: 'none' }),
    arch: plain('arch', { options: '', operands: 'none' }),
    tty: plain('tty', { options: '-s', operands: 'none' }),
    users: plain('users', { options: '', operands: 'none' }),
    who: plain('who', {
      options:
        '-abdHlmpqrstTuw --all --boot --count --dead --heading --ips --login --lookup --mesg --message --process --runlevel --short --time --users --writable',
      operands: 'none',
    }),
    last: plain('last', {
      options:
        '-adFiRwx -n:number -s:text -t:text -p:text --fullnames --fulltimes --hostlast --ip --limit:number --nohostname --since:text --until:text --present:text --system --dns --time-format:text',
      digits: true,
      operands: 'text',
      most: 3,
      check: ({ operands }) =>
        operands.some(({ text }) => text.includes('/')) ? 'only names of users' : null,
    }),
    w: plain('w', {
      options: '-hsfiou --no-header --short --from --old-style --ip-addr --no-current',
      operands: 'text',
      most: 1,
    }),
    free: plain('free', {
      options:
        '-bkmghltwv -s:number -c:number --human --mega --giga --bytes --kilo --tera --peta --kibi --mebi --gibi --tebi --pebi --lohi --committed --total --wide --si --seconds:number --count:number',
      operands: 'none',
    }),
    vmstat: plain('vmstat', {
      options:
        '-aDdfmnstwy -S:text --unit:text --active --forks --slabs --one-header --stats --disk --disk-sum --wide --timestamp --no-first',
      operands: 'text',
      most: 2,
    }),
    iostat: plain('iostat', { options: '-cdhkmNtxyz -p?text', operands: 'text', most: 2 }),
    mpstat: plain('mpstat', { options: '-A -P:text -u', operands: 'text', most: 2 }),
    lscpu: plain('lscpu', {
      options:
        '-aBbcJxy -e?text -p?text -C?text --all --extended?text --parse?text --caches?text --json --online --offline --bytes --hex --physical --output-all',
      operands: 'none',
    }),
    lsblk: plain('lsblk', {
      options:
        '-aAbdDfhilJmMnOpPrsStyz -o:text -e:text -I:text -E:text -x:text -w:number -T?text --all --json --fs --output:text --list --paths --noheadings --bytes --nodeps --noempty --discard --dedup:text --include:text --exclude:text --merge --output-all --pairs --scsi --tree?text --ascii --perms --raw --inverse --topology --width:number --sort:text --shell --zoned',
      operands: 'look',
      most: 5,
    }),
    lsmod: plain('lsmod', { options: '', operands: 'none' }),
    lspci: plain('lspci', { options: '-knmtv', operands: 'none' }),
    lsusb: plain('lsusb', { options: '-tv', operands: 'none' }),
    locale: plain('locale', {
      options: '-akmc --all-locales --charmaps --category-name --keyword-name',
      operands: 'text',
    }),
    getconf: matching('getconf', /^(?:-a|[A-Z_][A-Z0-9_]*)$/),
    cal: plain('cal', { options: '-13jmsy', operands: 'text', most: 3 }),
    lsb_release: plain('lsb_release', {
      options: '-aidrcs --all --short --description --release --codename --id',
      operands: 'none',
    }),
    sw_vers: matching('sw_vers', /^-{1,2}(?:productVersion|productName|buildVersion)$/),
    journalctl: plain('journalctl', {
      options:
        '-rkxeqamN -u:text -n:number -F:text -c:text -g:text -p:text -S:text -U:text -t:text -o:text -b?text --unit:text --lines:number --priority:text --since:text --until:text --no-pager --reverse --dmesg --identifier:text --output:text --boot?text --quiet --utc --no-hostname --list-boots --grep:text --follow -f --system --user-unit:text --facility:text --case-sensitive?text --output-fields:text --show-cursor --catalog --no-full --all --no-tail --pager-end --fields --field:text --disk-usage --header --list-catalog --dump-catalog --cursor:text --after-cursor:text --merge',
      operands: 'none',
    }),
    dmesg: plain('dmesg', {
      options:
        '-HTtkuxPdeJrpSwW -l:text -f:text -L?text -s:number --human --ctime --level:text --facility:text --kernel --userspace --decode --nopager --json --raw --noescape --syslog --follow --follow-new --show-delta --reltime --notime --time-format:text --since:text --until:text --color?text --force-prefix --buffer-size:number',
      operands: 'none',
    }),
    findmnt: plain('findmnt', {
      options:
        '-aAbDJkmlnPrRsUuvyCcefi -o:text -t:text -O:text -S:text -T:look -M:look -d:text --all --json --list --output:text --types:text --ascii --bytes --canonicalize --nocanonicalize --df --direction:text --evaluate --first-only --fstab --mtab --kernel --invert --noheadings --options:text --output-all --pairs --pseudo --shadowed --submounts --raw --real --source:text --target:look --mountpoint:look --tree --uniq --notruncate --nofsroot --shell --vfs-all',
      operands: 'look',
      most: 2,
    }),
    true: () => accept(),
    false: () => accept(),
    ':': (args) => {
      const odd = wordProblem(args);
      return odd === null ? accept() : refused(odd);
    },
  },
  allows: [
    'date -u',
    'date +%F',
    'uname -a',
    'id',
    'free -h',
    'sleep 2',
    'hostname -f',
    'systemctl status nginx',
    'date -r README.md',
    'lsblk -o NAME,SIZE /dev/sda',
    'journalctl -u nginx -n 50 --no-pager',
  ],
  refuses: [
    'date -s now',
    'date 01010000',
    'date --se=x',
    'hostname -b x',
    'hostname new',
    'systemctl stop x',
    'systemctl show-environment',
    'date -f .env',
    'sleep 99999',
    'journalctl --vacuum-time=1s',
    'journalctl -n --vacuum-time=1s',
    'journalctl --lines --rotate',
    'journalctl --file=x',
    'journalctl -D /x',
    'dmesg -C',
    'getent shadow',
    'sysctl -w x=1',
    'sysctl vm.swappiness=1',
    'sysctl -p',
    'mount',
    'sysctl -a',
    'mount -o remount /',
    'mount /dev/sda /mnt',
  ],
};
