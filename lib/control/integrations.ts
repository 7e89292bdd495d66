/**
 * `POST /integrations/NAME`: the signature over the raw bytes first, then whether they were seen before, then
 * what they mean. No cookie, no token and no origin counts here, so none is looked at.
 */
import type { Context, Hono } from 'hono';
import { AUDIT_UNAVAILABLE, record, recordStranger } from './answer.ts';
import { bodyBytes, MAX_BODY_BYTES } from './body.ts';
import type { ControlDeps } from './deps.ts';
import { type Authenticity, type Inbound, type RawRequest, type Reply, takeDecision } from './inbound.ts';

export function integrationRoutes(app: Hono, deps: ControlDeps, inbound: readonly Inbound[]): void {
  for (const each of inbound) {
    app.post(`/integrations/${each.name}`, async (c) => {
      const { status, body } = await receive(deps, c, each);
      return body === null ? c.body(null, status) : c.json(body, status);
    });
  }
}

async function receive(deps: ControlDeps, c: Context, inbound: Inbound): Promise<Reply> {
  const body = await bodyBytes(c);
  const now = deps.clock.now();
  if (body === null) return refuse(deps, inbound, 'too_large', `at most ${MAX_BODY_BYTES} bytes`, 400);
  const request: RawRequest = { header: (name) => c.req.header(name) ?? null, body };
  const genuine = await inbound.authenticate(request, now).catch((error: unknown) => {
    deps.onError(error);
    return null;
  });
  if (genuine === null)
    return problem(503, 'not_set_up', 'This way of deciding does not work at the moment.');
  if (!genuine.ok) return refuse(deps, inbound, genuine.code, genuine.why, 401);
  const key = `${inbound.name} ${genuine.once}`;
  if ((await deps.store.get('received', key)) !== null) {
    // Whoever saw one genuine request can send it as often as they like.
    return refuse(deps, inbound, 'replayed', 'This very request was received before.', 409);
  }
  const work = handle(deps, inbound, request).then(async ({ reply, settled }) => {
    if (settled) await remember(deps, key, genuine, now);
    return reply;
  });
  return inbound.patienceMs === null ? work : within(deps, work, inbound.patienceMs);
}

/** `settled`: the same request again would be a replay. */
async function handle(
  deps: ControlDeps,
  inbound: Inbound,
  request: RawRequest,
): Promise<{ readonly reply: Reply; readonly settled: boolean }> {
  const meaning = await inbound.read(request);
  switch (meaning.kind) {
    case 'other':
      return { reply: meaning.reply, settled: true };
    case 'unreadable': {
      const data = { provider: inbound.name, code: 'unreadable' };
      const written = await record(deps, null, 'integration.refused', data);
      const reply = written ? problem(400, 'invalid_arguments', meaning.why) : UNAVAILABLE;
      return { reply, settled: written };
    }
    case 'decision': {
      const outcome = await takeDecision(deps, inbound.name, meaning.decision);
      const settled = !(outcome.refused && outcome.status === 503);
      return { reply: await meaning.answer(outcome), settled };
    }
  }
}

/** A vote is idempotent, so a replay that slips in before this is written casts no second one. */
async function remember(
  deps: ControlDeps,
  key: string,
  { once, until }: Extract<Authenticity, { ok: true }>,
  now: Date,
): Promise<void> {
  const seen = { hash: once, received_at: now.toISOString(), expires_at: until.toISOString() };
  await deps.store.create('received', key, seen);
}

async function within(deps: ControlDeps, work: Promise<Reply>, ms: number): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Reply>((resolve) => {
    timer = setTimeout(() => resolve({ status: 200, body: null }), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(deps.onError);
  }
}

/** A stranger's attempt. */
async function refuse(
  deps: ControlDeps,
  { name: provider }: Inbound,
  code: string,
  why: string,
  status: 400 | 401 | 409,
): Promise<Reply> {
  switch (await recordStranger(deps, 'integration.refused', `${provider}.${code}`, { provider, code })) {
    case 'recorded':
      return problem(status, code, why);
    case 'counted':
      return problem(429, 'too_many', 'Too many refused requests. Try again in a minute.');
    case 'failed':
      return UNAVAILABLE;
  }
}

function problem(status: Reply['status'], code: string, message: string): Reply {
  return { status, body: { error: { code, message } } };
}

const UNAVAILABLE = problem(503, AUDIT_UNAVAILABLE.code, AUDIT_UNAVAILABLE.why);
