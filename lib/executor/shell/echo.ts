/** What bash's `echo` prints for these words (bash manual, “Bash Builtin Commands”; `xpg_echo` off). */
export function echo(words: readonly string[]): Uint8Array {
  let [newline, escapes, from] = [true, false, 0];
  for (; /^-[neE]+$/.test(words[from] ?? ''); from += 1) {
    for (const letter of (words[from] ?? '').slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
  }
  const text = words.slice(from).join(' ');
  const { bytes, cut } = escapes ? interpreted(text) : { bytes: Buffer.from(text), cut: false };
  return newline && !cut ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes;
}

const PLAIN: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

const ESCAPE =
  /\\(?:([abeEfnrtv\\])|(c)|0([0-7]{0,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8}))/g;

/** `\0` and `\x` name bytes, `\u` and `\U` code points; `\c` ends all output. */
function interpreted(text: string): { bytes: Buffer; cut: boolean } {
  const out: Buffer[] = [];
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    const [all, plain, stop, octal, hex, short, long] = match;
    out.push(Buffer.from(text.slice(at, match.index)));
    at = match.index + all.length;
    if (stop !== undefined) return { bytes: Buffer.concat(out), cut: true };
    if (plain !== undefined) out.push(Buffer.from(PLAIN[plain] ?? all));
    else if (octal !== undefined) out.push(Buffer.of(Number.parseInt(`0${octal}`, 8) & 0xff));
    else if (hex !== undefined) out.push(Buffer.of(Number.parseInt(hex, 16)));
    else out.push(codePoint(Number.parseInt(short ?? long ?? '0', 16), all));
  }
  out.push(Buffer.from(text.slice(at)));
  return { bytes: Buffer.concat(out), cut: false };
}

function codePoint(code: number, all: string): Buffer {
  return Buffer.from(code <= 0x10ffff ? String.fromCodePoint(code) : all);
}
