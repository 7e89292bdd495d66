/** Who agents are in the cloud, from the deployment: OAuth clients and IAM principals that the operator named. */
import type { AgentHttpDeps } from '../lib/agent-http/app.ts';
import type { Deployment } from '../lib/aws/deployment.ts';
import { agentsByPrincipal, type KnownAgent } from '../lib/core/known-agent.ts';
import { jwtCallers } from '../lib/oidc/agent-tokens.ts';
import { openIssuer } from '../lib/oidc/issuer.ts';
import type { Clock } from '../lib/ports/process.ts';

/** Throws one clear sentence where the configuration cannot be meant. */
export function agentIdentity(
  deployment: Pick<Deployment, 'config' | 'variable'>,
  clock: Clock,
): Pick<AgentHttpDeps, 'callers' | 'oauth' | 'signers'> {
  const { config, variable } = deployment;
  const { issuer: named, human_claim: humanClaim } = config.identity;
  const resource = `${variable('RECOURSE_AGENT_URL')}/mcp`;
  const url = named === 'cognito' ? variable('RECOURSE_ISSUER') : named.url;
  const issuer = openIssuer({ issuer: url, clock, fetch });
  const scopes = named === 'cognito' ? [`${resource}/act`] : named.scopes;
  const agents = knownAgents(deployment);
  return {
    callers: jwtCallers({
      issuer,
      audience: named === 'cognito' ? [resource] : [named.audience],
      scopes,
      agents,
      defaultAgent: null,
      humanClaim,
      clock,
    }),
    oauth: {
      issuer: issuer.name,
      scopes: [...scopes, 'openid', ...(named === 'cognito' ? [] : ['email'])],
      // Cognito's own metadata leaves out what clients insist on.
      authorizationServer: named === 'cognito' ? 'gateway' : 'issuer',
      metadata: issuer.metadata,
    },
    signers: agentsByPrincipal(agents),
  };
}

function knownAgents({ config, variable }: Pick<Deployment, 'config' | 'variable'>): KnownAgent[] {
  const made = config.agents.some((each) => each.client === 'created');
  const created = made ? clientsIn(variable('RECOURSE_CREATED_CLIENTS')) : new Map<string, string>();
  return config.agents.map(({ name, client, principal, human }): KnownAgent => {
    if (principal !== undefined) return { name, principal, human };
    const id = client === 'created' ? created.get(name) : client;
    if (id === undefined) throw new Error(`the agent ${name} has no client`);
    return { name, client: id, human };
  });
}

/** JSON: agent name → client id, as the stack writes it. */
function clientsIn(text: string): ReadonlyMap<string, string> {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw new Error('RECOURSE_CREATED_CLIENTS is no object');
  return new Map(Object.entries(parsed).map(([name, id]) => [name, String(id)]));
}
