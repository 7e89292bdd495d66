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

/** Milliseconds that a process, and every child it has waited for, have run; counted in ticks of 10 ms. */
export function treeTime(pid: number): number | null {
  return ticks(pid, 'utime', 'cstime');
}

/** Milliseconds that the ended children of this process have run; counted in ticks of 10 ms. */
export function childrenTime(): number | null {
  return ticks(process.pid, 'cutime', 'cstime');
}

export function elapsed(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : Math.max(0, after - before);
}

/** Fields 14 to 17 of /proc/PID/stat. */
const TIMES = ['utime', 'stime', 'cutime', 'cstime'] as const;
const FIELDS_BEFORE_UTIME = 11;

function ticks(pid: number, first: (typeof TIMES)[number], last: (typeof TIMES)[number]): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses, which may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const wanted = fields.slice(
      FIELDS_BEFORE_UTIME + TIMES.indexOf(first),
      FIELDS_BEFORE_UTIME + TIMES.indexOf(last) + 1,
    );
    return wanted.reduce((sum, count) => sum + Number(count), 0) * 10;
  } catch {
    return null;
  }
}
