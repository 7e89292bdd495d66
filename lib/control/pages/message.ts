import { html } from 'hono/html';
import { type Html, layout } from './layout.ts';

/** A page that says one thing: a refusal, or that nothing is here. */
export function messagePage(title: string, text: string): Html {
  return layout(
    title,
    html`<main class="narrow">
<h1>${title}</h1>
<p>${text}</p>
<p><a href="/console">Requests that wait for a decision</a></p>
</main>`,
  );
}
