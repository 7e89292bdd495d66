/**
 * The control API and the console: where humans decide. Another listener than the agents' (in the cloud
 * another API). Agents' tokens open nothing here. A listener that knows who signed a request says so beside it
 * (`ControlBindings`): `app.fetch(request, { signer })`.
 */
import { Hono } from 'hono';
import { answerProblem, NOT_FOUND } from './answer.ts';
import { apiRoutes } from './api.ts';
import { consoleRoutes } from './console.ts';
import { auditRoutes } from './console-audit.ts';
import { deedForms } from './console-deeds.ts';
import { pageRoutes } from './console-pages.ts';
import { decisionRoutes } from './decision-page.ts';
import type { ControlDeps } from './deps.ts';
import { answerHeaders, meantForUs, smallBody } from './guard.ts';
import type { Inbound } from './inbound.ts';
import { integrationRoutes } from './integrations.ts';
import { STYLE } from './pages/style.ts';
import { NONCE, proofOf } from './proof.ts';

/** `inbound`: by whom decisions are brought from elsewhere (`integrations.ts`). */
export function controlApp(deps: ControlDeps, inbound: readonly Inbound[] = []): Hono {
  const app = new Hono();
  app.use(answerHeaders(deps));
  // Before the guards of browsers: their names and origins mean nothing to a signed request.
  integrationRoutes(app, deps, inbound);
  app.use(meantForUs(deps));
  app.use(smallBody());
  app.get('/style.css', (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/proof', (c) => {
    const nonce = c.req.query('nonce') ?? '';
    if (!NONCE.test(nonce)) return answerProblem(c, NOT_FOUND);
    return c.json({ proof: proofOf(deps.hasher, deps.origin, nonce) });
  });
  app.get('/', (c) => c.redirect('/console', 303));
  apiRoutes(app, deps);
  if (deps.signers !== null) {
    const signed = new Hono();
    apiRoutes(signed, deps);
    app.route('/iam', signed);
  }
  consoleRoutes(app, deps);
  pageRoutes(app, deps);
  auditRoutes(app, deps);
  deedForms(app, deps);
  decisionRoutes(app, deps);
  app.notFound((c) => answerProblem(c, NOT_FOUND));
  app.onError((error, c) => {
    deps.onError(error);
    return answerProblem(c, BROKEN);
  });
  return app;
}

const BROKEN = {
  status: 500,
  code: 'internal',
  why: 'Something broke here. If you were deciding, look whether it was recorded; deciding the same again is safe.',
} as const;
