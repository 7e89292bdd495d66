/**
 * What a human sees of a configuration that stopped at the scan: each finding, and the frozen source itself,
 * for nothing has been planned that could be shown instead.
 */
import type { Finding } from '../core/finding.ts';
import { redactAssignments } from '../core/redact.ts';
import type { Snapshot, SnapshotFile } from '../ports/lanes.ts';
import type { LifecycleContext } from './context.ts';

/** What one record's text may hold, in UTF-16 units. */
const ROOM = 200_000;
const ROOM_FOR_ONE_FILE = 40_000;

/** The same text for the same source and findings. */
export async function stoppedSourceText(
  ctx: LifecycleContext,
  snapshot: Snapshot,
  findings: readonly Finding[],
): Promise<string> {
  const said = findings.map(({ address, why, evidence }) => {
    const where = evidence.map(
      ({ path, value }) => `${path}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return `${address === '' ? '' : `${address}: `}${why}${where.length === 0 ? '' : ` (${where.join('; ')})`}`;
  });
  const files = [...snapshot.files.values()].sort(configurationFirst);
  let left = ROOM;
  const shown = files.map((file) => {
    const text = left > 0 ? fileText(file).slice(0, left) : `=== ${file.path}: not shown, there is too much`;
    left -= text.length;
    return text;
  });
  return ctx.sweep(redactAssignments([...said, '', ...shown].join('\n')));
}

function configurationFirst(a: SnapshotFile, b: SnapshotFile): number {
  const rank = ({ path }: SnapshotFile) =>
    /\.(?:tf|tofu)(?:\.json)?$/.test(path) ? 0 : path.endsWith('.lock.hcl') ? 2 : 1;
  return rank(a) - rank(b) || (a.path < b.path ? -1 : 1);
}

function fileText({ path, bytes }: SnapshotFile): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const cut =
      text.length > ROOM_FOR_ONE_FILE ? `\n… ${text.length - ROOM_FOR_ONE_FILE} more characters` : '';
    return `=== ${path}\n${text.slice(0, ROOM_FOR_ONE_FILE)}${cut}`;
  } catch {
    return `=== ${path}: ${bytes.length} bytes that are not text`;
  }
}
