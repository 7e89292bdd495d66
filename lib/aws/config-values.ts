/**
 * Values of an environment file, each with the words that say what it must be: a message about a wrong value
 * is `<key> <words>`, so the words start with "must be" or "is missing".
 */
import * as z from 'zod';
import { nearestName } from '../core/policy/nearest.ts';

/** A string of one shape. `what` completes "must be …". */
export function shaped(what: string, shape: RegExp) {
  const wrong = `must be ${what}`;
  return z
    .string({ error: (issue) => (issue.input === undefined ? `is missing; it ${wrong}` : wrong) })
    .regex(shape, { error: wrong });
}

export const shortName = shaped(
  'lower-case letters, digits and dashes, at most 24, starting with a letter',
  /^[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?$/,
);

/** Short, because it is part of bucket names, which must fit 63 characters. */
export const environmentName = shaped(
  'lower-case letters, digits and dashes, at most 12, starting with a letter',
  /^[a-z](?:[a-z0-9-]{0,10}[a-z0-9])?$/,
);

export const region = shaped('an AWS region such as eu-west-1', /^[a-z]{2}(?:-[a-z]+){1,3}-\d$/);

export const account = shaped('the 12 digits of an AWS account, in quotes', /^\d{12}$/);

/** Https only, and nothing that a shell, a buildspec or a header could read as more than an address. */
export function httpsUrl(what: string) {
  return shaped(
    `${what}, starting with https:// and without spaces, quotes or credentials`,
    /^https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[\w.~%+:=,/-]*)?$/,
  );
}

/** One role, written out: a wildcard in a role to assume would be anybody's role. */
export const roleArn = shaped(
  'the ARN of one IAM role, written out without wildcards, such as arn:aws:iam::111122223333:role/deploy',
  /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
);

/** The full ARN with its six random characters: a partial one would match other secrets too. */
export const secretArn = shaped(
  'the full ARN of one Secrets Manager secret, without wildcards and with its last six characters',
  /^arn:aws(?:-[a-z]+)*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
);

export const keyArn = shaped(
  'the ARN of one KMS key, without wildcards',
  /^arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-f-]{36}$/,
);

export const bucketName = shaped('the name of an S3 bucket', /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/);

export const keyPrefix = shaped(
  'a key prefix without wildcards and without a slash at either end, such as network/prod',
  /^[A-Za-z0-9_][\w.=-]*(?:\/[\w.=-]+)*$/,
);

export const emailAddress = shaped(
  'an e-mail address',
  /^[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}$/,
);

export const sha256 = shaped(
  'the SHA-256 of what url gives, as 64 hex digits: a tool without one is not pinned',
  /^[0-9a-f]{64}$/,
);

export const gitRef = shaped(
  'a branch or tag such as main or release/*',
  /^[\w.*](?!.*\.\.)[\w./*+-]{0,199}$/,
);

/** Where an agent's user is sent back to: on the user's own machine in clear, elsewhere over https. */
export const redirectUri = shaped(
  'an https address, or a loopback address such as http://localhost:8765/callback',
  /^(?:http:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?|https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?)\/[\w./-]*$/,
);

/** What CloudWatch Logs can keep for. */
export const RETENTION_DAYS = [
  30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** A list with at least one item. */
export function someOf<T extends z.ZodType>(what: string, item: T) {
  const wrong = `must be a list of ${what}`;
  return z
    .array(item, { error: (issue) => (issue.input === undefined ? `is missing; it ${wrong}` : wrong) })
    .min(1, { error: `is empty; it ${wrong}, at least one` });
}

/** An object of known keys. What is missing, misnamed or of another kind is said with what belongs there. */
export function block<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') return unknownKey(String(issue.keys?.[0]), known);
      if (issue.code !== 'invalid_type') return undefined;
      return issue.input === undefined
        ? `is missing; it holds ${known.join(', ')}`
        : `must hold ${known.join(', ')}`;
    },
  });
}

function unknownKey(given: string, known: readonly string[]): string {
  const near = nearestName(given, known);
  return `is not a known key; ${near === null ? `known keys here are ${known.join(', ')}` : `did you mean ${near}?`}`;
}
