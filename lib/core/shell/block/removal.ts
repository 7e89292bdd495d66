import { type Field, HOME, UNKNOWN } from '../fields.ts';
import { hasLong, looseOptions } from '../invocation.ts';
import { joinPath, normalPath } from '../paths.ts';
import type { BlockHit, BlockRule } from './rule.ts';

const SYSTEM =
  'bin boot dev etc home lib lib32 lib64 opt proc root run sbin srv sys usr var Users Library System Applications';
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(SYSTEM.split(' '));
const INSIDE_SYSTEM =
  /^\/(?:usr\/(?:bin|lib|lib64|sbin|local|share)|var\/(?:lib|log|run|spool)|etc\/\w[\w.-]*|System\/Library)$/;

/** `rm -rf /` and its equals: forced recursive removal of the root, a home, or a system folder, in any spelling. */
export const rootRemoval: BlockRule = ({ call, cwd }) => {
  if (call.name === 'rm' || call.name === 'grm') {
    const { flags, operands } = looseOptions(call.args, new Set(), false);
    const recursive = flags.has('r') || flags.has('R') || hasLong(flags, 'recursive', 3);
    const force = flags.has('f') || hasLong(flags, 'force', 1) || hasLong(flags, 'no-preserve-root', 2);
    const target = recursive && force ? operands.find((operand) => isVital(operand, cwd)) : undefined;
    return target === undefined ? null : hit('rm', target);
  }
  if (
    call.name === 'find' &&
    call.args.some((arg) => arg.text === '-delete' || /^-(?:exec|ok)/.test(arg.text))
  ) {
    const end = call.args.findIndex((arg) => /^[-(!]/.test(arg.text) && !/^-[HLPDO]/.test(arg.text));
    const target = call.args.slice(0, end).find((arg) => isVital(arg, cwd));
    const removes = call.args.some(
      (arg) => arg.text === '-delete' || /(?:^|\/)(?:rm|shred|unlink)$/.test(arg.text),
    );
    return target === undefined || !removes ? null : hit('find', target);
  }
  return null;
};

/** A path that is, after normalising, the root, a home, a system folder, or everything directly inside one. */
function isVital(operand: Field, cwd: string | null): boolean {
  const text = operand.text;
  if (text === '' || text.startsWith(UNKNOWN)) return false;
  const path = cwd === null ? normalPath(text) : joinPath(cwd, text);
  if (!path.startsWith('/')) return false;
  const whole = path.replace(/(?:\/(?:\*+|\.\*|\.\[!?\^?\.?\]\*|\?\*|\{.*\}|\.\.\?\*))+$/, '') || '/';
  if (whole === '/') return true;
  const parts = whole.slice(1).split('/');
  const [top = '', second] = parts;
  if (parts.length === 1) return SYSTEM_FOLDERS.has(top) || top === '*';
  if (parts.length === 2 && (top === 'home' || top === 'Users')) return true;
  if (second === HOME && parts.length === 2) return true;
  return INSIDE_SYSTEM.test(whole);
}

function hit(program: string, target: Field): BlockHit {
  return {
    rule: 'rm-rf-root',
    message: `${program} would remove ${target.source || target.text} and everything under it`,
    instead: 'Name the exact folder inside the workspace that should go; removing it needs an approval.',
  };
}
