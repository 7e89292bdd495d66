import { RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { FunctionName, Names } from './names.ts';

/** Who may use a key for what it is for; nobody else, whatever an identity policy of the account says. */
const USERS: Readonly<Record<'votes' | 'seals' | 'mac', readonly FunctionName[]>> = {
  votes: ['control'],
  seals: ['seal-audit'],
  mac: ['control', 'ask-approval', 'authorize-run', 'finish-run'],
};

/** The four keys of an environment: votes and seals are signed, MACs made, data encrypted. */
export class Keys extends Construct {
  readonly votes: Key;
  readonly seals: Key;
  readonly mac: Key;
  readonly data: Key;

  constructor(scope: Construct, id: string, names: Names, kept: boolean) {
    super(scope, id);
    const removalPolicy = kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const signing = (name: 'votes' | 'seals', description: string): Key => {
      const key = new Key(this, name, {
        alias: names.alias(name),
        description,
        keySpec: KeySpec.ECC_NIST_P256,
        keyUsage: KeyUsage.SIGN_VERIFY,
        removalPolicy,
      });
      key.addToResourcePolicy(onlyFor(names, USERS[name], ['kms:Sign']));
      return key;
    };
    this.votes = signing('votes', 'Signs what humans decide: votes, overrides, break-glass');
    this.seals = signing('seals', 'Signs checkpoints of the audit chains');
    this.mac = new Key(this, 'mac', {
      alias: names.alias('mac'),
      description: 'Derives the keys of digests and links',
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy,
    });
    this.mac.addToResourcePolicy(onlyFor(names, USERS.mac, ['kms:GenerateMac', 'kms:VerifyMac']));
    this.data = new Key(this, 'data', {
      alias: names.alias('data'),
      description: 'Encrypts tables, buckets, logs and alarms',
      enableKeyRotation: true,
      removalPolicy,
    });
    this.data.addToResourcePolicy(forLogs(names));
    this.data.addToResourcePolicy(forAlarms(names));
  }
}

/**
 * Denies an act to every principal but these roles. A condition, not a list of principals: it holds for grants,
 * for later roles and for administrators, and the key can be made before the roles are.
 */
function onlyFor(names: Names, roles: readonly FunctionName[], actions: string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'OnlyTheseRoles',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions,
    resources: ['*'],
    conditions: { ArnNotEquals: { 'aws:PrincipalArn': roles.map((role) => names.roleArn(role)) } },
  });
}

function forLogs(names: Names): PolicyStatement {
  return new PolicyStatement({
    sid: 'LogGroupsOfThisGateway',
    principals: [new ServicePrincipal(`logs.${names.region}.amazonaws.com`)],
    actions: [
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
      'kms:GenerateDataKey',
      'kms:DescribeKey',
    ],
    resources: ['*'],
    conditions: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': [
          names.logArn(names.functionLog('mcp').replace(/mcp$/, '*')),
          names.logArn(names.vendedLog('*')),
        ],
      },
    },
  });
}

/** CloudWatch publishes alarms to an encrypted topic with its own hands. */
function forAlarms(names: Names): PolicyStatement {
  return new PolicyStatement({
    sid: 'AlarmsOfThisAccount',
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:SourceAccount': names.account } },
  });
}
