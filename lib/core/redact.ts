/**
 * Taking secrets out of text and arguments: by value (`redact-text.ts`, what a plan marked sensitive), by name (what a key or
 * flag calls a password). What is recognised by its shape alone is `executor/sweep.ts`.
 */
import { REDACTED } from './redact-text.ts';
import { isSecretName } from './secret-names.ts';

export { MIN_SECRET_LENGTH, REDACTED, redactText } from './redact-text.ts';

const MAX_STRING = 2_000;
const MAX_ITEMS = 1_000;
const MAX_DEPTH = 32;

/**
 * A copy of `value` fit for the audit: values under secret names masked, secrets inside strings masked by
 * name, long strings cut with their length said. `sensitiveNames`: further names, in any case.
 */
export function redactArguments(value: unknown, sensitiveNames: readonly string[] = []): unknown {
  const named = new Set(sensitiveNames.map((name) => name.toLowerCase()));
  return redactValue(value, (name) => named.has(name.toLowerCase()) || isSecretName(name), 0);
}

type IsSecret = (name: string) => boolean;

function redactValue(value: unknown, isSecret: IsSecret, depth: number): unknown {
  if (depth > MAX_DEPTH) return '[nested too deeply]';
  if (typeof value === 'string') return redactString(value, isSecret);
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
  if (Array.isArray(value)) {
    const shown = value
      .slice(0, MAX_ITEMS)
      .map((item, index) =>
        typeof item === 'string' && isSecretFlag(value[index - 1], isSecret)
          ? REDACTED
          : redactValue(item, isSecret, depth + 1),
      );
    return value.length > MAX_ITEMS ? [...shown, `[${value.length} items in all]`] : shown;
  }
  const members = Object.entries(value);
  // `{ name: 'DB_PASSWORD', value: '…' }`: a pair that carries its name beside its value.
  const pairName = members.find(
    ([name, held]) => /^(?:name|key)$/i.test(name) && typeof held === 'string',
  )?.[1];
  const pairIsSecret = typeof pairName === 'string' && isSecret(pairName);
  const shown = members.slice(0, MAX_ITEMS).map(([name, held]): [string, unknown] => {
    const secret = isSecret(name) || (pairIsSecret && /^value$/i.test(name));
    return [name, secret ? mask(held) : redactValue(held, isSecret, depth + 1)];
  });
  if (members.length > MAX_ITEMS) shown.push(['[cut]', `${members.length} members in all`]);
  return Object.fromEntries(shown);
}

/** Whether a value is there at all may be known. */
function mask(held: unknown): unknown {
  return held === null || held === undefined || typeof held === 'boolean' ? held : REDACTED;
}

/** `['--password', 'x']`: a flag whose value is the next argument. */
function isSecretFlag(before: unknown, isSecret: IsSecret): boolean {
  return typeof before === 'string' && /^--?[A-Za-z][\w.-]*$/.test(before) && isSecret(before);
}

function redactString(text: string, isSecret: IsSecret): string {
  if (/\bkind["']?\s{0,9}:\s{0,9}["']?Secret\b/.test(text)) {
    return `[redacted: holds a Kubernetes Secret, ${text.length} characters]`;
  }
  const clean = redactAssignments(text, isSecret);
  return clean.length <= MAX_STRING
    ? clean
    : `${clean.slice(0, MAX_STRING)}… [cut; ${text.length} characters in all]`;
}

/**
 * Masks by name in free text: `password = "…"`, `TOKEN=…`, `Authorization: Bearer …`, `--api-key …`, blocks
 * and heredocs under a secret name, and credentials in URLs. Linear in the length of the text.
 */
export function redactAssignments(text: string, isSecret: IsSecret = isSecretName): string {
  const out: string[] = [];
  let skip: Skip | null = null;
  for (const line of text.split('\n')) {
    if (skip !== null) {
      const indent = line.length - line.trimStart().length;
      if (skip.until === null ? line.trim() === '' || indent > skip.indent : line.trim() !== skip.until)
        continue;
      const closes = skip.until !== null;
      skip = null;
      if (closes) {
        out.push(line);
        continue;
      }
    }
    skip = opensBlock(line, isSecret);
    out.push(skip === null ? redactLine(line, isSecret) : line, ...(skip === null ? [] : [REDACTED]));
  }
  return out.join('\n');
}

/** Lines that belong to a value begun above. */
interface Skip {
  /** A heredoc's closing word; null: a YAML block, which ends with its indentation. */
  readonly until: string | null;
  readonly indent: number;
}

const BLOCK =
  /^(\s*(?:[-+~]\s{1,9})?)["']?([A-Za-z_][\w.-]{0,120})["']?\s{0,99}(?:[:=]\s{0,9}<<[-~]?["']?(\w{1,40})["']?|:\s{0,9}[|>][-+\d]{0,2})\s*$/;

function opensBlock(line: string, isSecret: IsSecret): Skip | null {
  const [, indent = '', name = '', until] = BLOCK.exec(line) ?? [];
  return name !== '' && isSecret(name) ? { until: until ?? null, indent: indent.length } : null;
}

const QUOTED = String.raw`\\"(?:[^"\\]|\\\\(?:\\["\\])?|\\[^"\\])*(?:\\")?|"(?:[^"\\]|\\.)*"?|'[^']*'?|\[[^\]]*\]?`;
const VALUE = String.raw`${QUOTED}|[^\s"'&;|<>]+`;
const SHOWN_BY_TERRAFORM = String.raw`(?!\((?:sensitive value|known after apply)\))`;
/** A name and the sign after it; what is assigned is read by ASSIGNED, and only where the name is secret. */
const NAMED = new RegExp(
  String.raw`(?<![\w.-])(-{0,2}\w[\w.-]*)(\\?["']?\]?\s{0,99}(?:=>|:=|[:=])\s{0,99})${SHOWN_BY_TERRAFORM}(?!\/\/)`,
  'g',
);
const ASSIGNED = new RegExp(String.raw`(?:${VALUE})(?:\s{0,9}->\s{0,9}(?:${VALUE}))?`, 'y');
/** A line that is one assignment: a bare value goes on where one in the midst of a line would end. */
const WHOLE_LINE = new RegExp(
  String.raw`^(\s*(?:(?:export|set|[-+~])\s{1,9})?)(\w[\w.-]*)(\s{0,99}(?::\s{1,99}(?=\S)|=(?=\S)))${SHOWN_BY_TERRAFORM}(?!["'\\\[])(.*)$`,
);
const FLAG = new RegExp(String.raw`(?<![\w-])(--?)(\w[\w.-]*)(\s{1,9})(?!-)(${VALUE})`, 'g');
const HEADER =
  /(?<![\w.-])((?:proxy-)?authorization|(?:set-)?cookie)(\\?["']?\s{0,9}[:=]\s{0,9}\\?["']?)([^"'\\]{1,8192})/gi;
const BEARER = /(?<![\w.-])(bearer|basic)(\s{1,9})(?=[A-Za-z._~+/=-]*\d|\S{24})([A-Za-z0-9._~+/=-]{8,})/gi;
const URL_PASSWORD = /(:\/\/)([^\s/:@"'<>]{0,256}):([^\s/@"'<>]{1,1024})@/g;
const URL_TOKEN = /(:\/\/)([^\s/:@"'<>]{20,512})@/g;
const USER_FLAG = /(?<![\w-])(-u|--user|--proxy-user)(=|\s{0,9})(["']?)([^\s:"']{1,128}):([^\s"']{1,512})/g;
const PLAIN = /^\\?["']?(?:true|false|null|none)\\?["']?$/i;

function redactLine(line: string, isSecret: IsSecret): string {
  const rest = line
    .replace(HEADER, `$1$2${REDACTED}`)
    .replace(URL_PASSWORD, `$1$2:${REDACTED}@`)
    .replace(URL_TOKEN, `$1${REDACTED}@`)
    .replace(BEARER, `$1$2${REDACTED}`)
    .replace(USER_FLAG, `$1$2$3$4:${REDACTED}`)
    .replace(WHOLE_LINE, (whole, lead: string, name: string, sign: string, value: string) =>
      isSecret(name) && !PLAIN.test(value)
        ? `${lead}${name}${sign}${REDACTED}${sign.includes('=') ? (/\s.*$/.exec(value)?.[0] ?? '') : ''}`
        : whole,
    )
    .replace(FLAG, (whole, dashes: string, name: string, space: string, value: string) =>
      isSecret(name) ? `${dashes}${name}${space}${quotedLike(value)}` : whole,
    );
  return redactNamed(rest, isSecret);
}

/** What a name that is not secret is given may hold a pair whose name is: `INFO: password=…`. */
function redactNamed(line: string, isSecret: IsSecret): string {
  let out = '';
  let kept = 0;
  for (const found of line.matchAll(NAMED)) {
    const [whole, name = ''] = found;
    const from = found.index + whole.length;
    if (found.index < kept || !isSecret(name)) continue;
    ASSIGNED.lastIndex = from;
    const value = ASSIGNED.exec(line)?.[0];
    if (value === undefined || PLAIN.test(value) || value.startsWith(REDACTED)) continue;
    out += line.slice(kept, from) + quotedLike(value);
    kept = from + value.length;
  }
  return out + line.slice(kept);
}

/** Keeps the quotes, so that JSON and HCL still parse. */
function quotedLike(value: string): string {
  const quote = /^(?:\\?"|')/.exec(value)?.[0] ?? '';
  return `${quote}${REDACTED}${quote}`;
}
