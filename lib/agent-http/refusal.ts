/**
 * How the agent API says no, and the record of it. Anyone who reaches the listener can be refused, so what
 * they can write into the audit is bounded: so many events of each kind a minute, then one with the count.
 */
import { sha256 } from '../core/canonical.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Clock } from '../ports/process.ts';

export interface HttpRefusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 421 | 500 | 503;
  /** Stable snake_case. */
  readonly code: string;
  readonly why: string;
  /** For the audit alone: what was wrong, where the caller is not to be told. */
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The JSON-RPC error code; -32000 unless given. */
  readonly rpcCode?: number;
}

export function answerRefusal({ status, code, why, headers, rpcCode }: HttpRefusal): Response {
  const error = { code: rpcCode ?? -32000, message: why, data: { code } };
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status, headers: { ...headers } });
}

/** Events of one code that strangers can cause in a minute. */
export const REFUSALS_A_MINUTE = 60;
const MINUTE_MS = 60_000;

export interface RefusalLogDeps {
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly environment: string;
  readonly report: (message: string) => void;
}

interface Minute {
  readonly minute: number;
  count: number;
}

export class RefusalLog {
  readonly #deps: RefusalLogDeps;
  /** By code, of which there are few. */
  readonly #strangers = new Map<string, Minute>();

  constructor(deps: RefusalLogDeps) {
    this.#deps = deps;
  }

  /** `agent`: who was recognised; null for strangers, whose refusals are counted once there are many. */
  async note(request: Request, refusal: HttpRefusal, agent: string | null): Promise<void> {
    if (agent === null && !(await this.#fits(refusal.code))) return;
    const { status, code, detail } = refusal;
    const path = new URL(request.url).pathname.replace(/rgw_[\w-]*/g, 'rgw_…').slice(0, 200);
    await this.#append(agent === null ? 'agent:(unknown)' : `agent:${agent}`, 'http.refused', {
      code,
      status,
      method: request.method.slice(0, 20),
      path,
      ...(detail !== undefined && { detail }),
      ...tokenId(request),
    });
  }

  /** Writes the counts of minutes that are over. */
  async settle(): Promise<void> {
    const now = this.#minute();
    for (const [code, each] of [...this.#strangers]) {
      if (each.minute === now) continue;
      this.#strangers.delete(code);
      await this.#summarise(code, each);
    }
  }

  /** Writes all counts, that of the minute under way too. */
  async close(): Promise<void> {
    const all = [...this.#strangers];
    this.#strangers.clear();
    for (const [code, each] of all) await this.#summarise(code, each);
  }

  async #fits(code: string): Promise<boolean> {
    const minute = this.#minute();
    const before = this.#strangers.get(code);
    const current = before?.minute === minute ? before : { minute, count: 0 };
    this.#strangers.set(code, current);
    current.count += 1;
    const fits = current.count <= REFUSALS_A_MINUTE;
    if (before !== undefined && before !== current) await this.#summarise(code, before);
    return fits;
  }

  async #summarise(code: string, { minute, count }: Minute): Promise<void> {
    if (count <= REFUSALS_A_MINUTE) return;
    await this.#append('agent:(unknown)', 'http.refused_more', {
      code,
      count: count - REFUSALS_A_MINUTE,
      minute: new Date(minute * MINUTE_MS).toISOString(),
    });
  }

  #minute(): number {
    return Math.floor(this.#deps.clock.now().getTime() / MINUTE_MS);
  }

  async #append(actor: string, type: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    const { audit, clock, environment, report } = this.#deps;
    try {
      await audit.append({ at: clock.now().toISOString(), actor, environment, type, data });
    } catch (failure) {
      report(`a refused request could not be audited: ${String(failure)}`);
    }
  }
}

/** Which of our tokens was shown, if it looks like one: the first twelve hex digits of its hash, as `tokens list` has them. */
function tokenId(request: Request): { readonly token_id?: string } {
  const token = /^Bearer (rgw_[\w-]{43})$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  return token === undefined ? {} : { token_id: sha256(token).slice('sha256:'.length).slice(0, 12) };
}
