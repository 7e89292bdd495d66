/** Functions, lanes, APIs, events, log-in and alarms as they would be deployed. */
import { describe, expect, test } from 'vitest';
import { LANES } from '../../infra/names.ts';
import { LANES as CORE_LANES } from '../../lib/core/run.ts';
import { cloudTemplate, list, object, text } from '../support/cloud/template.ts';

describe.each(['dev', 'staging', 'prod'])('%s', (environment) => {
  const template = cloudTemplate(environment);
  const prefix = `recourse-${environment}`;
  const project = (lane: string) =>
    template
      .ofType('AWS::CodeBuild::Project')
      .find(({ properties }) => properties.Name === `${prefix}-${lane}`)?.properties ?? {};

  test('functions', () => {
    const functions = template.ofType('AWS::Lambda::Function').map(({ properties }) => properties);
    expect(functions.map(({ FunctionName }) => text(FunctionName).replace(`${prefix}-`, ''))).toEqual([
      'mcp',
      'control',
      'ask-approval',
      'authorize-run',
      'finish-run',
      'seal-audit',
    ]);
    for (const each of functions) {
      expect(each).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      });
      expect(each.ReservedConcurrentExecutions).toBe(
        each.FunctionName === `${prefix}-seal-audit` ? 1 : undefined,
      );
      // API Gateway waits for 30 seconds.
      if (/-(?:mcp|control)$/.test(text(each.FunctionName))) expect(each.Timeout).toBeLessThan(30);
    }
  });

  test('the function for agents is told of nothing that it may not touch', () => {
    const names = Object.keys(template.functions.get(`${prefix}-mcp`)?.variables ?? {});
    expect(
      names.filter((name) => /KEY_MAC|SEALS|LINKS|TASK_TOKENS|CHECKPOINTS|SECRET|CONTROL/.test(name)),
    ).toEqual([]);
  });

  test('the sealer reads the stream of the audit in order, and never skips', () => {
    expect(
      template.ofType('AWS::Lambda::EventSourceMapping').map(({ properties }) => properties),
    ).toMatchObject([
      {
        EventSourceArn: expect.stringContaining(`table/${prefix}-audit/stream/`),
        FunctionName: expect.stringContaining(`${prefix}-seal-audit`),
        ParallelizationFactor: 1,
        MaximumRetryAttempts: -1,
        BisectBatchOnFunctionError: false,
        StartingPosition: 'TRIM_HORIZON',
      },
    ]);
  });

  test('lanes are all lanes there are', () => {
    expect([...template.projects.keys()]).toEqual(CORE_LANES.map((lane) => `${prefix}-${lane}`));
  });

  test.each(LANES)('the build of %s is fixed', (lane) => {
    const { buildspec = '', variables } = template.projects.get(`${prefix}-${lane}`) ?? {};
    const { phases } = object(JSON.parse(buildspec));
    const commands = Object.values(object(phases)).flatMap((phase) => list(object(phase).commands));
    const SHA = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
    const fetch = (to: string, url: string) => [
      `curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output ${to} '${url}'`,
      `echo '${SHA}  ${to}' | sha256sum --check --strict`,
    ];
    const terraform = [
      ...fetch(
        '/tmp/recourse/terraform.zip',
        'https://releases.hashicorp.com/terraform/1.13.4/terraform_1.13.4_linux_arm64.zip',
      ),
      'unzip -q -o /tmp/recourse/terraform.zip terraform -d /tmp/recourse/bin',
      'chmod 0555 /tmp/recourse/bin/terraform',
    ];
    const kubectl = [
      ...fetch('/tmp/recourse/bin/kubectl', 'https://dl.k8s.io/release/v1.34.1/bin/linux/arm64/kubectl'),
      'chmod 0555 /tmp/recourse/bin/kubectl',
    ];
    const tools = {
      source: terraform,
      'terraform-plan': terraform,
      'terraform-apply': terraform,
      'kubectl-read': kubectl,
      'kubectl-write': kubectl,
      shell: [],
    }[lane];
    expect(commands).toEqual([
      'mkdir -p /tmp/recourse/bin',
      ...tools,
      'PATH=/tmp/recourse/bin:$PATH node lane.mjs',
    ]);
    // The one variable of a build is the executor's to read: no shell ever sees it.
    expect(buildspec).not.toContain('RECOURSE_JOB');
    expect(variables).toEqual({
      RECOURSE_ENVIRONMENT: environment,
      RECOURSE_BUCKET_ARTIFACTS: `${prefix}-artifacts-${template.account}`,
      RECOURSE_LANE: lane,
    });
    expect(project(lane)).toMatchObject({
      Artifacts: { Type: 'NO_ARTIFACTS' },
      Cache: { Type: 'NO_CACHE' },
      Source: { Type: 'S3' },
      Visibility: 'PRIVATE',
      BadgeEnabled: false,
      ConcurrentBuildLimit: expect.any(Number),
      LogsConfig: {
        CloudWatchLogs: { GroupName: `/recourse/${environment}/lane/${lane}`, Status: 'ENABLED' },
      },
    });
    expect(object(project(lane).Environment).PrivilegedMode).toBe(false);
    expect(Object.keys(project(lane))).not.toContain('Triggers');
    const types = list(object(project(lane).Environment).EnvironmentVariables).map(
      (each) => object(each).Type,
    );
    expect(new Set(types)).toEqual(new Set(['PLAINTEXT']));
  });

  test('plan and apply run in the same surroundings', () => {
    const surroundings = (lane: string) => {
      const { Environment, Source, TimeoutInMinutes } = project(lane);
      const { EnvironmentVariables: _differ, ...container } = object(Environment);
      return { container, Source, TimeoutInMinutes };
    };
    expect(surroundings('terraform-plan')).toEqual(surroundings('terraform-apply'));
    expect(surroundings('terraform-plan')).toMatchObject({
      container: { Type: 'ARM_CONTAINER', Image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0' },
      TimeoutInMinutes: 70,
    });
  });

  test('a lane is in a network where its clusters are, and Lambda compute only where it is in none', () => {
    for (const lane of LANES) {
      const networked = environment === 'prod' && lane.startsWith('kubectl-');
      expect([lane, project(lane).VpcConfig !== undefined]).toEqual([lane, networked]);
      const container = networked || lane.startsWith('terraform-');
      expect(object(project(lane).Environment).Type).toBe(
        container ? 'ARM_CONTAINER' : 'ARM_LAMBDA_CONTAINER',
      );
      // Lambda compute takes no time-outs.
      expect(project(lane).TimeoutInMinutes).toBe(container ? 70 : undefined);
    }
  });

  test('APIs: every route, who may call it, the throttle and the log', () => {
    const routes = template.ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => properties);
    expect(routes.map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType])).toEqual([
      ['ANY /mcp', 'NONE'],
      ['POST /iam/mcp', 'AWS_IAM'],
      ['GET /.well-known/{proxy+}', 'NONE'],
      ['GET /healthz', 'NONE'],
      ['ANY /iam/{proxy+}', 'AWS_IAM'],
      ['ANY /{proxy+}', 'NONE'],
    ]);
    expect(new Set(routes.slice(0, 4).map(({ ApiId }) => ApiId)).size).toBe(1);
    expect(routes[0]?.ApiId).not.toBe(routes[5]?.ApiId);
    for (const { properties } of template.ofType('AWS::ApiGatewayV2::Stage')) {
      expect(properties).toMatchObject({
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
      });
      const format = text(object(properties.AccessLogSettings).Format);
      // Paths, queries and headers may hold the token of a link or of a caller.
      expect(format).not.toMatch(/context\.path|querystring|request\.header|authorizer\.|\$input/i);
      expect(format).toContain('$context.routeKey');
    }
  });

  test('events: what no machine reports of itself, the sweep, and what is owed to people', () => {
    const [ended, sweep, owed, ...others] = template
      .ofType('AWS::Events::Rule')
      .map(({ properties }) => properties);
    expect(others).toEqual([]);
    const target = (input?: string, name = 'finish-run') => ({
      Arn: expect.stringContaining(`function:${prefix}-${name}`),
      DeadLetterConfig: { Arn: expect.stringContaining(`${prefix}-dead-letters`) },
      ...(input === undefined ? {} : { Input: input }),
    });
    expect(ended).toMatchObject({
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [template.machines.get(`${prefix}-run`)?.arn],
          status: ['ABORTED', 'TIMED_OUT', 'FAILED'],
        },
      },
      Targets: [target()],
    });
    expect(sweep).toMatchObject({
      ScheduleExpression: 'rate(15 minutes)',
      Targets: [target('{"sweep":true}')],
    });
    expect(owed).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [target('{"step":"work"}', 'ask-approval')],
    });
  });

  test('everything that takes tags says which gateway it is', () => {
    for (const { properties } of template.ofType('AWS::DynamoDB::Table')) {
      expect(properties.Tags).toContainEqual({ Key: 'recourse:environment', Value: environment });
    }
  });
});
