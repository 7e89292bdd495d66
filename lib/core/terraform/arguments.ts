/**
 * The flags of `terraform plan` that agents may give: read once, by allow list, and written again in one
 * form. Nothing that an agent typed reaches terraform as it was typed.
 */
import type { TerraformArgument } from '../action.ts';

export type ParsedArguments =
  | { readonly ok: true; readonly args: readonly TerraformArgument[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads `-flag=value`, `--flag=value` and `-flag value`. `problem` is one sentence that names the argument.
 * Paths of `-var-file` are relative to the working folder and stay inside it.
 */
export function parseTerraformArguments(texts: readonly string[]): ParsedArguments {
  if (texts.length > MAX_ARGUMENTS) return no(`there are more than ${MAX_ARGUMENTS} arguments`);
  const args: TerraformArgument[] = [];
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index] ?? '';
    const match = /^--?([a-z][a-z-]*)(?:=([\s\S]*))?$/.exec(text);
    const flag = match?.[1];
    if (flag === undefined) return no(`${shown(text)} is not a flag; give flags such as -target=ADDRESS`);
    const reader = READERS[flag];
    if (reader === undefined) return no(`-${flag} is not allowed here; allowed are ${ALLOWED}`);
    let value: string | null = match?.[2] ?? null;
    if (value === null && reader.takes === 'value') {
      index += 1;
      value = texts[index] ?? null;
      if (value === null) return no(`-${flag} needs a value: -${flag}=${reader.hint}`);
    }
    const read = reader.read(value);
    if (typeof read === 'string') return no(`-${flag}: ${read}`);
    args.push(...read);
  }
  const both =
    args.some(({ flag }) => flag === 'destroy') && args.some(({ flag }) => flag === 'refresh-only');
  return both ? no('-destroy and -refresh-only exclude each other') : { ok: true, args };
}

/** The command line form of each argument, in the order given; always `-flag=value`, so no value is a flag. */
export function renderTerraformArguments(args: readonly TerraformArgument[]): string[] {
  return args.map(render);
}

/** Like `renderTerraformArguments`, without the values of variables: for records and people. */
export function describeTerraformArguments(args: readonly TerraformArgument[]): string[] {
  return args.map((arg) => (arg.flag === 'var' ? `-var=${arg.name}=…` : render(arg)));
}

function render(arg: TerraformArgument): string {
  switch (arg.flag) {
    case 'target':
    case 'replace':
      return `-${arg.flag}=${arg.address}`;
    case 'var':
      return `-var=${arg.name}=${arg.value}`;
    case 'var-file':
      return `-var-file=${arg.path}`;
    case 'refresh':
      return `-refresh=${arg.on}`;
    case 'refresh-only':
      return '-refresh-only';
    case 'destroy':
      return '-destroy';
    case 'parallelism':
      return `-parallelism=${arg.count}`;
    case 'lock-timeout':
      return `-lock-timeout=${arg.duration}`;
  }
}

const MAX_ARGUMENTS = 200;
const MAX_VALUE = 32_768;
const MAX_PARALLELISM = 64;
const MAX_LOCK_TIMEOUT_SECONDS = 600;

type Reading = readonly TerraformArgument[] | string;
interface Reader {
  readonly takes: 'value' | 'switch';
  readonly hint: string;
  /** The arguments it stands for, or what is wrong. */
  read(value: string | null): Reading;
}

const READERS: Readonly<Record<string, Reader | undefined>> = Object.assign(Object.create(null), {
  target: withValue('ADDRESS', (value) => readAddress('target', value)),
  replace: withValue('ADDRESS', (value) => readAddress('replace', value)),
  var: withValue("'NAME=VALUE'", readVariable),
  'var-file': withValue('FILE', readVarFile),
  parallelism: withValue('N', readParallelism),
  'lock-timeout': withValue('30s', readLockTimeout),
  refresh: withSwitch((on) => [{ flag: 'refresh', on }]),
  'refresh-only': withSwitch((on) => (on ? [{ flag: 'refresh-only' }] : [])),
  destroy: withSwitch((on) => (on ? [{ flag: 'destroy' }] : [])),
});
const ALLOWED = Object.keys(READERS)
  .map((flag) => `-${flag}`)
  .join(', ');

function withValue(hint: string, read: (value: string) => Reading): Reader {
  return {
    takes: 'value',
    hint,
    read(value) {
      if (value === null || value === '') return 'the value is empty';
      if (value.length > MAX_VALUE) return `the value is longer than ${MAX_VALUE} characters`;
      return value.includes('\0') ? 'the value holds a NUL character' : read(value);
    },
  };
}

/** Go's flag package: a boolean flag takes its value only after `=`. */
function withSwitch(read: (on: boolean) => readonly TerraformArgument[]): Reader {
  return {
    takes: 'switch',
    hint: 'true',
    read(value) {
      if (value === null || value === 'true') return read(true);
      return value === 'false' ? read(false) : `${shown(value)} is neither true nor false`;
    },
  };
}

const NAME = '[\\p{L}_][\\p{L}\\p{N}_-]*';
const KEY = '\\[(?:\\d{1,9}|"(?:[^"\\\\\\p{Cc}]|\\\\["\\\\nrt])*")\\]';
const ADDRESS = new RegExp(`^${NAME}(?:${KEY})?(?:\\.${NAME}(?:${KEY})?)*$`, 'u');

function readAddress(flag: 'target' | 'replace', value: string): Reading {
  if (value.length > 1_024 || !ADDRESS.test(value)) return `${shown(value)} is not a resource address`;
  return [{ flag, address: value }];
}

function readVariable(value: string): Reading {
  const at = value.indexOf('=');
  const name = at < 0 ? value : value.slice(0, at);
  if (at < 0 || !new RegExp(`^${NAME}$`, 'u').test(name)) return 'it must be NAME=VALUE';
  return [{ flag: 'var', name, value: value.slice(at + 1) }];
}

function readVarFile(value: string): Reading {
  const wrong = `${shown(value)} must be a path inside the working folder`;
  if (/[\p{Cc}\\]/u.test(value) || value.startsWith('/') || value.startsWith('~')) return wrong;
  const steps = value.split('/').filter((step) => step !== '' && step !== '.');
  if (steps.length === 0 || steps.includes('..')) return wrong;
  return [{ flag: 'var-file', path: steps.join('/') }];
}

function readParallelism(value: string): Reading {
  const count = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (count < 1 || count > MAX_PARALLELISM)
    return `${shown(value)} is not a number from 1 to ${MAX_PARALLELISM}`;
  return [{ flag: 'parallelism', count }];
}

function readLockTimeout(value: string): Reading {
  const match = /^(\d{1,6})(s|m)$/.exec(value);
  const seconds = match === null ? Number.NaN : Number(match[1]) * (match[2] === 'm' ? 60 : 1);
  if (!(seconds <= MAX_LOCK_TIMEOUT_SECONDS)) {
    return `${shown(value)} is not a duration such as 30s or 5m, at most ${MAX_LOCK_TIMEOUT_SECONDS}s`;
  }
  return [{ flag: 'lock-timeout', duration: value }];
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function no(problem: string): ParsedArguments {
  return { ok: false, problem };
}
