import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TABLE_ROLES, type TableRole } from '../lib/aws/record-places.ts';
import type { FunctionName, Names } from './names.ts';
import { READERS, WRITERS } from './record-access.ts';

/** Records, one table for each group of writers. */
export class Tables extends Construct {
  /** Every change of the audit, for the sealer. */
  readonly auditStream: string;

  constructor(scope: Construct, id: string, names: Names, key: IKey, kept: boolean) {
    super(scope, id);
    const tables = new Map(TABLE_ROLES.map((role) => [role, this.table(role, names, key, kept)]));
    const stream = tables.get('audit')?.tableStreamArn;
    if (stream === undefined) throw new Error('the audit table has no stream');
    this.auditStream = stream;
  }

  private table(role: TableRole, names: Names, key: IKey, kept: boolean): Table {
    const table = new Table(this, role, {
      tableName: names.table(role),
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: kept,
      removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      timeToLiveAttribute: 'ttl',
      ...(role === 'audit' ? { stream: StreamViewType.NEW_AND_OLD_IMAGES } : {}),
      resourcePolicy: new PolicyDocument({ statements: fences(role, names) }),
    });
    table.addGlobalSecondaryIndex({
      indexName: 'listed',
      partitionKey: { name: 'under', type: AttributeType.STRING },
      sortKey: { name: 'at', type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
    return table;
  }
}

const WRITES = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLUpdate',
];
const READS = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:Scan',
  'dynamodb:PartiQLSelect',
];
const DELETES = ['dynamodb:DeleteItem', 'dynamodb:PartiQLDelete'];

/**
 * Denies to everybody else what a role of the table may do, administrators included: another identity policy of
 * the account cannot open a table. What expires is deleted by DynamoDB itself.
 */
function fences(role: TableRole, names: Names): PolicyStatement[] {
  const fence = (sid: string, actions: string[], but: readonly FunctionName[]): PolicyStatement =>
    new PolicyStatement({
      sid,
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions,
      resources: ['*'],
      ...(but.length === 0
        ? {}
        : { conditions: { ArnNotEquals: { 'aws:PrincipalArn': but.map((each) => names.roleArn(each)) } } }),
    });
  return [
    fence('OnlyTheseWrite', WRITES, WRITERS[role]),
    fence('NobodyDeletes', DELETES, []),
    // Auditors read the audit with roles of their own.
    ...(role === 'audit'
      ? []
      : [fence('OnlyTheseRead', READS, [...new Set([...READERS[role], ...WRITERS[role]])])]),
  ];
}
