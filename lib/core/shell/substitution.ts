import type { Field } from './fields.ts';

/**
 * Programs that read each file they are given once, from its start to its end, and do nothing else with its name: for
 * them a file that holds the output is as good as a pipe.
 */
const READERS: ReadonlySet<string> = new Set(
  `cat tac nl head wc od sort cut paste comm join fold fmt expand unexpand rev column grep egrep fgrep rg diff cmp md5sum
   sha1sum sha256sum sha512sum b2sum cksum base64 sed awk gawk mawk jq hexdump strings`.split(/\s+/),
);

/** The arguments with each `<(…)` under the name that bash gives it. */
export function named(program: string, args: readonly Field[]): readonly Field[] {
  if (!READERS.has(program) || !args.some(isProcess)) return args;
  let next = 63;
  return args.map((arg) => {
    if (!isProcess(arg)) return arg;
    const text = `/dev/fd/${next}`;
    next -= 1;
    return { ...arg, text, kind: 'literal', why: '' };
  });
}

/** A word that `named` made: what it reads is judged by itself. */
export function isSubstitution(field: Field): boolean {
  return field.kind === 'literal' && isProcess(field);
}

function isProcess({ pieces }: Field): boolean {
  const [only] = pieces;
  return pieces.length === 1 && only?.k === 'process' && only.direction === '<';
}
