/** Tables for a terminal: aligned, and no wider than it is. Cells are visible text already. */

export interface Column {
  readonly title: string;
  /** May be cut where the table is too wide; the widest such column gives way first. */
  readonly flexible?: boolean;
}

/** `width`: of the terminal in characters; null: as wide as it comes (a pipe). */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | null = terminalWidth(),
): string {
  const widths = columns.map((column, at) =>
    Math.max(lengthOf(column.title), ...rows.map((row) => lengthOf(row[at] ?? ''))),
  );
  if (width !== null) narrow(columns, widths, width);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => padded(cut(cell, widths[at] ?? 0), widths[at] ?? 0))
      .join(GAP)
      .trimEnd();
  return [line(columns.map((column) => column.title.toUpperCase())), ...rows.map(line)].join('\n');
}

const GAP = '  ';
const LEAST = 8;

function narrow(columns: readonly Column[], widths: number[], width: number): void {
  const total = () => widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1);
  while (total() > width) {
    let widest = -1;
    widths.forEach((each, at) => {
      const may = columns[at]?.flexible === true && each > LEAST;
      if (may && each > (widths[widest] ?? 0)) widest = at;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)));
}

function lengthOf(text: string): number {
  return [...text].length;
}

function terminalWidth(): number | null {
  return process.stdout.isTTY ? Math.max(40, process.stdout.columns ?? 80) : null;
}
