/** Serves humans: signed links, the console, the JSON API. It alone signs votes, and it starts no build. */
import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { VerifySeal } from '../lib/audit/seal.ts';
import { auditState } from '../lib/audit/state.ts';
import { cloudSecrets } from '../lib/aws/cloud-secrets.ts';
import { controlNotices } from '../lib/aws/control-notices.ts';
import { parsedPolicy } from '../lib/aws/deployed-policy.ts';
import { type Deployment, readDeployment } from '../lib/aws/deployment.ts';
import { overDynamoClient } from '../lib/aws/dynamo-api.ts';
import { openDynamoStore } from '../lib/aws/dynamo-store.ts';
import { functionAudit } from '../lib/aws/function-audit.ts';
import { type HttpEvent, type HttpResult, httpHandler } from '../lib/aws/http-event.ts';
import { overKmsClient } from '../lib/aws/keys-api.ts';
import {
  deriveSecret,
  fetchPublicKey,
  hasherWith,
  sealVerifier,
  voteSigner,
  voteVerifier,
} from '../lib/aws/kms-keys.ts';
import { overStepFunctions } from '../lib/aws/machines-api.ts';
import { noticeSecrets } from '../lib/aws/notice-secrets.ts';
import { overS3Client } from '../lib/aws/objects-api.ts';
import { isPollEvent } from '../lib/aws/poll-event.ts';
import { runStopper } from '../lib/aws/run-stopper.ts';
import { openS3Blobs } from '../lib/aws/s3-blobs.ts';
import { openS3Checkpoints, withCheckpoints } from '../lib/aws/s3-checkpoints.ts';
import { pollOnce } from '../lib/aws/servicenow-poll.ts';
import { openWatch } from '../lib/aws/watch.ts';
import type { ControlDeps } from '../lib/control/deps.ts';
import { controlApp } from '../lib/control/http.ts';
import type { IssuerLogin } from '../lib/control/issuer-login.ts';
import { refusalBudget } from '../lib/control/refusals.ts';
import { relyingParty } from '../lib/control/relying-party.ts';
import { approversByPrincipal } from '../lib/core/known-approver.ts';
import { parsePolicy } from '../lib/core/policy/parse.ts';
import type { SecretName } from '../lib/core/policy/providers.ts';
import { configuredInbound } from '../lib/notices/configured-inbound.ts';
import type { Clock } from '../lib/ports/process.ts';
import { tellRewritten } from '../lib/workflow/rewritten-plans.ts';
import { sealedPlans } from '../lib/workflow/sealed-plans.ts';

const deployment = readDeployment(import.meta.dirname, process.env, parsedPolicy);
const { environment, policy, config, tables, variable } = deployment;
const watch = openWatch('control', environment);
const clock = { now: () => new Date() };
const random = (count: number) => randomBytes(count);
const records = openDynamoStore({ api: overDynamoClient(new DynamoDBClient({})), tables, clock, random });
const audit = functionAudit({ name: 'control', store: records, clock, random, watch });
// What humans are shown and decide on is what was judged, or nothing.
const store = sealedPlans(records, tellRewritten({ audit, clock, environment, report: watch.report }));
const objects = (bucket: string) => overS3Client(new S3Client({}), variable(bucket));
const sealed = withCheckpoints(records, openS3Checkpoints(objects('RECOURSE_BUCKET_CHECKPOINTS')));
const machines = overStepFunctions(new SFNClient({}));
const read = parsePolicy(config.policy_text);
const keys = overKmsClient(new KMSClient({}));
const votesKey = variable('RECOURSE_KEY_VOTES');
const [votes, secret, oidc] = await Promise.all([
  fetchPublicKey(keys, votesKey),
  deriveSecret(keys, variable('RECOURSE_KEY_MAC'), 'recourse.links.v1'),
  openLogin(deployment, clock),
]);
const control: ControlDeps = {
  store,
  blobs: openS3Blobs(objects('RECOURSE_BUCKET_ARTIFACTS'), 'outputs/'),
  audit,
  signer: voteSigner(keys, votesKey),
  verifier: voteVerifier(votes),
  hasher: hasherWith(secret),
  notices: controlNotices({
    api: machines,
    machine: variable('RECOURSE_MACHINE_APPROVAL'),
    store,
    report: watch.report,
  }),
  clock,
  random,
  refusals: refusalBudget(),
  policy,
  environment,
  origin: variable('RECOURSE_CONTROL_URL'),
  local: null,
  oidc,
  signers: approversByPrincipal(config.approver_principals),
  provenance: read.ok ? read.provenance : new Map(),
  stopper: runStopper(machines, variable('RECOURSE_MACHINE_RUN')),
  // This side starts nothing: the agent's next call does.
  startRun: null,
  verifyAudit: async () => auditState({ store: sealed, verifySeal: await seals() }, clock.now()),
  onError: (error) => watch.report(error instanceof Error ? (error.stack ?? error.message) : String(error)),
};
const providerSecrets = noticeSecrets(deployment, clock);
const app = controlApp(control, configuredInbound(policy.approvals.providers, providerSecrets));

/** By API Gateway for whoever asks, and by the clock where ServiceNow is polled. */
export async function handler(event: HttpEvent): Promise<HttpResult | null> {
  if (!isPollEvent(event)) return serve(event);
  await pollOnce(control, providerSecrets, watch);
  return null;
}

const serve = httpHandler(async ({ request, signer }) => app.fetch(request, { signer }), {
  host: 'domain_name',
});

/** Asked for when somebody verifies, and not before. */
async function seals(): Promise<VerifySeal> {
  return sealVerifier(await fetchPublicKey(keys, variable('RECOURSE_KEY_SEALS')));
}

/** People log in through the issuer that agents' tokens come from. */
async function openLogin({ config, variable }: Deployment, clock: Clock): Promise<IssuerLogin> {
  const { issuer, human_claim: nameClaim } = config.identity;
  const origin = variable('RECOURSE_CONTROL_URL');
  const secretName =
    issuer === 'cognito' ? variable('RECOURSE_CONSOLE_SECRET') : issuer.console.client_secret;
  const secrets = cloudSecrets({ client: new SecretsManagerClient({}), clock, objects: [] });
  const client = {
    issuer: issuer === 'cognito' ? variable('RECOURSE_ISSUER') : issuer.url,
    clientId: issuer === 'cognito' ? variable('RECOURSE_CONSOLE_CLIENT_ID') : issuer.console.client_id,
    clientSecret: await secrets.read(secretName as SecretName),
    nameClaim,
    groupsClaim: issuer === 'cognito' ? 'cognito:groups' : 'groups',
    fetch,
  };
  return relyingParty(client, { clock, origin });
}
