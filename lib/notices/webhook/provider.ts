/** A signed webhook: every event as JSON, for whatever an operator puts behind it. */
import type { NoticeKind } from '../../core/notice.ts';
import type { WebhookSettings } from '../../core/policy/providers.ts';
import type { Secrets } from '../../ports/people.ts';
import type { Clock } from '../../ports/process.ts';
import { call, refusedBy } from '../call.ts';
import type { NoticeContent } from '../content.ts';
import { type Delivered, type Delivery, failed, type Provider } from '../provider.ts';
import { signatureOf } from './standard.ts';

export function webhookProvider(settings: WebhookSettings, secrets: Secrets, clock: Clock): Provider {
  const { host } = new URL(settings.url);
  return {
    name: 'webhook',
    recipients: () => [host],
    deliver: (delivery) => deliver(settings, secrets, clock, delivery),
    problem: () => problem(settings, secrets),
  };
}

/** Names of the scheme's form: parts between dots. */
export const EVENT_TYPES = {
  approval_requested: 'approval.requested',
  approval_decided: 'approval.decided',
  approval_expiring: 'approval.expiring',
  approval_expired: 'approval.expired',
  approval_withdrawn: 'approval.withdrawn',
  run_ended: 'run.ended',
  warned_action_ran: 'run.warned',
  break_glass_used: 'break_glass.used',
  review_open: 'review.open',
  override_made: 'override.made',
  test: 'test',
} as const satisfies Record<NoticeKind, string>;

async function deliver(
  { url, secret }: WebhookSettings,
  secrets: Secrets,
  clock: Clock,
  { notice_id: id, event, content, pageUrl }: Delivery,
): Promise<Delivered> {
  const body = JSON.stringify({
    type: EVENT_TYPES[event.kind],
    timestamp: event.at,
    data: dataOf(content, pageUrl),
  });
  const timestamp = String(Math.floor(clock.now().getTime() / 1000));
  const answer = await call({
    url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'recourse-gateway',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatureOf(await secrets.read(secret), {
        id,
        timestamp,
        body: Buffer.from(body),
      }),
    },
    body,
  });
  if (!answer.ok) return failed(answer.why);
  if (answer.status >= 200 && answer.status < 300) return { outcome: 'delivered', receipt: null };
  // "Gone": the receiver wants no more of this.
  if (answer.status === 410) return failed(`${new URL(url).host} answered 410: it wants no more`, 'never');
  return refusedBy(url, answer);
}

/** Everything that a person would see, in names that do not change; no link that decides. */
function dataOf(content: NoticeContent, pageUrl: string | null): Readonly<Record<string, unknown>> {
  const { environment, subject, title, alarm, command, facts, changes, reasons, said, agentWords } = content;
  const { approval, plan_id, run_id } = content;
  return {
    environment,
    ...(approval === null ? {} : { approval }),
    plan_id,
    run_id,
    subject,
    title,
    summary: alarm?.text ?? null,
    command,
    facts,
    changes: changes?.shown ?? [],
    more_changes: changes?.more ?? 0,
    together: changes?.together ?? [],
    reach: changes?.reach ?? [],
    reasons,
    said,
    agent_words: agentWords,
    console_url: pageUrl,
  };
}

async function problem({ secret, inboundSecret }: WebhookSettings, secrets: Secrets): Promise<string | null> {
  try {
    for (const name of [secret, ...(inboundSecret === null ? [] : [inboundSecret])]) {
      signatureOf(await secrets.read(name), { id: '', timestamp: '', body: new Uint8Array() });
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
