import { html } from 'hono/html';
import { type Html, layout } from './layout.ts';
import { visible } from './text.ts';

/** The button is the point: opening the link uses nothing up, pressing does. */
export function loginPage(token: string, environment: string): Html {
  return layout(
    'Log in',
    html`<main id="content" class="narrow">
<h1>Open the console for <bdi>${visible(environment)}</bdi></h1>
<p>This link works once. You stay logged in on this browser for eight hours, or until you log out.</p>
<form method="post" action="/console/login">
<input type="hidden" name="t" value="${visible(token)}">
<button class="primary">Log in</button>
</form>
</main>`,
  );
}
