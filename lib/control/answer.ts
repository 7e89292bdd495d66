/** How this side says no: JSON under `/api` and `/iam`, a page elsewhere, and an event in the audit where it matters. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ControlDeps } from './deps.ts';
import { messagePage } from './pages/message.ts';

export interface Problem {
  readonly status: ContentfulStatusCode;
  /** Stable snake_case. */
  readonly code: string;
  readonly why: string;
  /** Where a person in a browser can log in, and come back. */
  readonly login?: string;
  /** Who was turned away, where that is known. */
  readonly who?: string;
}

export function answerProblem(c: Context, problem: Problem): Response | Promise<Response> {
  const { status, code, why, login = null } = problem;
  if (status === 401) c.header('WWW-Authenticate', 'Bearer realm="recourse control"');
  if (c.req.path.startsWith('/api/') || c.req.path.startsWith('/iam/'))
    return c.json({ error: { code, message: why } }, status);
  return c.html(messagePage(TITLES[status] ?? 'That did not work', why, login), status);
}

/**
 * Records the refused attempt, then answers. If it cannot be recorded, the answer is 503. Of strangers (`who` is
 * null) so much is recorded as they may write; they are answered all the same.
 */
export async function refuseAttempt(
  deps: ControlDeps,
  c: Context,
  problem: Problem,
  who: string | null = problem.who ?? null,
): Promise<Response> {
  const { method, path } = c.req;
  const data = { code: problem.code, status: problem.status, method, path: path.slice(0, 200) };
  const written =
    who === null
      ? (await recordStranger(deps, 'control.refused', problem.code, data)) !== 'failed'
      : await record(deps, who, 'control.refused', data);
  return answerProblem(c, written ? problem : AUDIT_UNAVAILABLE);
}

/** `counted`: there were so many of this kind that this one is only a number. `failed`: as `record`'s false. */
export async function recordStranger(
  deps: ControlDeps,
  type: 'control.refused' | 'integration.refused',
  kind: string,
  data: Readonly<Record<string, unknown>>,
): Promise<'recorded' | 'counted' | 'failed'> {
  const { record: what, counted } = deps.refusals.take(`${type} ${kind}`, deps.clock.now());
  for (const { kind: which, count, minute } of counted) {
    const [of = type, code = ''] = which.split(' ');
    if (!(await record(deps, null, `${of}_more`, { code, count, minute }))) return 'failed';
  }
  switch (what) {
    case 'each':
      return (await record(deps, null, type, data)) ? 'recorded' : 'failed';
    case 'more':
      return (await record(deps, null, `${type}_more`, { code: kind })) ? 'counted' : 'failed';
    case 'nothing':
      return 'counted';
  }
}

/** False where the audit cannot be written: the caller must answer `AUDIT_UNAVAILABLE` and do nothing. */
export async function record(
  deps: ControlDeps,
  who: string | null,
  type: string,
  data: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const at = deps.clock.now().toISOString();
  const actor = who === null ? 'human:(unknown)' : `human:${who}`;
  try {
    await deps.audit.append({ at, actor, environment: deps.environment, type, data });
    return true;
  } catch (error) {
    deps.onError(error);
    return false;
  }
}

export const AUDIT_UNAVAILABLE: Problem = {
  status: 503,
  code: 'audit_unavailable',
  why: 'The audit log cannot be written, so nothing is shown or decided. Try again once it works.',
};

export const NOT_FOUND: Problem = {
  status: 404,
  code: 'not_found',
  why: 'There is nothing at this address.',
};

const TITLES: Readonly<Partial<Record<number, string>>> = {
  400: 'That could not be read',
  401: 'Please log in',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Too late or already done',
  413: 'Too much text',
  503: 'Not available',
};
