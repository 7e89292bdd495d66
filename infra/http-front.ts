import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { accept } from './accept.ts';
import type { Names } from './names.ts';

interface HttpFrontProps {
  readonly names: Names;
  readonly name: 'agent' | 'control';
  readonly key: IKey;
  readonly throttle: { readonly rate: number; readonly burst: number };
  readonly retentionDays: number;
  readonly kept: boolean;
}

/** An HTTP API with one stage: throttled, and logged without paths, queries or headers, which may hold tokens. */
export class HttpFront extends Construct {
  readonly api: HttpApi;
  /** An https origin without a path. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: HttpFrontProps) {
    super(scope, id);
    const { names, name, key, throttle, retentionDays, kept } = props;
    this.api = new HttpApi(this, 'api', {
      apiName: `${names.prefix}-${name}`,
      createDefaultStage: false,
    });
    this.url = `https://${this.api.apiId}.execute-api.${names.region}.${Stack.of(this).urlSuffix}`;
    const log = new LogGroup(this, 'log', {
      logGroupName: names.vendedLog(`api-${name}`),
      retention: retentionDays,
      encryptionKey: key,
      removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttle.rate, burstLimit: throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(JSON.stringify(LOGGED)),
      },
    });
  }

  /** Routes to one function. `signed`: API Gateway lets in only what IAM allows. */
  serve(
    routes: readonly {
      readonly path: string;
      readonly methods: HttpMethod[];
      readonly signed?: true;
      readonly open?: string;
    }[],
    handler: IFunction,
  ): void {
    const integration = new HttpLambdaIntegration('function', handler);
    const signed = new HttpIamAuthorizer();
    for (const { path, methods, signed: needsIam, open } of routes) {
      const added = this.api.addRoutes({
        path,
        methods,
        integration,
        authorizer: needsIam ? signed : new HttpNoneAuthorizer(),
      });
      for (const route of added) {
        if (open !== undefined) accept(route, 'AwsSolutions-APIG4', open);
      }
    }
  }
}

export { HttpMethod };

const LOGGED = {
  time: '$context.requestTime',
  request: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  failure: '$context.integrationErrorMessage',
};
