/** The agent API on one machine: a listener on loopback, and only there. */
import { listen } from './listener.ts';

export interface AgentServerOptions {
  /** A loopback address or `localhost`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Makes the app once the address is known. */
  readonly app: (listener: { readonly hosts: readonly string[] }) => {
    readonly fetch: (request: Request) => Promise<Response>;
    /** Called every minute. */
    readonly settle: () => Promise<void>;
    readonly close: () => Promise<void>;
  };
}

export interface AgentServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Takes no more requests, waits a little for those under way, and closes the app. */
  close(): Promise<void>;
}

const GRACE_MS = 2_000;
const SETTLE_EVERY_MS = 60_000;

/** Rejects with one clear sentence where it cannot or must not listen there. */
export async function startAgentServer(options: AgentServerOptions): Promise<AgentServer> {
  const { host, port } = options;
  let app: ReturnType<AgentServerOptions['app']> | null = null;
  const respond = async (request: Request) => app?.fetch(request) ?? new Response(null, { status: 503 });
  const listener = await listen({ who: 'the agent API', host, port, exposed: false, respond });
  const opened = options.app({ hosts: hostsOf(listener.origin) });
  app = opened;
  const settling = setInterval(() => void opened.settle(), SETTLE_EVERY_MS);
  settling.unref();
  return {
    url: listener.origin,
    close: async () => {
      clearInterval(settling);
      await listener.close(GRACE_MS);
      await opened.close();
    },
  };
}

/** Clients on this machine may use any name of loopback that no DNS server can give to someone else. */
function hostsOf(origin: string): readonly string[] {
  const { port } = new URL(origin);
  const names = ['127.0.0.1', 'localhost', '[::1]'].map((name) => new URL(`http://${name}:${port}`).host);
  return [...new Set([new URL(origin).host, ...names])];
}
