/**
 * Serves agents. It writes down what they ask for and starts the machine; it can neither decide, sign, run, nor read
 * what a plan froze.
 */
import { randomBytes } from 'node:crypto';
import { agentHttp } from '../lib/agent-http/app.ts';
import { checkedPolicy } from '../lib/aws/checked-policy.ts';
import { readDeployment } from '../lib/aws/deployment.ts';
import { openDynamoStore } from '../lib/aws/dynamo-store.ts';
import { functionAudit } from '../lib/aws/function-audit.ts';
import { httpHandler } from '../lib/aws/http-event.ts';
import { fetchPublicKey, voteVerifier } from '../lib/aws/kms-keys.ts';
import { functionClients } from '../lib/aws/lean/function-clients.ts';
import { machineNotices } from '../lib/aws/machine-notices.ts';
import { openRunMachine } from '../lib/aws/machines.ts';
import { openS3BlobReader } from '../lib/aws/s3-blobs.ts';
import { openWatch } from '../lib/aws/watch.ts';
import { createGateway } from '../lib/gateway.ts';
import { InFlight } from '../lib/lifecycle/in-flight.ts';
import { mcpHttp } from '../lib/mcp-http.ts';
import { agentHasher } from '../lib/workflow/agent-key.ts';
import { layerBlobs, openInlineBlobs } from '../lib/workflow/inline-blobs.ts';
import { proposingEngine } from '../lib/workflow/propose.ts';
import { agentIdentity } from './agent-identity.ts';

/** API Gateway ends a request after 30 seconds; an answer in time says how to go on. */
const WAIT_BUDGET_MS = 18_000;
const INFO = { name: 'recourse-gateway', version: process.env.RECOURSE_VERSION ?? '0.0.0' };

const deployment = readDeployment(import.meta.dirname, process.env, checkedPolicy);
const { environment, policy, sources, tables, variable } = deployment;
const watch = openWatch('mcp', environment);
const clock = { now: () => new Date() };
const random = (count: number) => randomBytes(count);
const clients = functionClients(process.env, Math.random);
const store = openDynamoStore({ api: clients.dynamo, tables, clock, random });
const [votes, hasher] = await Promise.all([
  fetchPublicKey(clients.keys, variable('RECOURSE_KEY_VOTES')),
  agentHasher(store, clock, random),
]);
const audit = functionAudit({ name: 'mcp', store, clock, random, watch });
const outputs = openS3BlobReader(clients.objects(variable('RECOURSE_BUCKET_ARTIFACTS')), 'outputs/');
const inline = openInlineBlobs({ store, clock, keepSeconds: policy.planTtlSeconds });
const proposing = {
  environment,
  policy,
  store,
  blobs: layerBlobs(inline, [outputs]),
  audit,
  hasher,
  verifier: voteVerifier(votes),
  notices: machineNotices(clients.machines, variable('RECOURSE_MACHINE_APPROVAL')),
  clock,
  random,
  // Owns nothing that runs, and can tell of nobody that it is gone.
  liveness: {
    self: { host: 'mcp', pid: process.pid, started: Buffer.from(random(8)).toString('hex') },
    isAlive: () => true,
  },
  inFlight: new InFlight(),
  report: watch.report,
  machine: openRunMachine(clients.machines, variable('RECOURSE_MACHINE_RUN')),
  sources,
};
const gateway = createGateway({
  ...proposing,
  engine: proposingEngine(proposing),
  waitBudgetMs: WAIT_BUDGET_MS,
});
const app = agentHttp({
  ...agentIdentity(deployment, clock),
  mcp: mcpHttp(gateway, INFO, watch.report),
  audit,
  clock,
  environment,
  scheme: 'https',
  hosts: [new URL(variable('RECOURSE_AGENT_URL')).host],
  report: watch.report,
});

export const handler = httpHandler(
  async ({ request, signer }) => {
    const answer = await app.fetch(request, signer);
    await app.settle();
    return answer;
  },
  { host: 'domain_name' },
);
