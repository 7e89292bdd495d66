import { CfnOutput, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { accept } from './accept.ts';
import { Alarms } from './alarms.ts';
import { Boundary } from './boundary.ts';
import { Buckets } from './buckets.ts';
import { bundlesIn } from './bundles.ts';
import type { Environment } from './config.ts';
import { Events } from './events.ts';
import { functionPermissions, type Minted } from './function-permissions.ts';
import { Functions } from './functions.ts';
import { HttpFront } from './http-front.ts';
import { Identity } from './identity.ts';
import { Keys } from './keys.ts';
import { Lanes } from './lanes.ts';
import { Machines } from './machines.ts';
import { Mail } from './mail.ts';
import { FUNCTIONS, type Names, namesOf } from './names.ts';
import { roleThatMay } from './role.ts';
import { Tables } from './tables.ts';
import { functionVariables, type Places } from './variables.ts';

interface GatewayStackProps {
  readonly environment: Environment;
  /** The folder of built bundles. */
  readonly bundles: string;
}

/** One environment of the gateway, complete. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, { environment, bundles: folder }: GatewayStackProps) {
    const { config, policyText } = environment;
    const names = namesOf(config);
    // What an environment other than dev has recorded outlives the stack.
    const kept = config.environment !== 'dev';
    super(scope, names.stack, {
      stackName: names.stack,
      description: `Recourse gateway, ${config.environment}`,
      env: { account: config.account, region: config.region },
      terminationProtection: kept,
    });
    Tags.of(this).add('recourse:environment', config.environment);

    const keys = new Keys(this, 'keys', names, kept);
    const key = keys.data;
    const tables = new Tables(this, 'tables', names, key, kept);
    new Buckets(this, 'buckets', { names, key, retentionDays: config.retention_days, kept });
    const deadLetters = this.deadLetters(names);
    const watched = { names, key, throttle: config.throttle, retentionDays: config.retention_days, kept };
    const agent = new HttpFront(this, 'agent-api', { ...watched, name: 'agent' });
    const control = new HttpFront(this, 'control-api', { ...watched, name: 'control' });
    const identity =
      config.identity.issuer === 'cognito'
        ? new Identity(this, 'identity', {
            names,
            config,
            agentUrl: agent.url,
            consoleUrl: control.url,
            kept,
          })
        : null;
    const consoleSecret =
      config.identity.issuer === 'cognito'
        ? identity?.consoleSecret.secretArn
        : config.identity.issuer.console.client_secret;
    if (consoleSecret === undefined) throw new Error('the console has no client');

    const bundles = bundlesIn(folder, { ...config, policy_text: policyText }, environment.policy);
    const minted: Minted = {
      votesKey: keys.votes.keyArn,
      sealsKey: keys.seals.keyArn,
      macKey: keys.mac.keyArn,
      dataKey: key.keyArn,
      auditStream: tables.auditStream,
      deadLetters: deadLetters.queueArn,
      consoleSecret,
    };
    const functions = new Functions(this, 'functions', {
      names,
      bundles,
      key,
      kept,
      deadLetters,
      auditStream: tables.auditStream,
      retentionDays: config.retention_days,
      variables: functionVariables(names, config.environment, this.places(keys, agent, control, identity)),
      roles: new Map(
        FUNCTIONS.map((name) => [
          name,
          roleThatMay(this, `${name}-role`, {
            name: names.roleName(name),
            description: `The ${name} function of ${names.prefix}`,
            service: 'lambda.amazonaws.com',
            account: names.account,
            may: functionPermissions(name, names, config, minted),
          }),
        ]),
      ),
    });
    const verified = 'The function checks the token of every request: its issuer, audience, scope and time.';
    agent.serve(
      [
        { path: '/mcp', methods: [HttpMethod.ANY], open: verified },
        { path: '/iam/mcp', methods: [HttpMethod.POST], signed: true },
        {
          path: '/.well-known/{proxy+}',
          methods: [HttpMethod.GET],
          open: 'Public metadata: where clients learn how to get a token.',
        },
        {
          path: '/healthz',
          methods: [HttpMethod.GET],
          open: 'It says that the API answers, and nothing else.',
        },
      ],
      functions.get('mcp'),
    );
    control.serve(
      [
        { path: '/iam/{proxy+}', methods: [HttpMethod.ANY], signed: true },
        {
          path: '/{proxy+}',
          methods: [HttpMethod.ANY],
          open: 'The function checks every request: a signed link, a session of the console, or a provider’s signature.',
        },
      ],
      functions.get('control'),
    );

    const boundary = new Boundary(this, 'boundary', names, {
      apis: [agent.api.apiId, control.api.apiId],
      userPools: identity === null ? [] : [identity.pool.userPoolArn],
      from: config.notices.email.from,
    });
    new Lanes(this, 'lanes', { names, environment, bundles, boundary: boundary.policy, key, kept });
    new Machines(this, 'machines', { names, environment, key, kept });
    const pollSeconds = environment.policy.approvals.providers.servicenow?.pollSeconds ?? 0;
    new Events(this, 'events', {
      names,
      finishRun: functions.get('finish-run'),
      askApproval: functions.get('ask-approval'),
      control: functions.get('control'),
      pollSeconds,
      deadLetters,
    });
    new Mail(this, 'mail', config.notices.email.from);
    new Alarms(this, 'alarms', {
      names,
      environment: config.environment,
      email: config.alarms.email,
      key,
      deadLetters,
      polls: pollSeconds > 0,
      apis: new Map([
        ['agent', agent.api.apiId],
        ['control', control.api.apiId],
      ]),
    });
    this.say('AgentUrl', `${agent.url}/mcp`, 'What an agent connects to');
    this.say('ControlUrl', `${control.url}/console`, 'Where humans decide');
    this.say('Boundary', names.boundaryArn, 'The permissions boundary of lanes and of roles that they make');
    if (identity !== null) {
      this.say('UserPool', identity.pool.userPoolId, 'Where an administrator makes users');
      for (const [name, client] of identity.clients)
        this.say(`Client-${name}`, client, `Client id of the agent ${name}`);
    }
  }

  private deadLetters(names: Names): Queue {
    const queue = new Queue(this, 'dead-letters', {
      queueName: `${names.prefix}-dead-letters`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(queue, 'AwsSolutions-SQS3', 'It is the dead-letter queue.');
    return queue;
  }

  private places(keys: Keys, agent: HttpFront, control: HttpFront, identity: Identity | null): Places {
    return {
      votesKey: keys.votes.keyArn,
      sealsKey: keys.seals.keyArn,
      macKey: keys.mac.keyArn,
      agentUrl: agent.url,
      controlUrl: control.url,
      identity:
        identity === null
          ? null
          : {
              issuer: identity.issuer,
              createdClients: this.toJsonString(
                Object.fromEntries([...identity.clients].map(([name, client]) => [name, client])),
              ),
              consoleClientId: identity.consoleClientId,
              consoleSecret: identity.consoleSecret.secretArn,
            },
    };
  }

  private say(id: string, value: string, description: string): void {
    new CfnOutput(this, id.replace(/-/g, ''), { value, description });
  }
}
