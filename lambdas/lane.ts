/** The program of a build: takes one job of its lane, does it, and leaves the result. */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { parsedPolicy } from '../lib/aws/deployed-policy.ts';
import { readDeployment } from '../lib/aws/deployment.ts';
import { eksToken } from '../lib/aws/eks-token.ts';
import { openLaneBox } from '../lib/aws/job-box.ts';
import { laneSources } from '../lib/aws/lane-sources.ts';
import { type AwsCredentials, laneTargets } from '../lib/aws/lane-targets.ts';
import { overS3Client } from '../lib/aws/objects-api.ts';
import { LANES, type Lane } from '../lib/core/run.ts';
import { locateTool } from '../lib/executor/locate-tool.ts';
import { sweepSecrets } from '../lib/executor/sweep.ts';
import { runJob } from '../lib/lanes/run-job.ts';
import { type Job, ParcelTooLarge } from '../lib/workflow/job.ts';
import { tooLarge } from '../lib/workflow/too-large.ts';

/** One absolute path in every build: plans and their applies must agree on it. */
const PLACE = process.env.RECOURSE_PLACE ?? '/tmp/recourse/work';
const JOB_MS = 3_600_000;

async function main(): Promise<void> {
  const deployment = readDeployment(dirname(realpathSync(process.argv[1] ?? '.')), process.env, parsedPolicy);
  const { environment, policy, config, variable } = deployment;
  const lane = parseLane(variable('RECOURSE_LANE'));
  const s3 = new S3Client({});
  const box = openLaneBox(overS3Client(s3, variable('RECOURSE_BUCKET_ARTIFACTS')), lane);
  const jobId = variable('RECOURSE_JOB');
  const parcel = await box.takeJob(jobId);
  if (parcel === null) throw new Error(`there is no job ${jobId} in the lane ${lane}`);
  const secret = secretReader();
  const machine = {
    environment,
    policy,
    place: PLACE,
    env: process.env,
    timeoutMs: JOB_MS,
    sweep: sweepSecrets,
    sources: laneSources({
      sources: config.sources,
      bucket: (name) => overS3Client(s3, name),
      secret,
      git: await locateTool('git', process.env.PATH, []),
      timeoutMs: JOB_MS,
    }),
    targets: laneTargets({
      sources: config.sources,
      clusters: config.clusters,
      env: process.env,
      place: PLACE,
      providerMirror: config.tools.provider_mirror ?? null,
      secret,
      ownCredentials: ownCredentials(),
      assumeRole: roleAssumer(),
      eksToken: (cluster, region, credentials) => eksToken(cluster, region, credentials, new Date()),
    }),
  };
  // The functions that judge wrote it, and only they can.
  const job = parcel.content as Job;
  if (job.environment !== environment) throw new Error(`the job is for ${job.environment}`);
  const stopped = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopped.abort());
  const limit = AbortSignal.any([stopped.signal, AbortSignal.timeout(JOB_MS)]);
  const { result, blobs } = await runJob(machine, job, parcel.blobs, limit);
  try {
    await box.putResult(jobId, result, blobs);
  } catch (failure) {
    if (!(failure instanceof ParcelTooLarge)) throw failure;
    const why = tooLarge(failure);
    await box.putResult(jobId, { kind: 'refused', code: 'execution_failed', why, text: null }, new Map());
  }
  process.stdout.write(`recourse: ${job.kind} in ${lane} gave ${result.kind}\n`);
}

function parseLane(name: string): Lane {
  const lane = LANES.find((each) => each === name);
  if (lane === undefined) throw new Error(`there is no lane ${name}`);
  return lane;
}

function secretReader(): (arn: string) => Promise<string> {
  const client = new SecretsManagerClient({});
  return async (arn) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    if (SecretString === undefined) throw new Error(`the secret ${arn} holds no text`);
    return SecretString;
  };
}

function ownCredentials(): () => Promise<AwsCredentials> {
  const provider = fromNodeProviderChain();
  return async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await provider();
    return { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? null };
  };
}

function roleAssumer(): (roleArn: string, session: string) => Promise<AwsCredentials> {
  const client = new STSClient({});
  return async (RoleArn, session) => {
    const { Credentials } = await client.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: session, DurationSeconds: 3_600 }),
    );
    if (Credentials?.AccessKeyId === undefined || Credentials.SecretAccessKey === undefined) {
      throw new Error(`no credentials came for ${RoleArn}`);
    }
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken ?? null,
    };
  };
}

main().catch((failure: unknown) => {
  process.stderr.write(
    `recourse: ${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}\n`,
  );
  process.exitCode = 1;
});
