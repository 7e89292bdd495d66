/**
 * The agents that an operator configured, by what proves them: a client of the OAuth issuer, or an IAM
 * principal. Nobody else is an agent unless the configuration gives strangers a name.
 */
import { type AwsSigner, byPrincipal } from './aws-principal.ts';
import { humanName } from './human.ts';
import type { Caller } from './plan.ts';

/** One entry of the configuration. `human`: for whom it acts where no human logs in for it. */
export type KnownAgent =
  | { readonly name: string; readonly client: string; readonly human?: string | undefined }
  | { readonly name: string; readonly principal: string; readonly human?: string | undefined };

/** OAuth client id → agent. Throws one clear sentence on a configuration that cannot be meant. */
export function agentsByClient(agents: readonly KnownAgent[]): ReadonlyMap<string, Caller> {
  const found = new Map<string, Caller>();
  for (const each of agents) {
    if (!('client' in each)) continue;
    if (found.has(each.client)) throw new TypeError(`two agents have the OAuth client ${each.client}`);
    found.set(each.client, callerOf(each));
  }
  return found;
}

/** Who signed → agent; null for everybody whom the configuration does not name. Throws as above. */
export function agentsByPrincipal(agents: readonly KnownAgent[]): (signer: AwsSigner) => Caller | null {
  return byPrincipal(
    agents.flatMap((each) =>
      'principal' in each
        ? [{ principal: each.principal, means: callerOf(each), as: `agent ${each.name}` }]
        : [],
    ),
  );
}

export const AGENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function callerOf({ name, human }: KnownAgent): Caller {
  if (!AGENT_NAME.test(name)) {
    throw new TypeError(
      `“${name}” names no agent: use 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first`,
    );
  }
  if (human === undefined) return { agent: name, human: null };
  const named = humanName(human);
  if (named === null) throw new TypeError(`agent ${name}: “${human}” is no e-mail address of a human`);
  return { agent: name, human: named };
}
