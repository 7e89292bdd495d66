/** kubectl's tables: custom resources choose their columns themselves, secrets among them. */
import { REDACTED } from '../redact.ts';
import { isSecretName } from '../secret-names.ts';

/** The same tables with every cell under a secret name masked. Tables are separated by blank lines. */
export function maskTable(text: string): string {
  let columns: readonly Column[] = [];
  let starts = true;
  return text
    .split('\n')
    .map((line) => {
      if (line.trim() === '') {
        starts = true;
        return line;
      }
      if (!starts) return maskCells(line, columns);
      starts = false;
      columns = secretColumns(line);
      return line;
    })
    .join('\n');
}

interface Column {
  readonly from: number;
  /** Null for the last column, which goes on to the end of the line. */
  readonly to: number | null;
}

/** Columns are two spaces or more apart in the header; a name may hold single spaces. */
function secretColumns(header: string): readonly Column[] {
  const found = [...header.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ name: match[0], from: match.index }));
  return found
    .map(({ name, from }, index) => ({ name, from, to: found[index + 1]?.from ?? null }))
    .filter(({ name }) => isSecretName(name.replaceAll(' ', '_').toLowerCase()));
}

/** From the last column to the first, so that places stay right. */
function maskCells(line: string, columns: readonly Column[]): string {
  const units = [...line];
  for (const { from, to } of [...columns].reverse()) {
    const cell = units.slice(from, to ?? undefined).join('');
    if (cell.trim() === '' || /^(?:<none>|true|false|\d{1,3})$/i.test(cell.trim())) continue;
    const padding = to === null ? '' : ' '.repeat(Math.max(2, cell.length - REDACTED.length));
    units.splice(from, (to ?? units.length) - from, `${REDACTED}${padding}`);
  }
  return units.join('');
}
