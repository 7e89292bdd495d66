import { optionTable, readOptions } from './options.ts';
import { accept, type CommandFamily, type CommandRule, refuse, refused } from './rule.ts';
import { unknownWord } from './words.ts';

const OPTIONS = optionTable('-F:text -v:text');

const KEYWORDS =
  /^(?:BEGIN|END|print|printf|if|else|for|in|while|do|break|continue|next|exit|delete|NR|NF|FNR|FS|OFS|ORS|RS|SUBSEP|RSTART|RLENGTH|FILENAME|[a-z]\w*)$/;
const FUNCTIONS = new Set(
  'length substr index split sub gsub gensub match tolower toupper sprintf int sqrt exp log sin cos atan2 rand srand systime mktime strftime strtonum if for while print printf in'.split(
    ' ',
  ),
);
/** Lower-case names that are commands of the language rather than variables. */
const FORBIDDEN = new Set(
  'getline system close fflush function func nextfile getline include load namespace eval'.split(' '),
);

/** Tokens of the awk language that matter here: strings and regular expressions are one token each. */
const TOKEN =
  /\s+|#[^\n]*|"(?:\\.|[^"\\\n])*"|\d+(?:\.\d+)?|\.\d+|[A-Za-z_]\w*|&&|\|\||[-+*%=!<>]=|\+\+|--|[-+*%^=!<>~?:,;(){}[\]$]|\//y;

/**
 * A regular expression behind its first slash. Where one ends that has a slash, a bracket or a leading `]` inside
 * of brackets, the awks differ, and what is an expression for one is a command for another: none is known then.
 */
const REGEX = /^(?:\\.|\[\^?(?:\[:[a-z]+:\]|\\.|[^\]\\\n/[])+\]|[^/\\\n[])*\//;

/** The first part of a program that is not known to only compute and print to standard output; null for none. */
function firstDoubt(program: string): string | null {
  let at = 0;
  let braces = 0;
  /** One entry per open parenthesis: true when it belongs to if, while or for. */
  const parens: boolean[] = [];
  let operand = false;
  let afterName: string | null = null;
  while (at < program.length) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(program)?.[0];
    if (token === undefined) return program.slice(at, at + 20);
    at += token.length;
    if (/^\s|^#/.test(token)) {
      if (token.includes('\n')) {
        afterName = null;
        operand = false;
      }
      continue;
    }
    // Whether `/` divides or opens a regular expression depends on what stands before; in doubt, refuse.
    if (
      token === '/' &&
      afterName !== null &&
      FUNCTIONS.has(afterName) &&
      !/^(?:print|printf|if|while|for|in)$/.test(afterName)
    )
      return `${afterName} /`;
    if (token === '/' && !operand) {
      const regex = REGEX.exec(program.slice(at));
      if (regex === null) return program.slice(at - 1, at + 20);
      at += regex[0].length;
      operand = true;
      afterName = null;
      continue;
    }
    const name = /^[A-Za-z_]/.test(token);
    if (name && (!KEYWORDS.test(token) || FORBIDDEN.has(token))) return token;
    if (token === '(' && afterName !== null && !FUNCTIONS.has(afterName)) return `${afterName}(`;
    if (token === '{') braces += 1;
    else if (token === '}') braces -= 1;
    else if (token === '(') parens.push(/^(?:if|while|for)$/.test(afterName ?? ''));
    else if (token === '>' && braces > 0 && parens.length === 0) return `>${program.slice(at, at + 20)}`;
    const condition = token === ')' ? parens.pop() : false;
    if (condition === undefined) return token;
    if (token === '++' || token === '--') continue;
    const statement =
      /^(?:print|printf|if|else|in|do|while|for|exit|delete|next|continue|break|BEGIN|END)$/.test(token);
    operand = (name && !statement) || (/^["\d.)\]]/.test(token) && !condition);
    afterName = name ? token : null;
  }
  return braces === 0 && parens.length === 0 ? null : 'a bracket without its other half';
}

const awk: CommandRule = (args, context) => {
  const read = readOptions('awk', OPTIONS, args, context, false);
  if (!read.ok) return read;
  if (read.values.get('v')?.some((value) => !/^[a-zOF]\w*=[\w .,:;/|%@+-]*$/.test(value)))
    return refuse(
      'awk.options',
      'awk: -v takes a plain name=value',
      'Write: -v name=value, of letters and digits.',
    );
  const [program, ...files] = read.operands;
  if (program === undefined)
    return refuse('awk.program', 'awk: the program is missing', 'Write: awk PROGRAM FILE.');
  if (program.kind !== 'literal') return refused(unknownWord(program));
  const doubt = firstDoubt(program.text);
  if (doubt !== null) {
    return refuse(
      'awk.program',
      `awk: the program could run or write something (${doubt})`,
      "Use a plain program such as awk '{print $1}' FILE.",
    );
  }
  const paths: string[] = [];
  for (const file of files) {
    if (file.text === '-') continue;
    if (file.text.includes('='))
      return refuse(
        'awk.operands',
        `awk: ${file.source} would set a variable`,
        'Use -v name=value before the program.',
      );
    const problem = context.read(file);
    if (problem !== null) return { ok: false, problem };
    if (file.kind === 'literal') paths.push(file.text);
  }
  return accept(paths);
};

/** `awk` programs made of known words only: no pipe, redirection, getline, system, or special table. */
export const awkFamily: CommandFamily = {
  family: 'awk',
  rules: { awk, gawk: awk, mawk: awk, nawk: awk },
  allows: [
    "awk '{print $1}' f",
    "awk -F: '$3 > 10 {print $1, $NF}' users.txt",
    "awk 'NR>1 {print $5, $6}'",
    "awk '/foo/ {c++} END {print c}' f",
    'awk \'{s+=$1} END {printf "%d\\n", s}\' f',
    "awk 'NR==FNR' f",
    "awk '{if ($3 > 5) print}' f",
    'awk \'/^[[:space:]]*[^#;]+[\\]]/ {print strftime("%F", $1)}\' f',
  ],
  refuses: [
    'awk \'{print > "x"}\' f',
    'awk \'{print >> "x"}\' f',
    'awk \'BEGIN{system("id")}\'',
    'awk \'{print | "sh"}\' f',
    'awk \'{"id" | getline; print}\' f',
    'awk \'BEGIN{print ENVIRON["X"]}\'',
    'awk -f x f',
    'awk -i inplace 1 f',
    'awk \'@load "x"; BEGIN{}\'',
    'awk \'BEGIN{while((getline l < ".env")>0) print l}\'',
    "awk '{print $1}' .env",
    "awk '{print $1 > $2}' f",
    'awk \'BEGIN { f = "system"; @f("id") }\'',
    'gawk \'BEGIN{print PROCINFO["pid"]}\'',
    "awk '{print}' x=1 f",
    'awk \'/[[:alpha:]/ ] ~ /  { system("id") } #/\' f',
    'awk \'/[]/ ] ~ /  { system("id") } #/\' f',
    'awk \'/[a/] ~ /  { system("id") } #/\' f',
    'awk \'/[[.a.]/ ] ~ /  { system("id") } #/\' f',
    'awk \'switch ($1) { case /"/: system("id") #"/ }\' f',
    'awk \'{ print length /"/; system("id") #"/ }\' f',
  ],
};
