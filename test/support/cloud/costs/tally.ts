/** What an operation asked of AWS, counted while it ran in the cloud in a box with warm functions. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Box } from '../box/box.ts';
import type { Call } from '../fake-aws.ts';
import { object } from '../read-template.ts';

export interface Tally {
  /** Requests that came over an HTTP API. */
  readonly requests: number;
  /** By function. */
  readonly invocations: Readonly<Record<string, number>>;
  readonly dynamoReads: number;
  readonly dynamoWrites: number;
  /** Of the gateway's own buckets: what terraform asks of its backend is the same without a gateway. */
  readonly s3Gets: number;
  /** Lists too: they are priced as puts. */
  readonly s3Puts: number;
  /** Those that S3 makes for encrypted objects, too. */
  readonly kms: number;
  /** Of these, with an elliptic curve key. */
  readonly kmsElliptic: number;
  readonly secrets: number;
  readonly transitions: number;
  readonly containerBuilds: number;
  readonly lambdaBuilds: number;
  readonly mails: number;
}

/** Nothing may be going on but what waits for humans. Waits until all that the operation began is over. */
export async function tallyOf(box: Box, operation: () => Promise<unknown>): Promise<Tally> {
  await idle(box);
  const before = standing(box);
  await operation();
  await idle(box);
  const after = standing(box);
  const calls = after.calls
    .slice(before.calls.length)
    .filter((each) => !isPoll(each) && !isOperators(box, each));
  const count = (...actions: string[]): number =>
    calls.filter(({ action }) => actions.includes(action)).length;
  const invocations = Object.fromEntries(
    [...after.invoked].map(([name, invoked]) => [name, invoked - (before.invoked.get(name) ?? 0)]),
  );
  const objects = count('s3:GetObject', 's3:PutObject');
  const elliptic = count('kms:Sign', 'kms:GetPublicKey');
  const builds = box.builds.runs.slice(before.builds).map(({ project }) => isContainer(box, project));
  return {
    requests: (invocations.mcp ?? 0) + (invocations.control ?? 0),
    invocations,
    dynamoReads: count('dynamodb:GetItem', 'dynamodb:Query'),
    dynamoWrites: count('dynamodb:PutItem'),
    s3Gets: count('s3:GetObject'),
    s3Puts: count('s3:PutObject', 's3:ListBucket'),
    kms: elliptic + count('kms:GenerateMac') + objects,
    kmsElliptic: elliptic,
    secrets: count('secretsmanager:GetSecretValue'),
    transitions: after.transitions - before.transitions,
    containerBuilds: builds.filter(Boolean).length,
    lambdaBuilds: builds.filter((container) => !container).length,
    mails: after.mails - before.mails,
  };
}

/** A call that waits reads the attempt again and again; how often hangs on how long builds take. */
function isPoll({ role, key }: Call): boolean {
  return role.endsWith('-mcp') && key?.startsWith('attempt ') === true;
}

/** Buckets of sources and states, and what services do for their callers. */
function isOperators(box: Box, { service, action, resource }: Call): boolean {
  if (!action.startsWith(`${service}:`)) return true;
  return (
    service === 's3' && ![box.artifacts, box.checkpoints].some((each) => resource.includes(`:::${each}`))
  );
}

function isContainer(box: Box, name: string): boolean {
  const project = box.template
    .ofType('AWS::CodeBuild::Project')
    .find(({ properties }) => properties.Name === name);
  return object(project?.properties.Environment).Type === 'ARM_CONTAINER';
}

function standing({ fake, machines, builds, functions }: Box) {
  return {
    calls: [...fake.aws.calls],
    transitions: machines.transitions(),
    builds: builds.runs.length,
    mails: fake.mail.length,
    invoked: new Map<string, number>([...functions].map(([name, each]) => [name, each.counts().invoked])),
  };
}

/** Resolves when nothing goes on but what waits for humans. */
export async function idle({ machines, functions }: Box): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet += 1) {
    await machines.settled();
    if ([...functions.values()].some((each) => each.counts().pending > 0)) quiet = -1;
    await sleep(30);
  }
}
