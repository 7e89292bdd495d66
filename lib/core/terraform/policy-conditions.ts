import { type Fields, isFields } from './fields.ts';

/**
 * Whether the conditions of a policy statement keep strangers out. Only what a caller cannot choose does: where the
 * call comes from, who calls, on whose behalf. A header, a prefix or the hour is anybody's, and so is a condition
 * that a missing key satisfies.
 */
export function keepsStrangersOut(condition: unknown, isPublic: (value: unknown) => boolean): boolean {
  if (!isFields(condition)) return false;
  return Object.entries(condition).some(
    ([operator, tests]) => isFields(tests) && narrows(operator, tests, isPublic),
  );
}

function narrows(operator: string, tests: Fields, isPublic: (value: unknown) => boolean): boolean {
  const name = operator.toLowerCase().replace(/^forany(value)?:/, '');
  // "All of none" holds, and so does what is only asked where the key is there.
  if (name.startsWith('forall') || name.endsWith('ifexists')) return false;
  const mustBeAbsent = name === 'null';
  return Object.entries(tests).some(([key, value]) => {
    if (!CALLER.test(key)) return false;
    const values = Array.isArray(value) ? value : [value];
    if (mustBeAbsent) return values.every((item) => String(item).toLowerCase() === 'false');
    // All but one is still everybody.
    if (/not/.test(name)) return false;
    return values.length > 0 && !values.some((item) => isEverything(item, isPublic));
  });
}

/** Condition keys about the caller, its account or organisation, its network, or the resource that it acts for. */
const CALLER =
  /^(aws:(principal\w+(\/.*)?|source(account|arn|ip|vpc|vpce|vpcarn|orgid|orgpaths|owner|identity)|vpc\w+|userid|username|federatedprovider|callervia\w*|viaawsservice|principalisawsservice)|kms:(calleraccount|viaservice)|s3:(dataaccesspoint(account|arn)|accesspointnetworkorigin)|sts:externalid|sns:endpoint|lambda:sourcefunctionarn|elasticfilesystem:accessedviamounttarget|[\w./-]+:(aud|sub|repository\w*))$/i;

function isEverything(value: unknown, isPublic: (value: unknown) => boolean): boolean {
  if (typeof value !== 'string') return false;
  return /^[*?]*$/.test(value) || /^arn:(\*|aws[\w-]*):[^:]*:[^:]*:\*:/.test(value) || isPublic(value);
}
