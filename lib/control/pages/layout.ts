import { html } from 'hono/html';
import { visible } from './text.ts';

export type Html = ReturnType<typeof html>;

/** Whose browser this is, and the token that its forms carry. */
export interface Reader {
  readonly approver: string;
  readonly csrf: string;
}

/**
 * One page. Everything interpolated is escaped; there is no script, and one stylesheet of our own. `onward`: where
 * the browser goes by itself, at once.
 */
export function layout(
  title: string,
  body: Html,
  reader: Reader | null = null,
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
<header class="top">
<a class="brand" href="/console">Recourse</a>
${reader && identity(reader)}
</header>
${body}
</body>
</html>`;
}

function identity(reader: Reader): Html {
  return html`<form class="who" method="post" action="/console/logout">
<span>You are <bdi>${visible(reader.approver)}</bdi></span>
<input type="hidden" name="csrf" value="${reader.csrf}">
<button class="plain">Log out</button>
</form>`;
}
