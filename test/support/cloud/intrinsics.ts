/** Resolves the intrinsic functions of a template, as CloudFormation would, to ids that are always the same. */
import { fakeUuid } from './fake-ids.ts';

interface Pseudo {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
}

/** Logical id → properties without an intrinsic function. Throws for one that it does not know. */
export function resolveTemplate(
  resources: Readonly<Record<string, unknown>>,
  pseudo: Pseudo,
): ReadonlyMap<string, unknown> {
  const pseudoParameters: Readonly<Record<string, string>> = {
    'AWS::AccountId': pseudo.account,
    'AWS::Region': pseudo.region,
    'AWS::Partition': pseudo.partition,
    'AWS::URLSuffix': 'amazonaws.com',
  };

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (!isObject(value)) return value;
    const [key, ...more] = Object.keys(value);
    if (key !== undefined && more.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) {
      return intrinsic(key, value[key]);
    }
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolve(each)]));
  }

  function intrinsic(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref': {
        const id = String(argument);
        return pseudoParameters[id] ?? reference(id);
      }
      case 'Fn::GetAtt': {
        const [id, attribute] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
        return attributeOf(id ?? '', attribute ?? '');
      }
      case 'Fn::Join': {
        if (!Array.isArray(argument) || !Array.isArray(argument[1]))
          throw new TypeError('Fn::Join of no list');
        return argument[1].map((each) => String(resolve(each))).join(String(argument[0]));
      }
      case 'Fn::Sub': {
        if (typeof argument !== 'string') throw new TypeError('Fn::Sub with a map is not understood');
        return argument.replace(/\$\{([^}]+)\}/g, (_, each: string) =>
          each.includes('.') && !each.includes('::')
            ? String(intrinsic('Fn::GetAtt', each))
            : String(intrinsic('Ref', each)),
        );
      }
      default:
        throw new TypeError(`${name} is not understood`);
    }
  }

  /** The physical id: the name that the template gives, or a fake one. */
  function reference(id: string): string {
    const { type, properties } = resourceOf(id);
    const named = resolve(properties[NAMES[type] ?? '']);
    if (typeof named === 'string') {
      if (type === 'AWS::SecretsManager::Secret') return attributeOf(id, 'Id');
      if (type === 'AWS::SNS::Topic') return arn('sns', named);
      if (type === 'AWS::StepFunctions::StateMachine') return arn('states', `stateMachine:${named}`);
      if (type === 'AWS::IAM::ManagedPolicy')
        return `arn:${pseudo.partition}:iam::${pseudo.account}:policy/${named}`;
      return named;
    }
    switch (type) {
      case 'AWS::KMS::Key':
        return fakeUuid(id);
      case 'AWS::Cognito::UserPool':
        return `${pseudo.region}_${shortId(id)}`;
      case 'AWS::Cognito::UserPoolClient':
      case 'AWS::ApiGatewayV2::Api':
      case 'AWS::ApiGatewayV2::Integration':
        return shortId(id);
      default:
        return `${type.replace(/^AWS::|::/g, '').toLowerCase()}-${shortId(id)}`;
    }
  }

  function attributeOf(id: string, attribute: string): string {
    const { type, properties } = resourceOf(id);
    const named = String(resolve(properties[NAMES[type] ?? '']) ?? shortId(id));
    switch (`${type}.${attribute}`) {
      case 'AWS::IAM::Role.Arn':
        return `arn:${pseudo.partition}:iam::${pseudo.account}:role/${named}`;
      case 'AWS::KMS::Key.Arn':
        return arn('kms', `key/${fakeUuid(id)}`);
      case 'AWS::S3::Bucket.Arn':
        return `arn:${pseudo.partition}:s3:::${named}`;
      case 'AWS::DynamoDB::Table.Arn':
        return arn('dynamodb', `table/${named}`);
      case 'AWS::DynamoDB::Table.StreamArn':
        return arn('dynamodb', `table/${named}/stream/2025-01-01T00:00:00.000`);
      case 'AWS::Lambda::Function.Arn':
        return arn('lambda', `function:${named}`);
      case 'AWS::Logs::LogGroup.Arn':
        return arn('logs', `log-group:${named}:*`);
      case 'AWS::SQS::Queue.Arn':
        return arn('sqs', named);
      case 'AWS::SQS::Queue.QueueName':
        return named;
      case 'AWS::StepFunctions::StateMachine.Arn':
        return arn('states', `stateMachine:${named}`);
      case 'AWS::Events::Rule.Arn':
        return arn('events', `rule/${named}`);
      case 'AWS::Cognito::UserPool.Arn':
        return arn('cognito-idp', `userpool/${reference(id)}`);
      case 'AWS::Cognito::UserPoolClient.ClientSecret':
        return `secret-of-${shortId(id)}`;
      case 'AWS::SecretsManager::Secret.Id':
        return arn('secretsmanager', `secret:${named}-${shortId(id).slice(0, 6)}`);
      default:
        throw new TypeError(`${type}.${attribute} is not understood`);
    }
  }

  function resourceOf(id: string): { type: string; properties: Record<string, unknown> } {
    const resource = resources[id];
    if (!isObject(resource)) throw new TypeError(`${id} is not in the template`);
    return {
      type: String(resource.Type),
      properties: isObject(resource.Properties) ? resource.Properties : {},
    };
  }

  function arn(service: string, rest: string): string {
    return `arn:${pseudo.partition}:${service}:${pseudo.region}:${pseudo.account}:${rest}`;
  }

  return new Map(Object.keys(resources).map((id) => [id, resolve(resourceOf(id).properties)]));
}

/** The property in which a resource of a type is given its name. */
const NAMES: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::Events::Rule': 'Name',
  'AWS::CodeBuild::Project': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::Cognito::UserPoolDomain': 'Domain',
  'AWS::Cognito::UserPoolResourceServer': 'Identifier',
};

function shortId(id: string): string {
  return fakeUuid(id).replace(/-/g, '').slice(0, 10);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
