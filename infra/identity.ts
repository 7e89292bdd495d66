import { Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  CfnUserPoolClient,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  StandardThreatProtectionMode,
  UserPool,
  UserPoolClient,
  type UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../lib/aws/environment-config.ts';
import { accept } from './accept.ts';
import type { Names } from './names.ts';

interface IdentityProps {
  readonly names: Names;
  readonly config: EnvironmentConfig;
  /** Origins of the two APIs. */
  readonly agentUrl: string;
  readonly consoleUrl: string;
  readonly kept: boolean;
}

/**
 * The user pool: humans whom an administrator made, named by their e-mail address as the user name (which nobody
 * can change for himself), each with a second factor. Agents' clients are made here; none can register.
 */
export class Identity extends Construct {
  readonly pool: UserPool;
  readonly issuer: string;
  /** Agent name → client id. */
  readonly clients: ReadonlyMap<string, string>;
  readonly consoleClientId: string;
  readonly consoleSecret: Secret;

  constructor(scope: Construct, id: string, props: IdentityProps) {
    super(scope, id);
    const { names, config, agentUrl, consoleUrl, kept } = props;
    this.pool = new UserPool(this, 'pool', {
      userPoolName: names.prefix,
      featurePlan: FeaturePlan.PLUS,
      standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      signInCaseSensitive: false,
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.NONE,
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      deletionProtection: kept,
      removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.issuer = `https://cognito-idp.${names.region}.amazonaws.com/${this.pool.userPoolId}`;
    this.pool.addDomain('login', {
      cognitoDomain: { domainPrefix: config.identity.domain_prefix ?? `${names.prefix}-${names.account}` },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    // Named by the address of this environment's API: a token for one environment opens no other, whether or not
    // the client asks for an audience.
    const act = new ResourceServerScope({
      scopeName: 'act',
      scopeDescription: 'Propose changes as an agent',
    });
    const server = this.pool.addResourceServer('agents', { identifier: `${agentUrl}/mcp`, scopes: [act] });
    const mayAct = OAuthScope.resourceServer(server, act);
    this.clients = new Map(
      config.agents.flatMap(({ name, client, redirect_uris }) =>
        client === 'created'
          ? [[name, this.publicClient(name, redirect_uris ?? LOOPBACK, mayAct, server)] as const]
          : [],
      ),
    );
    const console = new UserPoolClient(this, 'console', {
      userPool: this.pool,
      userPoolClientName: `${names.prefix}-console`,
      generateSecret: true,
      ...COMMON,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [`${consoleUrl}/console/callback`],
        logoutUrls: [`${consoleUrl}/console`],
      },
    });
    this.consoleClientId = console.userPoolClientId;
    this.branded('console', this.consoleClientId);
    const made = console.node.defaultChild;
    if (!(made instanceof CfnUserPoolClient)) throw new Error('a user pool client is made of something else');
    this.consoleSecret = new Secret(this, 'console-secret', {
      secretName: `${names.prefix}-console-client`,
      description: 'Client secret with which the console logs humans in',
      secretStringValue: SecretValue.resourceAttribute(made.attrClientSecret),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(
      this.consoleSecret,
      'AwsSolutions-SMG4',
      'Cognito makes the secret with the client; it is renewed by replacing the client.',
    );
  }

  /** Managed login has no page for a client without a style; this is Cognito's own. */
  private branded(name: string, clientId: string): void {
    new CfnManagedLoginBranding(this, `style-${name}`, {
      userPoolId: this.pool.userPoolId,
      clientId,
      useCognitoProvidedValues: true,
    });
  }

  /** No secret: whoever holds the client proves by PKCE that it began what it ends, on the user's own machine. */
  private publicClient(
    name: string,
    callbackUrls: readonly string[],
    mayAct: OAuthScope,
    server: UserPoolResourceServer,
  ): string {
    const client = new UserPoolClient(this, `agent-${name}`, {
      userPool: this.pool,
      userPoolClientName: `agent-${name}`,
      generateSecret: false,
      ...COMMON,
      refreshTokenValidity: Duration.days(1),
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL, mayAct],
        callbackUrls: [...callbackUrls],
      },
    });
    client.node.addDependency(server);
    this.branded(`agent-${name}`, client.userPoolClientId);
    return client.userPoolClientId;
  }
}

const LOOPBACK = ['http://localhost:8765/callback'];

const COMMON = {
  authFlows: {},
  accessTokenValidity: Duration.hours(1),
  idTokenValidity: Duration.hours(1),
  enableTokenRevocation: true,
  preventUserExistenceErrors: true,
} as const;
