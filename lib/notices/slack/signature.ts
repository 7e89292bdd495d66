/** Slack's signature over the raw body, version `v0`, with its five minutes against replays. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Authenticity, RawRequest } from '../../control/inbound.ts';
import { sha256 } from '../../core/canonical.ts';

const WINDOW_SECONDS = 300;

export function slackAuthenticity(request: RawRequest, now: Date, secret: string): Authenticity {
  const timestamp = request.header('x-slack-request-timestamp') ?? '';
  const given = request.header('x-slack-signature') ?? '';
  if (!/^\d{1,12}$/.test(timestamp) || given === '') {
    return {
      ok: false,
      code: 'unsigned',
      why: 'X-Slack-Request-Timestamp and X-Slack-Signature are needed.',
    };
  }
  const wanted = Buffer.from(slackSignature(secret, timestamp, request.body));
  const bytes = Buffer.from(given);
  if (bytes.length !== wanted.length || !timingSafeEqual(bytes, wanted)) {
    return {
      ok: false,
      code: 'bad_signature',
      why: 'The signature is not one of this secret over these bytes.',
    };
  }
  const at = Number(timestamp) * 1000;
  if (Math.abs(now.getTime() - at) > WINDOW_SECONDS * 1000) {
    return { ok: false, code: 'too_old', why: 'The timestamp is more than five minutes from now.' };
  }
  return { ok: true, once: sha256(given), until: new Date(at + WINDOW_SECONDS * 2000) };
}

/** `v0=` and 64 hex digits. */
export function slackSignature(secret: string, timestamp: string, body: Uint8Array): string {
  if (secret === '') throw new Error('the signing secret is empty');
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
}
