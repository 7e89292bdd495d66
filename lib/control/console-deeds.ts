/** The forms of the console beside deciding: each posts, does, and leads back to the page that shows what was done. */
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { ACTION_KINDS } from '../core/action.ts';
import { FINDING_CLASSES } from '../core/finding.ts';
import { answerProblem, type Problem, refuseAttempt } from './answer.ts';
import { AddressPattern, AgentName } from './api-deeds.ts';
import { breakGlass } from './break-glass.ts';
import { startBroken } from './broken-run.ts';
import { cancelRun } from './cancel.ts';
import { STALE_FORM } from './console.ts';
import { isDenied } from './deed.ts';
import type { ControlDeps } from './deps.ts';
import { type Form, readForm } from './form.ts';
import { visitor } from './frame.ts';
import { csrfHolds } from './identity.ts';
import { makeOverride, revokeOverride } from './overrides.ts';
import { messagePage } from './pages/message.ts';
import { closeReview } from './reviews.ts';

const EXCEPTIONS = '/console/exceptions';

export function deedForms(app: Hono, deps: ControlDeps): void {
  app.post('/console/overrides', (c) =>
    posted(deps, c, ['action', 'class', 'address', 'agent', 'ttl', 'reason'], EXCEPTIONS, override(deps)),
  );
  app.post('/console/overrides/:id/revoke', (c) =>
    posted(deps, c, ['reason'], EXCEPTIONS, (by, { reason = '' }) =>
      revokeOverride(deps, c.req.param('id'), { by, reason, via: 'console' }),
    ),
  );
  app.post('/console/reviews/:id/close', (c) =>
    posted(deps, c, ['comment'], EXCEPTIONS, (by, { comment = '' }) =>
      closeReview(deps, c.req.param('id'), { by, comment, via: 'console' }),
    ),
  );
  app.post('/console/runs/:id/cancel', (c) =>
    posted(
      deps,
      c,
      ['reason'],
      `/console/runs/${encodeURIComponent(c.req.param('id'))}`,
      (by, { reason = '' }) => cancelRun(deps, c.req.param('id'), { by, reason, via: 'console' }),
    ),
  );
  app.post('/console/plans/:id/break-glass', (c) =>
    posted(
      deps,
      c,
      ['reason', 'ttl', 'sure'],
      `/console/plans/${encodeURIComponent(c.req.param('id'))}`,
      async (by, form) => {
        if (form.sure !== 'yes') return NOT_SURE;
        const { reason = '' } = form;
        const asked = {
          plan_id: c.req.param('id'),
          reason,
          ttlSeconds: seconds(form.ttl),
          by,
          via: 'console',
        };
        const done = await breakGlass(deps, asked);
        return isDenied(done) ? done : startBroken(deps, done);
      },
    ),
  );
}

type Deed<Name extends string> = (by: string, form: Form<Name>) => Promise<object>;

async function posted<Name extends string>(
  deps: ControlDeps,
  c: Context,
  names: readonly Name[],
  back: string,
  deed: Deed<Name>,
): Promise<Response> {
  const session = await visitor(deps, c);
  if (session instanceof Response) return session;
  const read = await readForm(c, [...names, 'csrf']);
  if ('problem' in read) return refuseAttempt(deps, c, read.problem, session.approver);
  if (!csrfHolds(session, read.form.csrf ?? '')) return refuseAttempt(deps, c, STALE_FORM, session.approver);
  const done = await deed(session.approver, read.form);
  if (isDenied(done)) return answerProblem(c, done satisfies Problem);
  const note = 'note' in done && typeof done.note === 'string' ? done.note : null;
  if (note !== null) return c.html(messagePage('The glass is broken', note, null, back));
  const started = 'run_id' in done && typeof done.run_id === 'string' ? `/console/runs/${done.run_id}` : back;
  return c.redirect(started, 303);
}

function override(deps: ControlDeps): Deed<'action' | 'class' | 'address' | 'agent' | 'ttl' | 'reason'> {
  return async (by, form) => {
    const scope = Scope.safeParse({
      action: given(form.action),
      class: given(form.class),
      address: given(form.address),
      agent: given(form.agent),
    });
    if (!scope.success) return BAD_SCOPE;
    const { reason = '' } = form;
    return makeOverride(deps, {
      scope: scope.data,
      reason,
      ttlSeconds: seconds(form.ttl),
      by,
      via: 'console',
    });
  };
}

const Scope = z.object({
  action: z.enum(ACTION_KINDS).nullable(),
  class: z.enum(FINDING_CLASSES).nullable(),
  address: AddressPattern.nullable(),
  agent: AgentName.nullable(),
});

function given(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

function seconds(text: string | undefined): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : 0;
}

const BAD_SCOPE = {
  refused: true,
  status: 400,
  code: 'invalid_arguments',
  why: 'The scope cannot be read: choose an action or a class, and write addresses and an agent on one line each.',
} as const;

const NOT_SURE = {
  refused: true,
  status: 400,
  code: 'not_sure',
  why: 'Say that you have read what the plan does. Nothing was done.',
} as const;
