/** Whether the process that owns a record still runs on this machine. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner } from '../core/plan.ts';
import type { Liveness } from '../ports/process.ts';

/** Never rejects or throws: what cannot be found out counts as alive. */
export function localLiveness(): Liveness {
  const epoch = bootAndNamespace();
  const self: Owner = { host: hostname(), pid: process.pid, started: startedOf(process.pid, epoch) };
  return { self, isAlive: (owner) => isAlive(owner, self, epoch) };
}

function isAlive(owner: Owner, self: Owner, epoch: Epoch | null): boolean {
  if (owner.host !== self.host) return true;
  if (!Number.isSafeInteger(owner.pid) || owner.pid <= 0) return true;
  if (epoch !== null) {
    const [boot, namespace] = owner.started.split(' ');
    if (boot !== epoch.boot) return false;
    // Another container of this machine: its process numbers mean nothing here.
    if (namespace !== epoch.namespace) return true;
  }
  if (!exists(owner.pid)) return false;
  const process = readProcess(owner.pid);
  if (process === null || epoch === null) return true;
  return !process.isOver && `${epoch.boot} ${epoch.namespace} ${process.ticks}` === owner.started;
}

interface Epoch {
  /** The kernel's id of this boot: start times count from it. */
  readonly boot: string;
  readonly namespace: string;
}

/** Null where there is no /proc: then only the process number can tell. */
function bootAndNamespace(): Epoch | null {
  try {
    return {
      boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      namespace: readlinkSync('/proc/self/ns/pid'),
    };
  } catch {
    return null;
  }
}

/** `BOOT NAMESPACE TICKS` on Linux; elsewhere an ISO 8601 time. */
function startedOf(pid: number, epoch: Epoch | null): string {
  const found = epoch === null ? null : readProcess(pid);
  if (epoch === null || found === null) {
    return new Date(Math.round(performance.timeOrigin)).toISOString();
  }
  return `${epoch.boot} ${epoch.namespace} ${found.ticks}`;
}

/**
 * State, thread count and start time from /proc/PID/stat (proc(5): fields 3, 20 and 22). The name in
 * field 2 may hold spaces and brackets, so fields are counted after its last bracket.
 */
function readProcess(pid: number): { readonly isOver: boolean; readonly ticks: string } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  const [state, threads, ticks] = [fields[0], fields[17], fields[19]];
  if (state === undefined || threads === undefined || ticks === undefined) return null;
  return { isOver: (state === 'Z' || state === 'X') && Number(threads) <= 1, ticks };
}

/** Sends nothing; EPERM says that the process is there and somebody else's. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
