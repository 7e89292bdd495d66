import { html } from 'hono/html';
import { type Html, layout } from './layout.ts';

/** A page that says one thing: a refusal, or that nothing is here. */
export function messagePage(
  title: string,
  text: string,
  login: string | null = null,
  back: string | null = null,
): Html {
  return layout(
    title,
    html`<main id="content" class="narrow">
<h1>${title}</h1>
<p>${text}</p>
${login !== null && html`<p><a href="${login}">Log in</a></p>`}
${back !== null && html`<p><a href="${back}">Go on</a></p>`}
<p><a href="/console">Requests that wait for a decision</a></p>
</main>`,
  );
}
