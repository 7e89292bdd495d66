/** Processor time of other processes, from /proc; null on systems without it. */
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds that the living threads of a process have run, to the nanosecond. */
export function threadTime(pid: number): number | null {
  try {
    const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
  } catch {
    return null;
  }
}

/**
 * Milliseconds that a process, and every child it has waited for, have run. The kernel counts these in
 * ticks of 10 ms.
 */
export function treeTime(pid: number | 'self'): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses; utime, stime, cutime and cstime are fields 14 to 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * 10;
  } catch {
    return null;
  }
}

/** Milliseconds that children of this process had run when they ended. */
export function childrenTime(): number | null {
  const all = treeTime('self');
  const { user, system } = process.cpuUsage();
  return all === null ? null : all - (user + system) / 1000;
}

export function elapsed(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : Math.max(0, after - before);
}
