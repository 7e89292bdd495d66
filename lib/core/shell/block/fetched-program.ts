import type { Field } from '../fields.ts';
import { looseOptions } from '../invocation.ts';
import { isStdin, SHELLS, shellInput } from '../wrappers.ts';
import type { BlockHit, BlockRule } from './rule.ts';

interface Interpreter {
  readonly name: RegExp;
  /** Letters and long names whose value is program text. */
  readonly code: string;
  /** Other letters that take a value. */
  readonly valued: string;
}

/** Interpreters other than shells, from their manuals. */
const INTERPRETERS: readonly Interpreter[] = [
  { name: /^(?:python|pypy)[\d.]*$/, code: 'c', valued: 'm W X' },
  { name: /^perl[\d.]*$/, code: 'e E', valued: 'M m I F' },
  { name: /^(?:ruby|jruby|irb)[\d.]*$/, code: 'e', valued: 'r I' },
  { name: /^(?:node|nodejs|bun|deno|tsx|ts-node)$/, code: 'e p eval print', valued: 'r require import' },
  { name: /^php[\d.]*$/, code: 'r B R E', valued: 'd f F' },
  { name: /^(?:lua|luajit)[\d.]*$/, code: 'e', valued: 'l' },
  {
    name: /^(?:tclsh|wish|expect|guile|racket|scheme|R|Rscript|pwsh|powershell|osascript|groovy|jshell|elixir|erl|julia|swift|sqlite3_shell|gdb)$/,
    code: 'e c',
    valued: '',
  },
];

/** Any of them: one test for the many calls that are none. */
const INTERPRETER = new RegExp(INTERPRETERS.map(({ name }) => name.source).join('|'));

/** `curl | sh` and its equals: text from the network reaches an interpreter as its program. */
export const fetchedProgram: BlockRule = ({ call, fed }) => {
  const { name, args } = call;
  if (call.program.fetched) return hit('the shell');
  if (SHELLS.has(name)) {
    const input = shellInput(args);
    if (input.code?.fetched || input.script?.fetched) return hit(name);
    if (fed && (input.stdin || (input.code !== null && readsInput(input.code)))) return hit(name);
    if (
      input.code !== null &&
      args.slice(args.indexOf(input.code) + 1).some((arg) => arg.fetched) &&
      /\$[@*\d{]|eval/.test(input.code.text)
    ) {
      return hit(name);
    }
    return null;
  }
  if (name === 'eval')
    return args.some((arg) => arg.fetched || (fed && arg.kind === 'dynamic')) ? hit(name) : null;
  if (name === 'source' || name === '.') {
    const [file] = args.filter((arg) => arg.text !== '--');
    if (file === undefined) return null;
    return file.fetched || (fed && isStdin(file.text)) ? hit(name) : null;
  }
  if (!INTERPRETER.test(name)) return null;
  const interpreter = INTERPRETERS.find((one) => one.name.test(name));
  return interpreter !== undefined && runsFetched(interpreter, args, fed) ? hit(name) : null;
};

function runsFetched(interpreter: Interpreter, args: readonly Field[], fed: boolean): boolean {
  const code = interpreter.code.split(' ');
  const valued = new Set([...code, ...interpreter.valued.split(' ')].filter((one) => one !== ''));
  const { flags, values, operands } = looseOptions(args, valued, true);
  if (code.some((flag) => values.get(flag)?.fetched)) return true;
  if (values.get('f')?.fetched) return true;
  const [script] = operands;
  if (script?.fetched) return true;
  if (!fed || code.some((flag) => flags.has(flag)) || flags.has('m') || values.has('f')) return false;
  const verb = script?.text === 'run' ? operands[1] : script;
  return verb === undefined || isStdin(verb.text);
}

/** Shell text that takes its own program from standard input, such as `sh -c "$(cat)"`. */
function readsInput(code: Field): boolean {
  return code.kind === 'dynamic' && code.nested.length > 0;
}

function hit(name: string): BlockHit {
  return {
    rule: 'fetch-to-interpreter',
    message: `${name} would run text that comes from the network`,
    instead: 'Fetch the file, let a person read it, and ask for an approval to run it.',
  };
}
