/**
 * One console for each state folder, whichever gateway process has it, and with it the telling of people. When
 * that process ends, another one that serves the same folder takes over.
 */
import type { ControlDeps } from '../lib/control/deps.ts';
import { controlApp } from '../lib/control/http.ts';
import { refusalBudget } from '../lib/control/refusals.ts';
import type { Digest } from '../lib/core/canonical.ts';
import type { Policy } from '../lib/core/policy/policy.ts';
import { type ControlServer, startControlServer } from '../lib/local/control-server.ts';
import { readControlFile } from './control-file.ts';
import { keepNotices } from './keep-notices.ts';
import { localNotices } from './local-notices.ts';
import { type LocalState, localApprover } from './local-state.ts';

const LOOK_EVERY_MS = 5_000;

export interface ConsoleOptions {
  readonly state: LocalState;
  readonly policy: Policy;
  readonly provenance: ControlDeps['provenance'];
  readonly startRun: ControlDeps['startRun'];
  readonly address: { readonly host: string; readonly port: number };
  /** Under which a proxy of the operator's brings people from elsewhere here; null: there is none. */
  readonly publicUrl: string | null;
  readonly report: (message: string) => void;
}

export function keepConsole(options: ConsoleOptions): { close(): Promise<void> } {
  const { state, report } = options;
  let server: ControlServer | null = null;
  let notices: ReturnType<typeof keepNotices> | null = null;
  let said = '';
  const say = (message: string) => {
    if (message !== said) report(message);
    said = message;
  };
  const look = async () => {
    if (server !== null) return;
    const running = await readControlFile(state.folder.files.control, state.keys);
    if (running !== null)
      return say(
        `the console of ${state.environment} is at ${running.url}/console; open it with: recourse console`,
      );
    try {
      const started = await start(options);
      server = started.server;
      notices = keepNotices({ state, policy: options.policy, control: started.control, report });
      say(`the console of ${state.environment} is at ${server.url}/console; open it with: recourse console`);
    } catch (failure) {
      say(failure instanceof Error ? failure.message : String(failure));
    }
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    close: async () => {
      clearInterval(timer);
      await looking;
      await notices?.close();
      await server?.close();
    },
  };
}

async function start(options: ConsoleOptions) {
  const { state, policy, provenance, startRun, address, publicUrl, report } = options;
  const { configuredInbound } = await import('../lib/notices/configured-inbound.ts');
  const { localSecrets } = await import('../lib/local/secrets.ts');
  const inbound = configuredInbound(policy.approvals.providers, localSecrets(process.env));
  const refusals = refusalBudget();
  const controlOf = ({ origin, token_hash }: { origin: string; token_hash: Digest }): ControlDeps => ({
    ...state,
    signer: state.keys,
    verifier: state.keys,
    hasher: state.keys,
    notices: localNotices(state, policy, report),
    refusals,
    policy,
    origin,
    local: { token_hash, approver: localApprover() },
    oidc: null,
    signers: null,
    provenance,
    // Whoever runs it looks for the request.
    stopper: { stop: async () => {} },
    startRun,
    verifyAudit: async () => {
      const { auditState } = await import('../lib/audit/state.ts');
      return auditState({ store: state.store, verifySeal: state.keys.verifySeal }, state.clock.now());
    },
    onError: (error) =>
      report(`console: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  });
  const made: ControlDeps[] = [];
  const server = await startControlServer({
    ...address,
    controlFile: state.folder.files.control,
    app: (listener) => {
      const control = controlOf(listener);
      // What comes from elsewhere is another site: the token of this machine opens nothing there.
      const outside = publicUrl === null ? null : { ...control, origin: publicUrl, local: null };
      made.push(outside ?? control);
      const here = controlApp(control, inbound);
      const there = outside && controlApp(outside, inbound);
      const host = publicUrl === null ? null : new URL(publicUrl).host;
      return {
        fetch: (request) =>
          (there !== null && request.headers.get('host')?.toLowerCase() === host ? there : here).fetch(
            request,
          ),
      };
    },
  });
  const [control] = made;
  if (control === undefined) throw new Error('the console was not made');
  return { server, control };
}
