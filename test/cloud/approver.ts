/** An approver who reads mail, opens the link in it, and decides. */
import { expect } from 'vitest';
import type { HttpResult } from '../../lib/aws/http-event.ts';
import type { Box } from '../support/cloud/box/box.ts';

export interface Mailed {
  readonly to: string;
  readonly text: string;
  /** Path and query of the link that decides. */
  readonly link: string;
}

/** The mails about an approval that ask somebody to decide. */
export function mailsAbout(box: Box, approvalId: string): Mailed[] {
  return box.fake.mail.flatMap((mail) => {
    const { Content: content } = mail.input as { Content?: { Raw?: { Data?: string } } };
    const raw = Buffer.from(content?.Raw?.Data ?? '', 'base64').toString();
    const text = decoded(raw);
    const link = new RegExp(`/a/${approvalId}\\?t=[A-Za-z0-9._~-]+`).exec(text)?.[0];
    return link === undefined ? [] : [{ to: mail.to.join(), text, link }];
  });
}

/** Waits until the mail is there: the machine sends it after the agent was answered. */
export async function mailTo(box: Box, approvalId: string, approver: string): Promise<Mailed> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = mailsAbout(box, approvalId).find(({ to }) => to.includes(approver));
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no mail to ${approver} about ${approvalId}\n${box.printed()}`);
}

/** What the form of the page posts. */
export async function decide(
  box: Box,
  link: string,
  verdict: 'approve' | 'reject',
  reason = 'as agreed',
): Promise<HttpResult> {
  const page = await box.control('GET', link, { headers: { accept: 'text/html' } });
  expect(page.statusCode).toBe(200);
  return post(box, link, { verdict, reason, digest: field(page.body, 'digest') });
}

export function post(box: Box, link: string, fields: Record<string, string>): Promise<HttpResult> {
  const url = new URL(link, 'https://control.invalid');
  const origin = box.controlOrigin;
  const form = new URLSearchParams({ t: url.searchParams.get('t') ?? '', ...fields });
  return box.control('POST', url.pathname, {
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin, 'sec-fetch-site': 'same-origin' },
    body: form.toString(),
  });
}

export function field(page: string, name: string): string {
  const input = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(page)?.[0] ?? '';
  return /value="([^"]*)"/.exec(input)?.[1] ?? '';
}

/** Quoted-printable and base64 parts, put back together; enough for links. */
function decoded(raw: string): string {
  const soft = raw
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const parts = [...raw.matchAll(/\r?\n\r?\n([A-Za-z0-9+/=\r\n]{40,})/g)].map(([, body = '']) =>
    Buffer.from(body.replace(/\s/g, ''), 'base64').toString(),
  );
  return [soft, ...parts].join('\n');
}
