/** `recourse gateway serve`: MCP on stdio or on HTTP, and the console beside it, over one state folder. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openSealer } from '../../lib/audit/seal.ts';
import { createGateway, type Gateway } from '../../lib/gateway.ts';
import { recoverRuns } from '../../lib/lifecycle/recover.ts';
import { watchStopRequests } from '../../lib/lifecycle/stop-requests.ts';
import { isLoopback } from '../../lib/local/loopback.ts';
import { openStateFolder } from '../../lib/local/state-folder.ts';
import { serveStdio } from '../../lib/mcp.ts';
import { localToolContext } from '../local-gateway.ts';
import { type LocalState, opened, openLocalState } from '../local-state.ts';
import { loadPolicy, requireEnvironment } from '../policy-file.ts';
import { startingFrom } from '../start-run.ts';
import { Stop } from '../stop.ts';

interface Options {
  readonly env: string;
  readonly policy?: string;
  readonly root: string;
  readonly state?: string;
  readonly http?: string;
  readonly console: string | false;
  readonly publicUrl?: string;
  readonly agent: string;
  /** False with `--no-sandbox`. */
  readonly sandbox: boolean;
}

const SEAL_EVERY_MS = 120_000;
/** How long the console and the housekeeping wait for the client's first message. */
const FIRST_ANSWER_MS = 150;

export async function serve(options: Options): Promise<void> {
  const { policy, provenance } = loadPolicy(options.policy);
  requireEnvironment(policy, options.env);
  const address = options.console === false ? null : parseAddress('--console', options.console);
  const publicUrl = parsePublicUrl(options.publicUrl);
  const http = options.http === undefined ? null : parseAddress('--http', options.http);
  const agent = parseAgent(options.agent);
  const folder = opened(
    openStateFolder({
      state: options.state,
      root: options.root,
      environment: options.env,
      policyPath: options.policy ?? null,
      now: new Date(),
      env: process.env,
    }),
  );
  const state = await openLocalState(folder);
  const ctx = localToolContext(state, policy, report, { unconfined: !options.sandbox });
  const gateway = createGateway(ctx);
  const sealer = openSealer({ ...state, signer: state.keys, witness: state });
  process.stdout.on('error', () => {});

  await started(state, {
    ...(http === null ? { agent } : { http: options.http }),
    root: folder.manifest.root,
    policy: options.policy ?? null,
  });
  const server =
    http === null
      ? serveStdio(gateway, { agent, human: null }, INFO, report)
      : await serveHttp(state, gateway, http);
  const ended = Promise.race([server.closed, signalled()]);
  // The client's first message is answered before the rest is loaded. Nothing waits for recovery: whoever reads a
  // run or a plan that a dead process left behind closes it first.
  await Promise.race([ended, sleep(FIRST_ANSWER_MS)]);
  const consoleKeeper =
    address === null
      ? null
      : (await import('../keep-console.ts')).keepConsole({
          ...{ state, policy, provenance, address, publicUrl, report },
          startRun: startingFrom(ctx),
        });
  if (address === null && Object.values(policy.approvals.providers).some((settings) => settings != null)) {
    report('nobody is told of anything by this gateway: notices are sent by one that serves the console');
  }
  const stops = watchStopRequests(ctx);
  const upkeep = setInterval(() => void seal(sealer), SEAL_EVERY_MS);
  await recoverRuns(ctx);
  await seal(sealer);
  await tidy(state, ctx.clock.now());

  await ended;
  clearInterval(upkeep);
  await server.close();
  // The client may be gone; what it started is not. A second signal ends the wait.
  await Promise.race([idle(ctx.inFlight), signalled()]);
  stops.close();
  await consoleKeeper?.close();
  await seal(sealer);
  await state.store.close();
  process.exit();
}

const VERSION = process.env.RECOURSE_VERSION ?? '0.0.0';
const INFO = { name: 'recourse-gateway', version: VERSION };

/** What serves agents, until a signal comes or (on stdio) the one client is gone. */
interface AgentSide {
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

async function serveHttp(
  state: LocalState,
  gateway: Gateway,
  address: { readonly host: string; readonly port: number },
): Promise<AgentSide> {
  const { environment, folder } = state;
  const { agentHttp } = await import('../../lib/agent-http/app.ts');
  const { tokenCallers } = await import('../../lib/agent-http/bearer.ts');
  const { startAgentServer } = await import('../../lib/local/agent-server.ts');
  const { mcpHttp } = await import('../../lib/mcp-http.ts');
  const server = await startAgentServer({
    ...address,
    app: ({ hosts }) =>
      agentHttp({
        ...state,
        mcp: mcpHttp(gateway, INFO, report),
        callers: tokenCallers(state.store),
        oauth: null,
        signers: null,
        scheme: 'http',
        hosts,
        report,
      }),
  }).catch((failure: unknown) => {
    throw new Stop(failure instanceof Error ? failure.message : String(failure));
  });
  report(
    `MCP for ${environment} is at ${server.url}/mcp; make an agent's token with: recourse tokens create --agent NAME --state ${folder.path}`,
  );
  return { closed: new Promise(() => {}), close: server.close };
}

function report(message: string): void {
  process.stderr.write(`recourse: ${message}\n`);
}

function started(state: LocalState, data: Record<string, unknown>): Promise<unknown> {
  return state.audit.append({
    at: state.clock.now().toISOString(),
    actor: 'gateway',
    environment: state.environment,
    type: 'gateway.started',
    data: { ...data, version: VERSION },
  });
}

/** Removes work folders and frozen copies that no plan needs any more. */
async function tidy(state: LocalState, now: Date): Promise<void> {
  try {
    const { sweepWork } = await import('../../lib/local/upkeep.ts');
    await sweepWork(state.folder.path, state.store, now);
  } catch (failure) {
    report(`old work could not be removed: ${String(failure)}`);
  }
}

async function seal(sealer: ReturnType<typeof openSealer>): Promise<void> {
  try {
    await sealer.seal();
  } catch (failure) {
    report(`the audit could not be sealed: ${String(failure)}`);
  }
}

async function idle(inFlight: {
  ids(): string[];
  settled(id: string, ms: number): Promise<boolean>;
}): Promise<void> {
  for (let ids = inFlight.ids(); ids.length > 0; ids = inFlight.ids()) {
    report(`waiting for ${ids.join(', ')} to finish; interrupt again to stop now`);
    await Promise.all(ids.map((id) => inFlight.settled(id, 3_600_000)));
    await sleep(10);
  }
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => resolve());
  });
}

function parseAddress(flag: string, text: string): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port > 65_535) {
    throw new Stop(`${flag} ${text} is not HOST:PORT; give one such as 127.0.0.1:8137`);
  }
  const host = match[1].replace(/^\[|\]$/g, '');
  if (isLoopback(host)) return { host, port };
  throw new Stop(
    `${flag} ${text} is reached by other machines; give a loopback address such as 127.0.0.1:8137`,
  );
}

/** An origin over TLS, or on this machine: links that decide go there. */
function parsePublicUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const bare =
    url !== null && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname));
  if (url !== null && bare && safe) return url.origin;
  throw new Stop(`--public-url ${text} is not an https origin; give one such as https://gateway.example.com`);
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

function parseAgent(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return name;
  throw new Stop(
    `--agent ${JSON.stringify(name)}: use 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first`,
  );
}
