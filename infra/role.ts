import {
  Effect,
  type IManagedPolicy,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { accept } from './accept.ts';

/** One thing that a role may do. */
export interface Permission {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Why a resource holds a wildcard. Without a reason a wildcard is an error. */
  readonly wildcard?: string;
}

interface RoleSpec {
  readonly name: string;
  readonly description: string;
  readonly service: string;
  /** Whose work the service does with the role, refused for anything else. Lambda does not say whose it does. */
  readonly sourceArn?: string;
  readonly account: string;
  readonly may: readonly Permission[];
  readonly never?: readonly PolicyStatement[];
  readonly boundary?: IManagedPolicy;
}

/** A role that may do what is listed and cannot be given more: constructs that use it add nothing to it. */
export function roleThatMay(scope: Construct, id: string, spec: RoleSpec): Role {
  for (const { sid, resources, wildcard } of spec.may) {
    const wild = resources.find((each) => each.includes('*'));
    if ((wild === undefined) !== (wildcard === undefined)) {
      throw new Error(
        `${spec.name} ${sid}: ${wild ?? 'no wildcard'} and the reason for one must come together`,
      );
    }
  }
  const role = new Role(scope, id, {
    roleName: spec.name,
    description: spec.description,
    assumedBy: new ServicePrincipal(
      spec.service,
      spec.sourceArn === undefined
        ? {}
        : {
            conditions: {
              StringEquals: { 'aws:SourceAccount': spec.account },
              ArnLike: { 'aws:SourceArn': spec.sourceArn },
            },
          },
    ),
    inlinePolicies: {
      work: new PolicyDocument({
        statements: [...spec.may.map(allow), ...(spec.never ?? [])],
        minimize: false,
      }),
    },
    ...(spec.boundary === undefined ? {} : { permissionsBoundary: spec.boundary }),
  });
  for (const { resources, wildcard } of spec.may) {
    for (const each of resources) {
      if (wildcard !== undefined && each.includes('*'))
        accept(role, `AwsSolutions-IAM5[Resource::${each}]`, wildcard);
    }
  }
  return role;
}

function allow({ sid, actions, resources, conditions }: Permission): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });
}
