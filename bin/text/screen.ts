import { stripVTControlCharacters } from 'node:util';

/** What a text is shown on: a terminal of so many columns, or a pipe, where lines stay as long as they are. */
export interface Screen {
  readonly colour: boolean;
  /** Null: no limit. */
  readonly columns: number | null;
}

/** Colour only where a person looks at a terminal and wants it (no-color.org). */
export function screenOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: NodeJS.ProcessEnv,
): Screen {
  if (stream.isTTY !== true) return PIPE;
  return {
    colour: (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    columns: stream.columns !== undefined && stream.columns >= NARROWEST ? stream.columns : null,
  };
}

export function screenHere(): Screen {
  return screenOf(process.stdout, process.env);
}

export const PIPE: Screen = { colour: false, columns: null };

/** Below this, a terminal's own breaks read better than ours. */
const NARROWEST = 40;

/** Lines broken at spaces, what follows indented below its line. A word that is too long stays whole, to be copied. */
export function fitted(lines: readonly string[], { columns }: Screen): readonly string[] {
  if (columns === null) return lines;
  return lines.flatMap((line) => (seenLength(line) <= columns ? [line] : broken(line, columns)));
}

function broken(line: string, columns: number): string[] {
  const indent = `${/^ */.exec(line)?.[0] ?? ''}    `;
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\S) +/)) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && seenLength(longer) > columns) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...lines, current];
}

/** Of the text without its colours. */
function seenLength(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
