/**
 * The control API for the command line, wherever it is: at --url, at the console that runs on this state folder, or,
 * where none runs, in this very process. One API, so that the command line can do what a browser can and no more.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '../lib/core/canonical.ts';
import { readControlFile } from './control-file.ts';
import { type LocalState, localApprover, openStartedState, type WhichState } from './local-state.ts';
import type { LoadedPolicy } from './policy-file.ts';
import { answerOf, type ControlClient, remoteControl } from './remote-control.ts';

export interface WhichControl extends WhichState {
  readonly url?: string;
  readonly aws?: boolean;
}

/** What this process has begun by the end of `use` is waited for. */
export async function withControl<T>(
  options: WhichControl,
  use: (control: ControlClient) => Promise<T>,
): Promise<T> {
  if (options.url !== undefined) return use(await remoteControl({ url: options.url, aws: options.aws }));
  const state = await openStartedState(options);
  try {
    const running = await readControlFile(state.folder.files.control, state.keys);
    if (running !== null)
      return await use(
        await remoteControl({ url: running.url, token: process.env.RECOURSE_TOKEN || running.token }),
      );
    const here = await controlHere(state);
    const result = await use(here.client);
    await here.idle();
    return result;
  } finally {
    await state.store.close();
  }
}

const ORIGIN = 'http://127.0.0.1';

async function controlHere(state: LocalState & LoadedPolicy) {
  const { controlApp } = await import('../lib/control/http.ts');
  const { refusalBudget } = await import('../lib/control/refusals.ts');
  const { auditState } = await import('../lib/audit/state.ts');
  const { localToolContext } = await import('./local-gateway.ts');
  const { startingFrom } = await import('./start-run.ts');
  const { watchStopRequests } = await import('../lib/lifecycle/stop-requests.ts');
  const token = randomBytes(32).toString('base64url');
  const { policy, keys } = state;
  const ctx = localToolContext(state, policy, report);
  const stops = watchStopRequests(ctx);
  const app = controlApp({
    ...state,
    signer: keys,
    verifier: keys,
    hasher: keys,
    notices: ctx.notices,
    origin: ORIGIN,
    refusals: refusalBudget(),
    local: { token_hash: sha256(token), approver: localApprover() },
    oidc: null,
    signers: null,
    stopper: { stop: async () => {} },
    startRun: startingFrom(ctx),
    verifyAudit: () => auditState({ store: state.store, verifySeal: keys.verifySeal }, state.clock.now()),
    onError: (error) => report(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  });
  const ask = async (path: string, init: RequestInit) => {
    const authorization = `Bearer ${process.env.RECOURSE_TOKEN || token}`;
    const headers = { authorization, 'content-type': 'application/json', host: new URL(ORIGIN).host };
    return answerOf('this gateway', await app.request(`${ORIGIN}${path}`, { ...init, headers }));
  };
  const client: ControlClient = {
    get: (path) => ask(path, { method: 'GET' }),
    post: (path, body) => ask(path, { method: 'POST', body: JSON.stringify(body) }),
    remove: (path, body) => ask(path, { method: 'DELETE', body: JSON.stringify(body) }),
  };
  const idle = async () => {
    for (let ids = ctx.inFlight.ids(); ids.length > 0; ids = ctx.inFlight.ids()) {
      await Promise.all(ids.map((id) => ctx.inFlight.settled(id, 3_600_000)));
      await sleep(10);
    }
    stops.close();
  };
  return { client, idle };
}

function report(message: string): void {
  process.stderr.write(`recourse: ${message}\n`);
}
