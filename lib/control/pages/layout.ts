import { html } from 'hono/html';
import { counted, visible } from './text.ts';

export type Html = ReturnType<typeof html>;

export const SECTIONS = [
  ['approvals', '/console', 'Approvals'],
  ['plans', '/console/plans', 'Plans'],
  ['runs', '/console/runs', 'Runs'],
  ['exceptions', '/console/exceptions', 'Exceptions'],
  ['policy', '/console/policy', 'Policy'],
  ['audit', '/console/audit', 'Audit'],
] as const;
export type Section = (typeof SECTIONS)[number][0];

/** Whose browser this is, the token that its forms carry, and what every page of the session says. */
export interface Frame {
  readonly approver: string;
  readonly csrf: string;
  readonly environment: string;
  readonly current: Section | null;
  /** Overrides that act now, and reviews that are open. */
  readonly acting: number;
  readonly reviews: number;
}

/**
 * One page. Everything interpolated is escaped; there is no script, and one stylesheet of our own. `onward`: where
 * the browser goes by itself, at once.
 */
export function layout(
  title: string,
  body: Html,
  frame: Frame | null = null,
  onward: string | null = null,
): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${visible(title)} · Recourse</title>
<link rel="stylesheet" href="/style.css">
${onward !== null && html`<meta http-equiv="refresh" content="0;url=${onward}">`}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<div class="bar">
<a class="brand" href="/console">Recourse</a>
${frame && html`<span class="env">${visible(frame.environment)}</span>`}
${frame && identity(frame)}
</div>
${frame && navigation(frame)}
</header>
${frame && strip(frame)}
${body}
</body>
</html>`;
}

function navigation({ current }: Frame): Html {
  return html`<nav aria-label="Sections"><ul>${SECTIONS.map(
    ([name, href, label]) =>
      html`<li><a href="${href}"${name === current ? html` aria-current="page"` : ''}>${label}</a></li>`,
  )}</ul></nav>`;
}

function strip({ acting, reviews }: Frame): Html | null {
  const parts = [
    acting === 0 ? null : `${counted(acting, 'override acts', 'overrides act')} now`,
    reviews === 0 ? null : `${counted(reviews, 'break-glass review is', 'break-glass reviews are')} open`,
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return html`<aside class="strip" aria-label="Out of the ordinary"><a href="/console/exceptions">${parts.join(' · ')}</a></aside>`;
}

function identity(frame: Frame): Html {
  return html`<form class="who" method="post" action="/console/logout">
<span class="me">You are <bdi>${visible(frame.approver)}</bdi></span>
<input type="hidden" name="csrf" value="${frame.csrf}">
<button class="plain">Log out</button>
</form>`;
}
