/** `recourse evaluate shell`: the verdict on one command, or on each of a stream of them. Nothing is run. */
import { once } from 'node:events';
import type { Verdict } from '../../lib/core/policy/decide.ts';
import { exitCodeOf } from '../exit-code.ts';
import { loadPolicy, requireEnvironment } from '../policy-file.ts';
import { shellVerdict } from '../policy-verdict.ts';
import { Stop } from '../stop.ts';
import { decisionText } from '../text/evaluation-text.ts';

interface Options {
  readonly env: string;
  readonly policy?: string;
  readonly json?: boolean;
  readonly jsonl?: boolean;
}

export async function evaluateShell(command: string | undefined, options: Options): Promise<void> {
  const { policy } = loadPolicy(options.policy);
  requireEnvironment(policy, options.env);
  const judge = (text: string) => shellVerdict(text, options.env, policy).verdict;
  if (options.jsonl) {
    if (command !== undefined)
      throw new Stop('--jsonl reads commands from standard input; leave COMMAND out');
    await evaluateLines(judge);
    return;
  }
  if (command === undefined) throw new Stop("which command? Write: recourse evaluate shell 'ls -la' -e ENV");
  const { decision, reasons } = judge(command);
  const text = options.json
    ? JSON.stringify({ decision, reasons, evaluation: null })
    : decisionText(decision, reasons);
  process.stdout.write(`${text}\n`);
  process.exitCode = exitCodeOf(decision);
}

/** Answers line by line, in order. A line that cannot be read ends it; what came before has been answered. */
async function evaluateLines(judge: (command: string) => Verdict): Promise<void> {
  let number = 0;
  let out = '';
  for await (const line of linesOf(process.stdin)) {
    number += 1;
    if (line.trim() === '') continue;
    const cmd = commandOf(line);
    if (cmd === null) {
      await write(out);
      throw new Stop(
        `line ${number} is not a JSON object with a text "cmd"; write {"cmd":"ls -la"} on each line`,
      );
    }
    const { decision, reasons } = judge(cmd);
    out += `${JSON.stringify({ cmd, decision, reasons })}\n`;
    if (out.length < CHUNK) continue;
    await write(out);
    out = '';
  }
  await write(out);
}

const CHUNK = 65_536;

async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** JSON may hold U+2028 unescaped, at which `readline` would break a line; only a newline ends one here. */
async function* linesOf(stream: NodeJS.ReadStream): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function commandOf(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('cmd' in value)) return null;
    return typeof value.cmd === 'string' ? value.cmd : null;
  } catch {
    return null;
  }
}
