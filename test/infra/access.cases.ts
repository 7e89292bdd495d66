/**
 * "Who may touch what" of the design, from the synthesized policies of all three environments: each role's
 * statements as an exact list, so that a permission that is added anywhere fails here.
 */
import { describe, expect, test } from 'vitest';
import { cloudTemplate } from '../support/cloud/template.ts';
import { expectedFunctions } from './expected-functions.ts';
import { expectedLanes } from './expected-lanes.ts';
import { rowsOf } from './rows.ts';

describe.each(['dev', 'staging', 'prod'])('%s', (environment) => {
  const template = cloudTemplate(environment);
  const prefix = `recourse-${environment}-`;
  const expected = { ...expectedFunctions(template), ...expectedLanes(template) };

  test('there are these roles and no others', () => {
    expect([...template.roles.keys()].sort()).toEqual(
      Object.keys(expected)
        .map((role) => `${prefix}${role}`)
        .sort(),
    );
  });

  test.each(Object.keys(expected))('%s may do what its row says', (role) => {
    const policies = template.roles.get(`${prefix}${role}`)?.policies ?? [];
    expect(policies.flatMap(({ statements }) => rowsOf(statements, template))).toEqual(
      Object.entries(expected).find(([name]) => name === role)?.[1],
    );
  });

  test('a role is taken on by its service alone, for its own work', () => {
    const trusts = [...template.roles.values()].map(({ name, trust }) => [
      name.replace(prefix, ''),
      ...rowsOf(trust.statements, template),
    ]);
    const lane = (each: string) => [
      `lane-${each}`,
      `codebuild.amazonaws.com may sts:AssumeRole on  if aws:SourceAccount StringEquals ${template.account} and aws:SourceArn ArnLike project ${each}`,
    ];
    const machine = (each: string) => [
      `machine-${each}`,
      `states.amazonaws.com may sts:AssumeRole on  if aws:SourceAccount StringEquals ${template.account} and aws:SourceArn ArnLike machine ${each}`,
    ];
    const functions = ['mcp', 'control', 'ask-approval', 'authorize-run', 'finish-run', 'seal-audit'];
    expect(trusts).toEqual([
      ...functions.map((each) => [each, 'lambda.amazonaws.com may sts:AssumeRole on ']),
      ...['source', 'terraform-plan', 'terraform-apply', 'kubectl-read', 'kubectl-write', 'shell'].map(lane),
      ...['run', 'approval'].map(machine),
    ]);
  });

  test('a function is called by its own callers alone', () => {
    const callers = template.ofType('AWS::Lambda::Permission').map(({ properties }) => {
      const source = String(properties.SourceArn).replace(/^.*:(?:\w{10}|rule)\//, '');
      return `${String(properties.FunctionName).replace(/^.*:function:/, '')} by ${String(properties.Principal)} ${source}`;
    });
    expect(callers.sort()).toEqual(
      [
        `${prefix}ask-approval by events.amazonaws.com ${prefix}owed`,
        `${prefix}control by apigateway.amazonaws.com */*/iam/{proxy+}`,
        `${prefix}control by apigateway.amazonaws.com */*/{proxy+}`,
        `${prefix}finish-run by events.amazonaws.com ${prefix}run-ended`,
        `${prefix}finish-run by events.amazonaws.com ${prefix}sweep`,
        `${prefix}mcp by apigateway.amazonaws.com */*/.well-known/{proxy+}`,
        `${prefix}mcp by apigateway.amazonaws.com */*/healthz`,
        `${prefix}mcp by apigateway.amazonaws.com */*/iam/mcp`,
        `${prefix}mcp by apigateway.amazonaws.com */*/mcp`,
      ].sort(),
    );
  });

  test('every lane is bounded, and nothing else is a lane', () => {
    for (const role of template.roles.values()) {
      expect([role.name, role.boundary !== null]).toEqual([role.name, role.name.includes('-lane-')]);
    }
  });
});
