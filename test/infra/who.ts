/** Asks the policies themselves: who of everybody in the account may do this? */
import type { AccessRequest, Policies, PolicyDocument } from '../support/cloud/iam.ts';
import { access } from '../support/cloud/iam.ts';
import type { CloudTemplate } from '../support/cloud/template.ts';

export interface Act {
  readonly action: string;
  readonly resource: string;
  /** Of the bucket, table or key that is asked for. */
  readonly policy?: PolicyDocument | undefined;
  readonly decidedBy?: Policies['decidedBy'];
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

const EVERYTHING: PolicyDocument = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

/**
 * Names of roles, without the environment's prefix, in order. With them stand `administrator`, who may do all that a
 * resource policy lets him, and `made by a lane`: the same, under the lanes' permissions boundary.
 */
export function whoMay(template: CloudTemplate, act: Act): readonly string[] {
  const prefix = `recourse-${template.environment}-`;
  const boundary = template.roles.get(`${prefix}lane-shell`)?.boundary?.document;
  const everybody = [
    ...[...template.roles.values()].map((role) => ({
      name: role.name.replace(prefix, ''),
      arn: role.arn,
      identity: role.policies.map(({ document }) => document),
      boundary: role.boundary?.document,
    })),
    {
      name: 'administrator',
      arn: arnOf(template, 'administrator'),
      identity: [EVERYTHING],
      boundary: undefined,
    },
    { name: 'made by a lane', arn: arnOf(template, 'made'), identity: [EVERYTHING], boundary },
  ];
  return everybody.filter((each) => may(template, each, act)).map(({ name }) => name);
}

interface Somebody {
  readonly arn: string;
  readonly identity: readonly PolicyDocument[];
  readonly boundary: PolicyDocument | undefined;
}

function may({ account, region }: CloudTemplate, who: Somebody, act: Act): boolean {
  const context = new Map<string, readonly string[]>([
    ['aws:principalarn', [who.arn]],
    ['aws:principalaccount', [account]],
    ['aws:securetransport', ['true']],
    ['aws:requestedregion', [region]],
    ['s3:tlsversion', ['1.3']],
    ...Object.entries(act.context ?? {}).map(([key, values]) => [key.toLowerCase(), values] as const),
  ]);
  const request: AccessRequest = {
    action: act.action,
    resource: act.resource,
    principal: { role: who.arn, account },
    context,
  };
  return access(request, {
    identity: who.identity,
    boundary: who.boundary,
    resource: act.policy,
    decidedBy: act.decidedBy ?? 'either',
  }).allowed;
}

function arnOf({ account }: CloudTemplate, role: string): string {
  return `arn:aws:iam::${account}:role/${role}`;
}
