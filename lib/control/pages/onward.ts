import { html } from 'hono/html';
import { type Html, layout } from './layout.ts';

/** A page that goes on to `url` by itself. `url` is one that this side made. */
export function onwardPage(title: string, url: string): Html {
  return layout(
    title,
    html`<main class="narrow">
<h1>${title}</h1>
<p><a href="${url}">Go on</a></p>
</main>`,
    null,
    url,
  );
}
