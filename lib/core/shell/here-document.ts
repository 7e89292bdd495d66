import type * as U from 'unbash';
import { finished, lowerParts, quotedText, type Reading } from './lower-words.ts';
import type { Piece } from './tree.ts';

/** The text of a here-document as the command gets it (bash manual, “Here Documents”). */
export function hereDocument(node: U.HereDoc, reading: Reading): Piece[] {
  const strip = node.operator === '<<-';
  const { text, parts } = node.body;
  if (node.delimiter?.quoted ?? false) return [quotedText(strip ? text.replace(/^\t+/gm, '') : text)];
  finished(text, reading);
  if (parts === undefined) return [quotedText(unescaped(strip ? stripped(text, true) : text))];
  let starts = true;
  return parts.flatMap((part): Piece[] => {
    const atStart = starts;
    starts = part.type === 'Literal' && /(?:^|[^\\])(?:\\\\)*\n$/.test(part.text);
    if (part.type !== 'Literal') return lowerParts([part], true, reading);
    return [quotedText(unescaped(strip ? stripped(part.text, atStart) : part.text))];
  });
}

/** Tabs at the start of a line go; a line that an escaped newline continues does not start. */
function stripped(raw: string, atStart: boolean): string {
  let starts = atStart;
  return raw.replace(/(?:\\[\s\S]|[^\\\n])*(?:\n|$)|\\$/g, (line) => {
    const kept = starts ? line.replace(/^\t+/, '') : line;
    starts = true;
    return kept;
  });
}

function unescaped(raw: string): string {
  return raw.replace(/\\([$`\\]|\n)/g, (_, escaped: string) => (escaped === '\n' ? '' : escaped));
}
