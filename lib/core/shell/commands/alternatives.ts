/** What to do in place of programs that are not read-only but often asked for: what reads, or who else does it. */
const ALTERNATIVES: readonly (readonly [programs: string, instead: string])[] = [
  [
    'env printenv export declare typeset',
    'Nothing of the gateway’s environment reaches commands. Write values where they are used.',
  ],
  [
    'rm rmdir unlink shred truncate mv cp touch mkdir ln install dd',
    'Look with ls -la, stat, find or du; the change itself needs an approval.',
  ],
  ['chmod chown chgrp chattr setfacl', 'Look with ls -la or stat; the change itself needs an approval.'],
  ['vi vim nvim nano emacs ed less more most man', 'Use cat, head -n, tail -n or sed -n to read.'],
  [
    'xargs parallel',
    'Names from input cannot be judged beforehand. Use grep -r, find -printf, rg, or for f in *.tf; do … "$f"; done.',
  ],
  ['read mapfile readarray', 'Use awk, sed, cut or jq on the input, or for x in a b c; do …; done.'],
  [
    'helm aws gcloud az eksctl gsutil',
    'Ask for an approval: it uses the credentials of the cloud. For what runs in a cluster use gateway_kubectl_get.',
  ],
  [
    'curl wget http httpie nc ncat telnet ssh scp rsync ping dig nslookup host',
    'Commands have no network without an approval. Ask for an approval of this one.',
  ],
  ['sudo doas su', 'Commands run as they are, without other rights. Name the command itself.'],
  ['eval source . exec', 'Write the commands themselves.'],
  ['watch', 'Run the command once; call again to look again.'],
  ['sysctl', 'Read the file below /proc/sys, such as cat /proc/sys/vm/swappiness.'],
  ['mount', 'Use findmnt or df -h.'],
  ['bc dc', 'Use expr, awk or $((…)) with numbers.'],
  ['perl', 'Use sed, awk, grep or jq.'],
  ['unzip tar zip gzip gunzip bzip2 xz', 'Use zcat for one compressed file; unpacking needs an approval.'],
  ['getent', 'Use id NAME, or read /etc/hosts.'],
  ['exit return', 'Leave it out: the status of the last command comes back in the answer.'],
  ['shopt trap alias ulimit umask', 'Leave it out: each command starts anew.'],
];

const BY_PROGRAM: ReadonlyMap<string, string> = new Map(
  ALTERNATIVES.flatMap(([programs, instead]) => programs.split(' ').map((name) => [name, instead] as const)),
);

export function insteadOf(program: string): string {
  return BY_PROGRAM.get(program) ?? 'Use a read-only command, or ask for an approval of this one.';
}
