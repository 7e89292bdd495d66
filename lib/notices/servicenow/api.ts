/** The part of ServiceNow's Table API that is used: change requests, and who approved them. */
import type { ServiceNowSettings } from '../../core/policy/providers.ts';
import type { Secrets } from '../../ports/people.ts';
import { type Answer, call, jsonOf } from '../call.ts';

export type Row = Readonly<Record<string, string>>;

export type TableAnswer =
  | { readonly ok: true; readonly rows: readonly Row[] }
  | { readonly ok: false; readonly why: string; readonly retryAfter: number | null };

export interface Tables {
  /** `query` in ServiceNow's own notation; values in it hold no `^`. Rejects where the password cannot be read. */
  find(table: string, query: string, fields: readonly string[], limit: number): Promise<TableAnswer>;
  create(table: string, row: Row): Promise<TableAnswer>;
  change(table: string, sysId: string, row: Row): Promise<TableAnswer>;
}

export function tables({ instance, user, password }: ServiceNowSettings, secrets: Secrets): Tables {
  const ask = async (
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    row: Row | null,
  ): Promise<TableAnswer> => {
    const login = Buffer.from(`${user}:${await secrets.read(password)}`).toString('base64');
    const answer = await call({
      url: `${instance}/api/now/table/${path}`,
      method,
      headers: {
        accept: 'application/json',
        authorization: `Basic ${login}`,
        ...(row === null ? {} : { 'content-type': 'application/json' }),
      },
      body: row && JSON.stringify(row),
    });
    return rowsOf(answer);
  };
  return {
    find: (table, query, fields, limit) => {
      const parameters = new URLSearchParams({
        sysparm_query: query,
        sysparm_fields: fields.join(','),
        sysparm_limit: String(limit),
        sysparm_exclude_reference_link: 'true',
      });
      return ask('GET', `${table}?${parameters}`, null);
    },
    // A group is given by its name.
    create: (table, row) => ask('POST', `${table}?sysparm_input_display_value=true`, row),
    change: (table, sysId, row) => ask('PATCH', `${table}/${sysId}`, row),
  };
}

export const SYS_ID = /^[0-9a-f]{32}$/;

function rowsOf(answer: Answer): TableAnswer {
  if (!answer.ok) return { ok: false, why: answer.why, retryAfter: null };
  const { result, error } = jsonOf(answer.text);
  if (answer.status < 200 || answer.status > 299 || result === undefined) {
    const said =
      typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
    const why = `ServiceNow answered ${answer.status}${said === '' ? '' : `: ${said.slice(0, 120)}`}`;
    return { ok: false, why, retryAfter: answer.retryAfter };
  }
  const rows: readonly unknown[] = Array.isArray(result) ? result : [result];
  return { ok: true, rows: rows.map(rowOf) };
}

/** Text of each field; a reference that comes as an object is its value. */
function rowOf(row: unknown): Row {
  if (typeof row !== 'object' || row === null) return {};
  return Object.fromEntries(
    Object.entries(row).map(([name, held]: [string, unknown]) => [
      name,
      typeof held === 'object' && held !== null && 'value' in held ? String(held.value) : String(held ?? ''),
    ]),
  );
}
