/** The JSON of a plan from a file or stdin, as people make them: what is wrong with it is one line. */
import { isAscii } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { codeOf } from './policy-file.ts';
import { Stop } from './stop.ts';

const MAKE_IT = 'Make it with: terraform show -json PLANFILE > plan.json';

export function readPlanFile(file: string): unknown {
  const text = textOf(file, readBytes(file));
  if (text.trim() === '') throw new Stop(`${file} is empty. ${MAKE_IT}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (/^\s*\{"@level":/.test(text)) {
      throw new Stop(`${file} is the log of terraform's -json option, not a plan. ${MAKE_IT}`);
    }
    throw new Stop(`${file} is not JSON${whatIsWrong(error, text.trimEnd().length)}. ${MAKE_IT}`);
  }
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new Stop(`${file} cannot be read (${codeOf(error)})`);
  }
}

/**
 * Plans have tens of megabytes and seldom a letter beyond ASCII: those bytes are the text. Taken as UTF-8 all the same:
 * node keeps a long latin1 text outside the heap, and the collector then thinks that memory runs short.
 */
function textOf(file: string, bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || second === 0) {
    throw new Stop(
      `${file} is UTF-16, as PowerShell writes it; terraform's JSON is UTF-8. In PowerShell: terraform show -json PLANFILE | Out-File -Encoding utf8 plan.json`,
    );
  }
  if (first === 0x1f && second === 0x8b) throw new Stop(`${file} is compressed: unpack it first (gunzip)`);
  if (first === 0x50 && second === 0x4b) throw new Stop(`${file} is a saved plan, not its JSON. ${MAKE_IT}`);
  try {
    return isAscii(bytes) ? bytes.toString('utf8') : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (codeOf(error) === 'ERR_STRING_TOO_LONG')
      throw new Stop(`${file} is too large to be read as one text`);
    throw new Stop(`${file} is not UTF-8 text. ${MAKE_IT}`);
  }
}

/** Where, as far as the engine tells. Its own words quote the file, which holds secrets. */
function whatIsWrong(error: unknown, end: number): string {
  const said = error instanceof Error ? error.message : '';
  if (/end of JSON|unterminated/i.test(said)) return ': it is cut off';
  const position = /position (\d+)/.exec(said)?.[1];
  if (position === undefined) return '';
  return Number(position) >= end ? ': it is cut off' : ` (wrong at character ${position})`;
}
