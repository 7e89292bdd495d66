/**
 * A synthesized template as CloudFormation would make it, with every intrinsic function resolved to fixed fake ids.
 * Policies, definitions and variables that tests hold code against come from here, so that what is tested is what
 * would be deployed.
 */
import type { EnvironmentConfig } from '../../../lib/aws/environment-config.ts';
import { fakeUuid } from './fake-ids.ts';
import { resolveTemplate } from './intrinsics.ts';
import { type PolicyRules, policyRules } from './statements.ts';

export interface Resource {
  readonly id: string;
  readonly type: string;
  /** Resolved: no intrinsic function is left. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The resource as it stands in the template, `DeletionPolicy` and all. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface RolePolicies {
  readonly name: string;
  readonly arn: string;
  /** All its identity policies. */
  readonly policies: readonly PolicyRules[];
  /** Its permissions boundary; null: it has none. */
  readonly boundary: PolicyRules | null;
  readonly trust: PolicyRules;
}

export interface CloudTemplate {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  readonly resources: readonly Resource[];
  ofType(type: string): readonly Resource[];
  /** By role name, such as `recourse-prod-mcp` or `recourse-prod-lane-shell`. */
  readonly roles: ReadonlyMap<string, RolePolicies>;
  /** Resource policies: by bucket name, table name, and key alias without `alias/`. */
  readonly buckets: ReadonlyMap<string, PolicyRules>;
  readonly tables: ReadonlyMap<string, PolicyRules>;
  readonly keys: ReadonlyMap<string, { readonly arn: string; readonly policy: PolicyRules }>;
  /** Amazon States Language, by machine name such as `recourse-prod-run`. */
  readonly machines: ReadonlyMap<
    string,
    { readonly arn: string; readonly definition: Readonly<Record<string, unknown>> }
  >;
  /** By function name such as `recourse-prod-mcp`. */
  readonly functions: ReadonlyMap<
    string,
    { readonly arn: string; readonly role: string; readonly variables: Readonly<Record<string, string>> }
  >;
  /** By project name such as `recourse-prod-shell`; the buildspec as it stands, JSON text. */
  readonly projects: ReadonlyMap<
    string,
    {
      readonly arn: string;
      readonly role: string;
      readonly buildspec: string;
      readonly variables: Readonly<Record<string, string>>;
    }
  >;
}

export function readTemplate(
  { environment, account, region }: Pick<EnvironmentConfig, 'environment' | 'account' | 'region'>,
  template: Readonly<Record<string, unknown>>,
): CloudTemplate {
  const raw = object(template.Resources);
  const resolved = resolveTemplate(raw, { account, region, partition: 'aws' });
  const resources: Resource[] = Object.entries(raw).map(([id, resource]) => ({
    id,
    type: text(object(resource).Type),
    properties: object(resolved.get(id) ?? {}),
    raw: object(resource),
  }));
  const ofType = (type: string): readonly Resource[] => resources.filter((each) => each.type === type);
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;
  const boundaries = new Map(
    ofType('AWS::IAM::ManagedPolicy').map(({ properties }) => [
      `arn:aws:iam::${account}:policy/${text(properties.ManagedPolicyName)}`,
      policyRules(properties.PolicyDocument),
    ]),
  );
  const detached = ofType('AWS::IAM::Policy');
  if (detached.length > 0) throw new Error(`a construct added a policy to a role: ${detached[0]?.id}`);
  return {
    environment,
    account,
    region,
    resources,
    ofType,
    roles: new Map(
      ofType('AWS::IAM::Role').map(({ properties }) => {
        const name = text(properties.RoleName);
        if (properties.ManagedPolicyArns !== undefined) throw new Error(`${name} has managed policies`);
        const boundary = properties.PermissionsBoundary;
        const role: RolePolicies = {
          name,
          arn: `arn:aws:iam::${account}:role/${name}`,
          policies: list(properties.Policies).map((policy) => policyRules(object(policy).PolicyDocument)),
          boundary: boundary === undefined ? null : found(boundaries, text(boundary)),
          trust: policyRules(properties.AssumeRolePolicyDocument),
        };
        return [name, role];
      }),
    ),
    buckets: new Map(
      ofType('AWS::S3::BucketPolicy').map(({ properties }) => [
        text(properties.Bucket),
        policyRules(properties.PolicyDocument),
      ]),
    ),
    tables: new Map(
      ofType('AWS::DynamoDB::Table').map(({ properties }) => [
        text(properties.TableName),
        policyRules(object(properties.ResourcePolicy).PolicyDocument),
      ]),
    ),
    keys: new Map(
      ofType('AWS::KMS::Alias').map(({ properties }) => {
        const keyArn = text(properties.TargetKeyId);
        const key = ofType('AWS::KMS::Key').find(({ id }) => keyArn === arn('kms', `key/${fakeUuid(id)}`));
        return [
          text(properties.AliasName).replace(/^alias\//, ''),
          { arn: keyArn, policy: policyRules(key?.properties.KeyPolicy) },
        ];
      }),
    ),
    machines: new Map(
      ofType('AWS::StepFunctions::StateMachine').map(({ properties }) => {
        const name = text(properties.StateMachineName);
        return [
          name,
          {
            arn: arn('states', `stateMachine:${name}`),
            definition: object(JSON.parse(text(properties.DefinitionString))),
          },
        ];
      }),
    ),
    functions: new Map(
      ofType('AWS::Lambda::Function').map(({ properties }) => {
        const name = text(properties.FunctionName);
        const variables = object(object(properties.Environment).Variables);
        return [
          name,
          {
            arn: arn('lambda', `function:${name}`),
            role: text(properties.Role).replace(/^.*:role\//, ''),
            variables: Object.fromEntries(
              Object.entries(variables).map(([key, value]) => [key, text(value)]),
            ),
          },
        ];
      }),
    ),
    projects: new Map(
      ofType('AWS::CodeBuild::Project').map(({ properties }) => {
        const name = text(properties.Name);
        const variables = list(object(properties.Environment).EnvironmentVariables).map(object);
        return [
          name,
          {
            arn: arn('codebuild', `project/${name}`),
            role: text(properties.ServiceRole).replace(/^.*:role\//, ''),
            buildspec: text(object(properties.Source).BuildSpec),
            variables: Object.fromEntries(variables.map((each) => [text(each.Name), text(each.Value)])),
          },
        ];
      }),
    ),
  };
}

function found<T>(all: ReadonlyMap<string, T>, key: string): T {
  const value = all.get(key);
  if (value === undefined) throw new Error(`${key} is not in the template`);
  return value;
}

export function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`not an object: ${JSON.stringify(value)}`);
  }
  return { ...value };
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`not a list: ${JSON.stringify(value)}`);
  return value;
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`not a text: ${JSON.stringify(value)}`);
  return value;
}
