/** Who can log in, and how; and what an operator is told. */
import { describe, expect, test, vi } from 'vitest';
import { type MetricName, openWatch } from '../../lib/aws/watch.ts';
import { cloudTemplate, list, object } from '../support/cloud/template.ts';

describe('Cognito, where the issuer is cognito', () => {
  const template = cloudTemplate('prod');
  const [pool] = template.ofType('AWS::Cognito::UserPool');
  const clients = new Map(
    template
      .ofType('AWS::Cognito::UserPoolClient')
      .map(({ properties }) => [properties.ClientName, properties]),
  );
  const variables = (name: string) => template.functions.get(`recourse-prod-${name}`)?.variables ?? {};
  const [agentUrl, controlUrl] = [
    variables('mcp').RECOURSE_AGENT_URL,
    variables('control').RECOURSE_CONTROL_URL,
  ];

  test('users are made by an administrator, named for good, and have a second factor', () => {
    expect(pool?.properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      DeletionProtection: 'ACTIVE',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      MfaConfiguration: 'ON',
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      UsernameConfiguration: { CaseSensitive: false },
    });
    // An e-mail address as alias would let a user who changes it become somebody else.
    expect(pool?.properties.AliasAttributes).toBeUndefined();
    expect(pool?.properties.UsernameAttributes).toBeUndefined();
    expect(template.ofType('AWS::Cognito::UserPool')[0]?.raw.DeletionPolicy).toBe('Retain');
  });

  test('an agent’s client is public, for one flow, and may ask for what the gateway advertises', () => {
    expect(clients.get('agent-claude')).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email', `${agentUrl}/mcp/act`],
      CallbackURLs: ['http://localhost:8765/callback'],
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
    });
    expect(
      template.ofType('AWS::Cognito::UserPoolResourceServer').map(({ properties }) => properties.Identifier),
    ).toEqual([`${agentUrl}/mcp`]);
    expect(JSON.parse(variables('mcp').RECOURSE_CREATED_CLIENTS ?? '')).toEqual({
      claude: expect.stringMatching(/^\w+$/),
    });
  });

  test('the console’s client is confidential; only control may read its secret', () => {
    expect(clients.get('recourse-prod-console')).toMatchObject({
      GenerateSecret: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email'],
      CallbackURLs: [`${controlUrl}/console/callback`],
      LogoutURLs: [`${controlUrl}/console`],
    });
    expect(variables('control').RECOURSE_CONSOLE_SECRET).toMatch(/:secret:recourse-prod-console-client-/);
    expect(clients.size).toBe(2);
  });

  test('every client has a log-in page', () => {
    expect(template.ofType('AWS::Cognito::ManagedLoginBranding')).toHaveLength(clients.size);
    expect(template.ofType('AWS::Cognito::UserPoolDomain')[0]?.properties).toMatchObject({
      Domain: 'recourse-example-prod',
      ManagedLoginVersion: 2,
    });
  });
});

test('an issuer of one’s own brings its users: no pool is made', () => {
  const template = cloudTemplate('staging');
  expect(template.resources.filter(({ type }) => type.startsWith('AWS::Cognito::'))).toEqual([]);
  const { variables } = template.functions.get('recourse-staging-control') ?? {};
  expect(Object.keys(variables ?? {}).filter((name) => /ISSUER|CLIENT|SECRET/.test(name))).toEqual([]);
});

test('alarms: each reaches the operator, and none is silent where there is no data to alarm by', () => {
  const template = cloudTemplate('prod');
  const alarms = template.ofType('AWS::CloudWatch::Alarm').map(({ properties }) => properties);
  const own = alarms.filter(({ Namespace }) => Namespace === 'Recourse/Gateway');
  expect(own.map(({ MetricName }) => MetricName)).toEqual([
    'RunFailed',
    'ApprovalWaitingSeconds',
    'AuditTampered',
    'AuditUnavailable',
    'SealLagSeconds',
    'BreakGlassUsed',
    'PlanRewritten',
  ]);
  for (const { Dimensions } of own) expect(Dimensions).toEqual([{ Name: 'environment', Value: 'prod' }]);
  const topic = `arn:aws:sns:eu-west-1:${template.account}:recourse-prod-alarms`;
  for (const alarm of alarms) {
    expect(alarm).toMatchObject({ AlarmActions: [topic], TreatMissingData: 'notBreaching' });
    expect(String(alarm.AlarmDescription).length).toBeGreaterThan(10);
  }
  const names = alarms.map(({ AlarmName }) => String(AlarmName).replace('recourse-prod-', ''));
  expect(names).toEqual(
    expect.arrayContaining([
      'dead-letters',
      'mcp-throttled',
      'mcp-errors',
      'seal-stream-late',
      'machine-run-failed',
      'api-agent-failing',
    ]),
  );
  expect(template.ofType('AWS::SNS::Subscription').map(({ properties }) => properties)).toMatchObject([
    { Protocol: 'email', Endpoint: 'ops@example.com', TopicArn: topic },
  ]);
  const [policy] = template.ofType('AWS::SNS::TopicPolicy');
  const statements = list(object(object(policy?.properties).PolicyDocument).Statement).map(object);
  expect(statements.filter(({ Effect }) => Effect === 'Allow')).toMatchObject([
    { Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } },
  ]);
});

test('what a function measures is what an alarm watches, to the dimension', () => {
  const lines: string[] = [];
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'finish-run');
  const log = vi.spyOn(console, 'log').mockImplementation((line) => {
    lines.push(String(line));
  });
  const alarms = cloudTemplate('prod')
    .ofType('AWS::CloudWatch::Alarm')
    .map(({ properties }) => properties)
    .filter(({ Namespace }) => Namespace === 'Recourse/Gateway');
  try {
    const watch = openWatch('finish-run', 'prod');
    // The one that is left out is watched where ServiceNow is polled: servicenow.cases.ts.
    const names: Record<Exclude<MetricName, 'PollFailed'>, true> = {
      RunFailed: true,
      ApprovalWaitingSeconds: true,
      AuditTampered: true,
      AuditUnavailable: true,
      SealLagSeconds: true,
      BreakGlassUsed: true,
      PlanRewritten: true,
    };
    for (const { MetricName: name } of alarms) {
      const known = Object.keys(names).find((each): each is keyof typeof names => each === name);
      if (known === undefined) throw new Error(`nothing measures ${String(name)}`);
      watch.measure(known, 1);
    }
    expect(alarms).toHaveLength(Object.keys(names).length);
  } finally {
    log.mockRestore();
    vi.unstubAllEnvs();
  }
  const measured = lines
    .map((line) => object(JSON.parse(line)))
    .map((line) => ({
      ...object(list(object(line._aws).CloudWatchMetrics)[0]),
      environment: line.environment,
    }));
  expect(measured).toMatchObject(
    alarms.map(({ MetricName: name }) => ({
      Namespace: 'Recourse/Gateway',
      Dimensions: [['environment']],
      Metrics: [{ Name: name }],
      environment: 'prod',
    })),
  );
});
