/**
 * What of a cloud deployment no agent's plan may touch: all that the stack makes, and what it trusts from outside:
 * the roles that lanes assume, that agents and approvers come as, the states, and the secrets.
 */
import type { OwnResources } from '../core/own.ts';
import type { DeployedConfig } from './environment-config.ts';

export function ownResources(config: DeployedConfig): OwnResources {
  const { environment, sources, clusters, notices, agents, approver_principals: approvers } = config;
  const prefix = `recourse-${environment}`;
  const { email: _email, ...channels } = notices;
  const trusted = [
    ...sources.flatMap((each) => [each.plan_role, each.apply_role, each.variables_secret, each.git?.secret]),
    ...clusters.flatMap((each) => [each.read_role, each.write_role]),
    ...agents.map((each) => each.principal),
    ...approvers.map((each) => each.principal),
    ...Object.values(channels).map((each) => each?.secret),
  ];
  return {
    names: [prefix, `${prefix}-*`, ...sources.map((each) => each.state.bucket)],
    arns: [
      ...[`/recourse/${environment}`, `/aws/vendedlogs/recourse/${environment}`].flatMap((group) => [
        group,
        `arn:*:logs:*:*:log-group:${group}`,
      ]),
      ...trusted.filter((each) => each !== undefined),
    ],
    tags: { 'recourse:environment': environment },
  };
}
