/** The few methods of Slack's Web API that are used. */
import type { SlackSettings } from '../../core/policy/providers.ts';
import type { Secrets } from '../../ports/people.ts';
import { call, jsonOf } from '../call.ts';

export type SlackAnswer =
  | { readonly ok: true; readonly data: Readonly<Record<string, unknown>> }
  | {
      readonly ok: false;
      /** Slack's own code such as `channel_not_found`; null where it gave none. */
      readonly error: string | null;
      readonly why: string;
      readonly retryAfter: number | null;
    };

export interface SlackApi {
  /** Rejects where the token cannot be read. */
  post(method: Method, payload: Readonly<Record<string, unknown>>, timeoutMs?: number): Promise<SlackAnswer>;
}

export type Method = 'chat.postMessage' | 'chat.update' | 'chat.postEphemeral' | 'views.open';

export function slackApi({ apiUrl, botToken }: SlackSettings, secrets: Secrets): SlackApi {
  return {
    async post(method, payload, timeoutMs = 10_000) {
      const answer = await call({
        url: `${apiUrl}/${method}`,
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          authorization: `Bearer ${await secrets.read(botToken)}`,
        },
        body: JSON.stringify(payload),
        timeoutMs,
      });
      if (!answer.ok) return { ok: false, error: null, why: answer.why, retryAfter: null };
      const data = jsonOf(answer.text);
      if (answer.status === 200 && data.ok === true) return { ok: true, data };
      const error = typeof data.error === 'string' ? data.error.slice(0, 80) : null;
      const why = `Slack ${method}: ${error ?? `HTTP ${answer.status}`}`;
      return { ok: false, error, why, retryAfter: answer.retryAfter };
    },
  };
}
