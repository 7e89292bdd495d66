/** A decision that another system sends, signed as our own notices are. */
import { z } from 'zod';
import type {
  Authenticity,
  Inbound,
  InboundOutcome,
  Meaning,
  RawRequest,
  Reply,
} from '../../control/inbound.ts';
import { sha256 } from '../../core/canonical.ts';
import type { ApproverMap, SecretName, WebhookSettings } from '../../core/policy/providers.ts';
import type { Secrets } from '../../ports/people.ts';
import { approverOf } from '../approver-of.ts';
import { isSignedWith, TOLERANCE_SECONDS } from './standard.ts';

/** Null where the policy has no secret by which decisions could be told from forgeries. */
export function webhookInbound(
  { inboundSecret, approvers }: WebhookSettings,
  secrets: Secrets,
): Inbound | null {
  return inboundSecret === null ? null : signedInbound('webhook', inboundSecret, approvers, secrets);
}

/** Shared with ServiceNow, whose callbacks are signed in the same way. */
export function signedInbound(
  name: 'webhook' | 'servicenow',
  secret: SecretName,
  approvers: ApproverMap,
  secrets: Secrets,
): Inbound {
  return {
    name,
    patienceMs: null,
    authenticate: async (request, now) => authenticity(request, now, await secrets.read(secret)),
    read: async (request) => meaningOf(request, approvers),
  };
}

function authenticity(request: RawRequest, now: Date, secret: string): Authenticity {
  const id = request.header('webhook-id') ?? '';
  const timestamp = request.header('webhook-timestamp') ?? '';
  const signature = request.header('webhook-signature') ?? '';
  if (id === '' || id.length > 256 || !/^\d{1,12}$/.test(timestamp) || signature === '') {
    return {
      ok: false,
      code: 'unsigned',
      why: 'webhook-id, webhook-timestamp and webhook-signature are needed.',
    };
  }
  if (!isSignedWith(secret, { id, timestamp, body: request.body }, signature)) {
    return {
      ok: false,
      code: 'bad_signature',
      why: 'The signature is not one of this secret over these bytes.',
    };
  }
  const at = Number(timestamp) * 1000;
  if (Math.abs(now.getTime() - at) > TOLERANCE_SECONDS * 1000) {
    return {
      ok: false,
      code: 'too_old',
      why: `The timestamp is more than ${TOLERANCE_SECONDS} seconds from now.`,
    };
  }
  // By id and time, not by the header: signatures may be reordered in it.
  const once = sha256(`${id}\n${timestamp}\n${sha256(request.body)}`);
  return { ok: true, once, until: new Date(at + TOLERANCE_SECONDS * 2000) };
}

const Body = z.strictObject({
  approval_id: z.string().max(64),
  digest: z.string().max(80),
  verdict: z.enum(['approve', 'reject']),
  reason: z.string().max(8_000).default(''),
  approver: z.string().min(1).max(256),
});

function meaningOf({ body }: RawRequest, approvers: ApproverMap): Meaning {
  const parsed = Body.safeParse(jsonOf(body));
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    return {
      kind: 'unreadable',
      why: `${first?.path.join('.') || 'body'}: ${first?.message ?? 'not readable'}`,
    };
  }
  const { approver: external, ...rest } = parsed.data;
  const approver = approverOf(approvers, external);
  return {
    kind: 'decision',
    decision: { ...rest, external, approver },
    answer: async (outcome) => reply(outcome),
  };
}

function reply(outcome: InboundOutcome): Reply {
  if (outcome.refused) {
    return { status: outcome.status, body: { error: { code: outcome.code, message: outcome.why } } };
  }
  const { vote, state, repeated } = outcome;
  const { approval_id, approver, verdict, voted_at } = vote;
  return { status: 200, body: { approval_id, approver, verdict, voted_at, status: state.state, repeated } };
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return null;
  }
}
