/** The audit in the console: filtered, verified when asked for, and taken along as JSON lines. */
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { mayReadAudit } from '../core/roles.ts';
import { AUDIT_UNAVAILABLE, answerProblem, record, refuseAttempt } from './answer.ts';
import { NOT_FOR_YOU } from './api-looking.ts';
import { AuditFilterShape, auditPage, filterOf } from './audit-events.ts';
import { openCursor, sealCursor } from './cursor.ts';
import type { AuditState, ControlDeps } from './deps.ts';
import { frameOf, visitor } from './frame.ts';
import { auditPage as auditHtml } from './pages/audit.ts';

const ON_A_PAGE = 100;
/** Of one download, so that it is made in memory; a header leads to the next part. */
const EXPORT_EVENTS = 5_000;
const EXPORT_BYTES = 4 * 1024 * 1024;

const Query = z.object(AuditFilterShape);

export function auditRoutes(app: Hono, deps: ControlDeps): void {
  app.get('/console/audit', (c) => show(deps, c));
  app.get('/console/audit/export', (c) => download(deps, c));
}

async function show(deps: ControlDeps, c: Context): Promise<Response> {
  const session = await visitor(deps, c);
  if (session instanceof Response) return session;
  if (!mayReadAudit(session.approver, deps.policy))
    return refuseAttempt(deps, c, NOT_FOR_YOU, session.approver);
  const query = asked(c);
  const parsed = Query.safeParse(query);
  const verify = c.req.query('verify') === 'yes' && deps.verifyAudit !== null;
  const seen = { via: 'console', ...(verify ? { verified: true } : {}) };
  if (!(await record(deps, session.approver, 'audit.viewed', seen)))
    return answerProblem(c, AUDIT_UNAVAILABLE);
  const page = parsed.success
    ? await auditPage(deps.store, ON_A_PAGE, cursorOf(deps, c), filterOf(parsed.data))
    : { events: [], next: null };
  const problem = parsed.success ? null : 'A time is written as 2026-01-31 or 2026-01-31T13:05:00Z.';
  return c.html(
    auditHtml({
      page: { ...page, next: sealCursor(deps.hasher, page.next) },
      query,
      state: verify
        ? { known: true, audit: await verified(deps) }
        : { known: false, canVerify: deps.verifyAudit !== null },
      problem,
      frame: await frameOf(deps, session, 'audit'),
    }),
  );
}

async function verified(deps: ControlDeps): Promise<AuditState> {
  const at = deps.clock.now().toISOString();
  if (deps.verifyAudit === null) return { holds: false, what: 'it is not verified here', at };
  try {
    return await deps.verifyAudit();
  } catch (error) {
    deps.onError(error);
    return { holds: false, what: 'it could not be read', at };
  }
}

/** The newest first. Where it does not end with this part, `Link` names the next one. */
async function download(deps: ControlDeps, c: Context): Promise<Response> {
  const session = await visitor(deps, c);
  if (session instanceof Response) return session;
  if (!mayReadAudit(session.approver, deps.policy))
    return refuseAttempt(deps, c, NOT_FOR_YOU, session.approver);
  const query = asked(c);
  const parsed = Query.safeParse(query);
  if (!parsed.success) {
    return answerProblem(c, { status: 400, code: 'invalid_arguments', why: 'The filter cannot be read.' });
  }
  if (!(await record(deps, session.approver, 'audit.exported', { via: 'console' }))) {
    return answerProblem(c, AUDIT_UNAVAILABLE);
  }
  const lines: string[] = [];
  let bytes = 0;
  let after = cursorOf(deps, c);
  do {
    const page = await auditPage(deps.store, 500, after, filterOf(parsed.data));
    for (const event of page.events) {
      const line = JSON.stringify(event);
      lines.push(line);
      bytes += Buffer.byteLength(line) + 1;
    }
    after = page.next;
  } while (after !== null && lines.length < EXPORT_EVENTS && bytes < EXPORT_BYTES);
  if (after !== null) {
    const more = new URLSearchParams({ ...query, after: sealCursor(deps.hasher, after) ?? '' });
    c.header('Link', `</console/audit/export?${more.toString()}>; rel="next"`);
  }
  c.header('Content-Disposition', `attachment; filename="audit-${deps.environment}.jsonl"`);
  return c.body(lines.map((line) => `${line}\n`).join(''), 200, {
    'Content-Type': 'application/x-ndjson; charset=utf-8',
  });
}

/** The filter's fields that were filled in. */
function asked(c: Context): Record<string, string> {
  const given = c.req.query();
  return Object.fromEntries(
    Object.keys(AuditFilterShape).flatMap((name) => {
      const value = given[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

function cursorOf(deps: ControlDeps, c: Context): string | null {
  const cursor = c.req.query('after');
  return cursor === undefined ? null : openCursor(deps.hasher, cursor);
}
