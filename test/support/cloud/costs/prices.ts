/**
 * List prices of eu-west-1 in USD, on demand and without free tiers, as known when this was written. They are an
 * assumption: look them up before you rely on a sum. What operations take that nobody can count here is assumed too.
 */
import type { Tally } from './tally.ts';

interface Price {
  readonly what: string;
  readonly usd: number;
  readonly per: number;
  readonly unit: string;
}

export const PRICES = {
  request: { what: 'API Gateway, HTTP API', usd: 1.11, per: 1_000_000, unit: 'requests' },
  invocation: { what: 'Lambda, arm64', usd: 0.2, per: 1_000_000, unit: 'invocations' },
  gigabyteSecond: { what: 'Lambda, arm64', usd: 0.0000133334, per: 1, unit: 'GB-second' },
  readUnit: { what: 'DynamoDB on demand', usd: 0.1415, per: 1_000_000, unit: 'read units' },
  writeUnit: { what: 'DynamoDB on demand', usd: 0.705, per: 1_000_000, unit: 'write units' },
  s3Get: { what: 'S3 GET', usd: 0.0004, per: 1_000, unit: 'requests' },
  s3Put: { what: 'S3 PUT and LIST', usd: 0.005, per: 1_000, unit: 'requests' },
  kms: { what: 'KMS, symmetric and HMAC keys', usd: 0.03, per: 10_000, unit: 'requests' },
  kmsElliptic: { what: 'KMS, elliptic curve keys', usd: 0.15, per: 10_000, unit: 'requests' },
  secret: { what: 'Secrets Manager', usd: 0.05, per: 10_000, unit: 'requests' },
  transition: { what: 'Step Functions, Standard', usd: 0.025, per: 1_000, unit: 'state transitions' },
  containerMinute: { what: 'CodeBuild, arm1.small', usd: 0.0034, per: 1, unit: 'minute' },
  lambdaBuildSecond: { what: 'CodeBuild, Lambda compute, arm64, 2 GB', usd: 0.00002, per: 1, unit: 'second' },
  mail: { what: 'SES', usd: 0.1, per: 1_000, unit: 'mails' },
} as const satisfies Record<string, Price>;

export const ASSUMED = {
  /** Of an invocation that waits for nothing. */
  seconds: 0.2,
  /** What a call adds that waits for builds: all of its budget. */
  waitingSeconds: 18,
  unitsPerRead: 2,
  /** A record of 2 KB, or one of 1 KB and its entry in an index. */
  unitsPerWrite: 2,
  containerMinutes: 2,
  lambdaBuildSeconds: 30,
} as const;

/** `gigabytes`: the memory of each function. */
export function usdOf(tally: Tally, gigabytes: (functionName: string) => number): number {
  const { requests, invocations, containerBuilds, lambdaBuilds } = tally;
  const price = (name: keyof typeof PRICES, count: number) => (PRICES[name].usd / PRICES[name].per) * count;
  const invoked = Object.entries(invocations);
  const waits = containerBuilds + lambdaBuilds > 0 ? ASSUMED.waitingSeconds * gigabytes('mcp') : 0;
  return [
    price('request', requests),
    price(
      'invocation',
      invoked.reduce((sum, [, count]) => sum + count, 0),
    ),
    price(
      'gigabyteSecond',
      invoked.reduce((sum, [name, count]) => sum + count * ASSUMED.seconds * gigabytes(name), waits),
    ),
    price('readUnit', tally.dynamoReads * ASSUMED.unitsPerRead),
    price('writeUnit', tally.dynamoWrites * ASSUMED.unitsPerWrite),
    price('s3Get', tally.s3Gets),
    price('s3Put', tally.s3Puts),
    price('kms', tally.kms - tally.kmsElliptic),
    price('kmsElliptic', tally.kmsElliptic),
    price('secret', tally.secrets),
    price('transition', tally.transitions),
    price('containerMinute', containerBuilds * ASSUMED.containerMinutes),
    price('lambdaBuildSecond', lambdaBuilds * ASSUMED.lambdaBuildSeconds),
    price('mail', tally.mails),
  ].reduce((sum, each) => sum + each, 0);
}
