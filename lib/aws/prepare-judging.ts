/** What the functions that judge and authorise prepare once, outside of their handlers. */
import { randomBytes } from 'node:crypto';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SILENT } from '../lifecycle/tell.ts';
import type { Notices } from '../ports/people.ts';
import { tellRewritten } from '../workflow/rewritten-plans.ts';
import { isRewritten, sealedPlans } from '../workflow/sealed-plans.ts';
import { overCodeBuildClient } from './builds.ts';
import { parsedPolicy } from './deployed-policy.ts';
import { readDeployment } from './deployment.ts';
import { overDynamoClient } from './dynamo-api.ts';
import { openDynamoStore } from './dynamo-store.ts';
import { functionAudit } from './function-audit.ts';
import { openJobBox } from './job-box.ts';
import type { JudgingParts } from './judging.ts';
import { overKmsClient } from './keys-api.ts';
import { deriveSecret, fetchPublicKey, voteVerifier } from './kms-keys.ts';
import { machineNotices } from './machine-notices.ts';
import { overStepFunctions } from './machines-api.ts';
import { overS3Client } from './objects-api.ts';
import { openS3Blobs } from './s3-blobs.ts';
import type { Variables } from './variables.ts';
import { openWatch, type Watch } from './watch.ts';

/** `tells`: the function may start the machine that tells people. */
export async function prepareJudging(
  name: string,
  folder: string,
  env: Variables,
  tells: boolean,
): Promise<JudgingParts & { readonly watch: Watch }> {
  const deployment = readDeployment(folder, env, parsedPolicy);
  const { environment, tables, variable } = deployment;
  const watch = openWatch(name, environment);
  const clock = { now: () => new Date() };
  const random = (count: number) => randomBytes(count);
  const records = openDynamoStore({ api: overDynamoClient(new DynamoDBClient({})), tables, clock, random });
  const audit = functionAudit({ name, store: records, clock, random, watch });
  const { report } = watch;
  const store = sealedPlans(records, tellRewritten({ audit, clock, environment, report }));
  const objects = overS3Client(new S3Client({}), variable('RECOURSE_BUCKET_ARTIFACTS'));
  const keys = overKmsClient(new KMSClient({}));
  const [votes, secret] = await Promise.all([
    fetchPublicKey(keys, variable('RECOURSE_KEY_VOTES')),
    deriveSecret(keys, variable('RECOURSE_KEY_MAC'), 'recourse.digest.v1'),
  ]);
  const notices: Notices = tells
    ? machineNotices(overStepFunctions(new SFNClient({})), variable('RECOURSE_MACHINE_APPROVAL'))
    : SILENT;
  return {
    deployment,
    store,
    isRewritten: (planId) => isRewritten(records, planId),
    audit,
    frozen: openS3Blobs(objects, 'frozen/'),
    outputs: openS3Blobs(objects, 'outputs/'),
    box: openJobBox(objects),
    builds: overCodeBuildClient(new CodeBuildClient({}), watch.report),
    verifier: voteVerifier(votes),
    notices,
    digestKey: Buffer.from(secret).toString('hex'),
    random,
    report: watch.report,
    watch,
  };
}
