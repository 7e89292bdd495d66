import { describe, expect, it } from 'vitest';
import { parseDeployedConfig } from '../../lib/aws/environment-config.ts';
import { ownResources } from '../../lib/aws/own-resources.ts';
import { ownMatcher } from '../../lib/core/own.ts';

const ROLE = 'arn:aws:iam::111122223333:role';
const SHA = 'a'.repeat(64);
const CONFIG = parseDeployedConfig({
  environment: 'prod',
  account: '111122223333',
  region: 'eu-west-1',
  policy: 'policy/prod.yaml',
  identity: { issuer: 'cognito', domain_prefix: 'recourse-prod' },
  agents: [{ name: 'ci', principal: `${ROLE}/ci` }],
  approver_principals: [{ principal: `${ROLE}/alice`, approver: 'alice@example.com' }],
  sources: [
    {
      name: 'network',
      git: { url: 'https://git.example.com/network.git', refs: ['main'], default_ref: 'main' },
      state: { bucket: 'acme-states', key_prefix: 'network', region: 'eu-west-1' },
      plan_role: `${ROLE}/deploy-plan`,
      apply_role: `${ROLE}/deploy-apply`,
    },
  ],
  tools: {
    terraform: { version: '1.11.4', url: 'https://tools.example.com/terraform.zip', sha256: SHA },
    kubectl: { version: '1.31.0', url: 'https://tools.example.com/kubectl', sha256: SHA },
  },
  notices: { email: { from: 'gateway@example.com' } },
  alarms: { email: 'ops@example.com' },
  policy_text: 'recourseos:\n  version: "2.0"\n',
});

describe('what no plan may touch in the cloud', () => {
  const own = ownMatcher(ownResources(CONFIG));
  it.each([
    'recourse-prod-votes',
    'recourse-prod',
    'alias/recourse-prod-votes',
    'arn:aws:codebuild:eu-west-1:111122223333:project/recourse-prod-terraform-apply',
    'arn:aws:s3:::recourse-prod-artifacts-111122223333/frozen/x',
    '/recourse/prod/mcp',
    'arn:aws:logs:eu-west-1:111122223333:log-group:/recourse/prod/lane/shell:*',
    '/aws/vendedlogs/recourse/prod/run',
    `${ROLE}/deploy-apply`,
    `${ROLE}/alice`,
    `${ROLE}/ci`,
    'acme-states',
  ])('%s', (text) => expect(own.named(text)).not.toBeNull());
  it.each(['recourse-dev-votes', `${ROLE}/app`, '/recourse/production', 'acme-data'])('but %s', (text) =>
    expect(own.named(text)).toBeNull(),
  );
  it('and what carries its tag', () => expect(own.tagged('recourse:environment', 'prod')).not.toBeNull());
});
