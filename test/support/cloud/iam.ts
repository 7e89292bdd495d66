/**
 * Decides as IAM does whether a request is allowed: explicit Deny first, then Allow, else no. What it does not
 * know (an operator, an element) never allows: in an Allow it does not match, in a Deny it does.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { conditionsHold } from './iam-conditions.ts';
import { type Filled, fill, like, matchesArn } from './iam-patterns.ts';

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: Statement | readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action?: Several;
  readonly NotAction?: Several;
  readonly Resource?: Several;
  readonly NotResource?: Several;
  readonly Principal?: unknown;
  readonly Condition?: Conditions;
}

export type Several = string | readonly string[];
export type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Keys in lower case; a value of several is a set. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

export interface AccessRequest {
  /** `s3:GetObject` */
  readonly action: string;
  readonly resource: string;
  readonly principal: Principal;
  readonly context: RequestContext;
}

export interface Principal {
  /** `arn:aws:iam::111122223333:role/name` */
  readonly role: string;
  readonly account: string;
}

export interface Policies {
  readonly identity: readonly PolicyDocument[];
  /** What the identity may have at most. */
  readonly boundary?: PolicyDocument | undefined;
  /** Of the bucket, key or role that is asked for. */
  readonly resource?: PolicyDocument | undefined;
  /**
   * `either`: same account, an Allow on either side is enough. `both`: another account's resource.
   * `resource`: a key or a role, whose own policy must allow the principal itself, or leave it to what the
   * account's identity policies say.
   */
  readonly decidedBy: 'either' | 'both' | 'resource';
}

export type Access =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly because: 'explicit deny' | 'no allow' | 'boundary' };

export function access(request: AccessRequest, policies: Policies): Access {
  const { identity, boundary, resource } = policies;
  const theirs = resource === undefined ? [] : statements(resource);
  const ours = identity.flatMap(statements);
  const limits = boundary === undefined ? [] : statements(boundary);
  const denied =
    [...ours, ...limits].some((each) => applies(each, 'Deny', request)) ||
    theirs.some((each) => named(each, request, 'Deny') !== 'no' && applies(each, 'Deny', request));
  if (denied) return { allowed: false, because: 'explicit deny' };
  const byIdentity = ours.some((each) => applies(each, 'Allow', request));
  const granted = theirs
    .filter((each) => applies(each, 'Allow', request))
    .map((each) => named(each, request, 'Allow'));
  const direct = granted.includes('itself');
  const delegated = granted.includes('account');
  const allowed = {
    either: byIdentity || direct,
    both: byIdentity && (direct || delegated),
    resource: direct || (delegated && byIdentity),
  }[policies.decidedBy];
  if (!allowed) return { allowed: false, because: 'no allow' };
  if (boundary !== undefined && !limits.some((each) => applies(each, 'Allow', request))) {
    return { allowed: false, because: 'boundary' };
  }
  return { allowed: true };
}

function statements(document: PolicyDocument): readonly Statement[] {
  const { Statement: several } = document;
  return isSeveral(several) ? several : [several];
}

function isSeveral(found: Statement | readonly Statement[]): found is readonly Statement[] {
  return Array.isArray(found);
}

const ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'Condition',
]);

function applies(statement: Statement, effect: 'Allow' | 'Deny', request: AccessRequest): boolean {
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw new Error(`not an effect: ${JSON.stringify(statement.Effect)}`);
  }
  if (statement.Effect !== effect) return false;
  const unsure = effect === 'Deny';
  if (Object.keys(statement).some((name) => !ELEMENTS.has(name))) return unsure;
  return (
    actionMatches(statement, request.action) &&
    resourceMatches(statement, request, unsure) &&
    conditionsHold(statement.Condition ?? {}, request.context, unsure)
  );
}

function actionMatches({ Action, NotAction }: Statement, action: string): boolean {
  const wanted = action.toLowerCase();
  const matches = (pattern: string) => like(pattern.toLowerCase(), wanted);
  if (Action !== undefined) return several(Action).some(matches);
  if (NotAction !== undefined) return !several(NotAction).some(matches);
  throw new Error('a statement names no action');
}

/** A bucket's or key's policy may leave its own resource out only by `*`; a role's trust policy names none. */
function resourceMatches(statement: Statement, request: AccessRequest, unsure: boolean): boolean {
  const { Resource, NotResource, Principal } = statement;
  const matches = (pattern: string): boolean => {
    const filled: Filled | null = fill(pattern, request.context);
    return filled === null ? unsure : matchesArn(filled, request.resource);
  };
  if (Resource !== undefined) return several(Resource).some(matches);
  if (NotResource !== undefined) {
    const excepted = (pattern: string): boolean => {
      const filled = fill(pattern, request.context);
      return filled === null ? !unsure : matchesArn(filled, request.resource);
    };
    return !several(NotResource).some(excepted);
  }
  if (Principal !== undefined) return true;
  throw new Error('a statement names no resource');
}

/** Whether a resource's statement speaks of the principal: of it itself (or everybody), or of its account. */
function named(
  { Principal }: Statement,
  { principal }: AccessRequest,
  effect: 'Allow' | 'Deny',
): 'itself' | 'account' | 'no' {
  if (Principal === '*') return 'itself';
  if (typeof Principal !== 'object' || Principal === null) return effect === 'Deny' ? 'itself' : 'no';
  const identities = 'AWS' in Principal ? Principal.AWS : [];
  const names: unknown[] = Array.isArray(identities) ? identities : [identities];
  if (names.includes('*') || names.includes(principal.role)) return 'itself';
  const root = `arn:aws:iam::${principal.account}:root`;
  return names.includes(root) || names.includes(principal.account) ? 'account' : 'no';
}

export function several(value: Several): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
