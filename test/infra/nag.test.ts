/** cdk-nag's AwsSolutions rules: nothing is found, and every accepted finding is one, with a reason. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, expect, test } from 'vitest';
import { loadEnvironment } from '../../infra/config.ts';
import { GatewayStack } from '../../infra/stack.ts';
import { placeholderBundles } from '../support/cloud/template.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'recourse-nag-'));
const bundles = placeholderBundles(path.join(scratch, 'bundles'));
afterAll(() => rmSync(scratch, { recursive: true }));

test.each(['dev', 'staging', 'prod'])('%s', (environment) => {
  const app = new App({ outdir: path.join(scratch, environment), analyticsReporting: false });
  new GatewayStack(app, { environment: loadEnvironment(environment, PROJECT), bundles });
  const { violations } = new AwsSolutionsChecks(app).validateScope(app);
  expect(
    violations.map(({ ruleName, violatingResources }) => [
      ruleName,
      violatingResources.map(({ constructPath }) => constructPath),
    ]),
  ).toEqual([]);

  const found = unaccepted(app);
  for (const { rule, reason, where } of accepted(app)) {
    expect(reason.length, `${rule} on ${where} says why`).toBeGreaterThan(20);
    if (rule.startsWith('@aws-cdk/')) continue;
    expect(
      found.get(rule)?.some((each) => each.startsWith(where)),
      `${rule} on ${where} is a finding`,
    ).toBe(true);
  }
});

interface Accepted {
  readonly rule: string;
  readonly reason: string;
  readonly where: string;
}

function accepted(app: App): Accepted[] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) =>
        Object.entries(data ?? {}).map(([rule, reason]) => ({
          rule: rule.replace(/^annotation::/i, ''),
          reason: String(reason),
          where: node.path,
        })),
      ),
  );
}

/** Rule → where it is broken, as if nothing had been accepted. */
function unaccepted(app: App): ReadonlyMap<string, readonly string[]> {
  const checks = new AwsSolutionsChecks(app);
  Reflect.set(checks, 'isAcknowledged', () => false);
  const { violations } = checks.validateScope(app);
  return new Map(
    violations.map(({ ruleName, violatingResources }) => [
      ruleName,
      violatingResources.map(({ constructPath }) => constructPath ?? ''),
    ]),
  );
}
