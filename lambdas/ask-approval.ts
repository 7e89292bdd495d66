/** Asks humans, tells them what happened, and keeps the token of the machine that waits for them. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { type AskDeps, askStep, parseAskEvent } from '../lib/aws/ask-step.ts';
import { parsedPolicy } from '../lib/aws/deployed-policy.ts';
import { readDeployment } from '../lib/aws/deployment.ts';
import { overDynamoClient } from '../lib/aws/dynamo-api.ts';
import { openDynamoStore } from '../lib/aws/dynamo-store.ts';
import { functionAudit } from '../lib/aws/function-audit.ts';
import { overKmsClient } from '../lib/aws/keys-api.ts';
import { deriveSecret, fetchPublicKey, hasherWith, voteVerifier } from '../lib/aws/kms-keys.ts';
import { noticeProviders } from '../lib/aws/notice-providers.ts';
import { openWatch } from '../lib/aws/watch.ts';
import { sweepSecrets } from '../lib/executor/sweep.ts';
import { tellRewritten } from '../lib/workflow/rewritten-plans.ts';
import { sealedPlans } from '../lib/workflow/sealed-plans.ts';

const deployment = readDeployment(import.meta.dirname, process.env, parsedPolicy);
const { environment, policy, tables, variable } = deployment;
const watch = openWatch('ask-approval', environment);
const clock = { now: () => new Date() };
const random = (count: number) => randomBytes(count);
const records = openDynamoStore({ api: overDynamoClient(new DynamoDBClient({})), tables, clock, random });
const audit = functionAudit({ name: 'ask-approval', store: records, clock, random, watch });
// What humans are shown and decide on is what was judged, or nothing.
const store = sealedPlans(records, tellRewritten({ audit, clock, environment, report: watch.report }));
const keys = overKmsClient(new KMSClient({}));
const [votes, secret] = await Promise.all([
  fetchPublicKey(keys, variable('RECOURSE_KEY_VOTES')),
  deriveSecret(keys, variable('RECOURSE_KEY_MAC'), 'recourse.links.v1'),
]);
const deps: AskDeps = {
  store,
  audit,
  verifier: voteVerifier(votes),
  hasher: hasherWith(secret),
  clock,
  random,
  policy,
  environment,
  providers: noticeProviders(deployment, clock),
  origin: variable('RECOURSE_CONTROL_URL'),
  sweep: sweepSecrets,
  report: watch.report,
  sleep: (ms) => sleep(ms),
};

export async function handler(event: unknown): Promise<void> {
  await askStep(deps, parseAskEvent(event));
}
