/** ServiceNow's Table API as it documents itself: Basic authentication, encoded queries, errors of its own shape. */
import { createHash } from 'node:crypto';
import { type Answered, type Asked, json, type WebServer, webServer } from './web.ts';

type Row = Record<string, string>;

export interface ServiceNowServer extends WebServer {
  readonly changes: Row[];
  /** What a human there does with a change: a record of the table of approvers. */
  answer(change: Row, user: string, state: 'approved' | 'rejected' | 'requested', comments?: string): void;
}

export async function serviceNowServer(login: {
  readonly user: string;
  readonly password: string;
}): Promise<ServiceNowServer> {
  const changes: Row[] = [];
  const approvers: Row[] = [];
  let count = 0;
  const sysId = () => createHash('md5').update(String(++count)).digest('hex');
  const server = await webServer((asked) => respond(asked));

  function respond({ method, path, headers, body }: Asked): Answered {
    const wanted = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
    if (headers.authorization !== wanted) {
      return failure(401, 'User Not Authenticated', 'Required to provide Auth information');
    }
    const url = new URL(path, 'http://instance');
    const [, table = '', id] = /^\/api\/now\/table\/(\w+)(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const rows = table === 'change_request' ? changes : table === 'sysapproval_approver' ? approvers : null;
    if (rows === null) return failure(400, `Invalid table ${table}`, null);
    if (method === 'GET') {
      const query = url.searchParams.get('sysparm_query') ?? '';
      const fields = (url.searchParams.get('sysparm_fields') ?? '').split(',');
      const limit = Number(url.searchParams.get('sysparm_limit') ?? '10000');
      const found = rows.filter((row) => matches(row, query)).slice(0, limit);
      const shown = found.map((row) => Object.fromEntries(fields.map((name) => [name, row[name] ?? ''])));
      return json(200, { result: shown });
    }
    if (headers['content-type'] !== 'application/json') return failure(415, 'Unsupported Media Type', null);
    const given: Row = JSON.parse(body);
    if (method === 'POST') {
      const row: Row = {
        sys_id: sysId(),
        number: `CHG${String(30_000 + count).padStart(7, '0')}`,
        approval: 'not requested',
        work_notes: '',
        ...given,
        // A field keeps what fits into it and says nothing.
        short_description: (given.short_description ?? '').slice(0, 160),
        description: (given.description ?? '').slice(0, 4000),
      };
      rows.push(row);
      return json(201, { result: row });
    }
    const row = rows.find((each) => each.sys_id === id);
    if (row === undefined) {
      return failure(404, 'No Record found', "Record doesn't exist or ACL restricts the record retrieval");
    }
    const { work_notes = '', ...rest } = given;
    Object.assign(row, rest, { work_notes: `${row.work_notes}\n\n${work_notes}`.trim() });
    return json(200, { result: row });
  }

  return {
    ...server,
    changes,
    answer: (change, user, state, comments = '') => {
      approvers.push({
        sys_id: sysId(),
        sysapproval: change.sys_id ?? '',
        state,
        'approver.user_name': user,
        comments,
        sys_updated_on: `2026-03-01 12:00:${String(count).padStart(2, '0')}`,
      });
    },
  };
}

/** `a=b^cINd,e`. */
function matches(row: Row, query: string): boolean {
  return query.split('^').every((part) => {
    const within = /^([\w.]+?)IN(.*)$/.exec(part);
    if (within) return (within[2] ?? '').split(',').includes(row[within[1] ?? ''] ?? '');
    const [name = '', value = ''] = part.split('=');
    return (row[name] ?? '') === value;
  });
}

function failure(status: number, message: string, detail: string | null): Answered {
  return json(status, { error: { message, detail }, status: 'failure' });
}
