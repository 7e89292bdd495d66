import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FUNCTIONS, MACHINES, type Names } from './names.ts';

interface AlarmsProps {
  readonly names: Names;
  readonly environment: string;
  readonly email: string;
  readonly key: IKey;
  readonly deadLetters: IQueue;
  /** Whether ServiceNow is asked who decided there. */
  readonly polls: boolean;
  /** Ids of the HTTP APIs by name. */
  readonly apis: ReadonlyMap<string, string>;
}

interface Watch {
  readonly name: string;
  readonly says: string;
  readonly metric: IMetric;
  /** It alarms at this and above. */
  readonly at: number;
  readonly periods?: number;
}

/** What an operator must hear of: one topic, one e-mail address. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { names, key, email } = props;
    const topic = new Topic(this, 'topic', {
      topicName: `${names.prefix}-alarms`,
      displayName: `${names.prefix} alarms`,
      masterKey: key,
      enforceSSL: true,
    });
    // A topic with a policy of its own has lost the default one, by which alarms could publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { ArnLike: { 'aws:SourceArn': names.arn('cloudwatch', `alarm:${names.prefix}-*`) } },
      }),
    );
    topic.addSubscription(new EmailSubscription(email));
    for (const { name, says, metric, at, periods } of watches(props)) {
      const alarm = new Alarm(this, name, {
        alarmName: `${names.prefix}-${name}`,
        alarmDescription: says,
        metric,
        threshold: at,
        evaluationPeriods: periods ?? 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(topic));
    }
  }
}

function watches({ names, environment, deadLetters, polls, apis }: AlarmsProps): Watch[] {
  const own = (metricName: string, statistic: 'Sum' | 'Maximum'): IMetric =>
    new Metric({
      namespace: 'Recourse/Gateway',
      metricName,
      statistic,
      period: Duration.minutes(5),
      dimensionsMap: { environment },
    });
  const of = (
    namespace: string,
    metricName: string,
    dimensionsMap: Record<string, string>,
    statistic = 'Sum',
  ): IMetric => new Metric({ namespace, metricName, statistic, period: Duration.minutes(5), dimensionsMap });
  return [
    { name: 'run-failed', says: 'A run failed or was interrupted.', metric: own('RunFailed', 'Sum'), at: 1 },
    {
      name: 'approval-waiting',
      says: 'An approval has waited for an hour: somebody must decide, or it expires.',
      metric: own('ApprovalWaitingSeconds', 'Maximum'),
      at: 3_600,
    },
    {
      name: 'audit-tampered',
      says: 'An audit event was modified or removed. Run `recourse audit verify` and keep the account as it is.',
      metric: own('AuditTampered', 'Sum'),
      at: 1,
    },
    {
      name: 'audit-unavailable',
      says: 'Audit events could not be written, so calls were refused.',
      metric: own('AuditUnavailable', 'Sum'),
      at: 1,
    },
    {
      name: 'seal-late',
      says: 'Audit events have waited for 15 minutes to be sealed.',
      metric: own('SealLagSeconds', 'Maximum'),
      at: 900,
    },
    {
      name: 'seal-stream-late',
      says: 'The sealer has not read the audit stream for 15 minutes; after a day events would leave it.',
      metric: of('AWS/Lambda', 'IteratorAge', { FunctionName: names.function('seal-audit') }, 'Maximum'),
      at: 900_000,
    },
    {
      name: 'break-glass-used',
      says: 'A human let a plan run that policy or the approvers had not. A review is open.',
      metric: own('BreakGlassUsed', 'Sum'),
      at: 1,
    },
    {
      name: 'plan-rewritten',
      says: 'A plan’s record is not what was judged. Whoever serves agents writes those: look at the mcp function as one that was taken over.',
      metric: own('PlanRewritten', 'Sum'),
      at: 1,
    },
    ...(polls
      ? [
          {
            name: 'servicenow-unasked',
            says: 'ServiceNow could not be asked for a quarter of an hour who decided there.',
            metric: own('PollFailed', 'Sum'),
            at: 1,
            periods: 3,
          },
        ]
      : []),
    {
      name: 'dead-letters',
      says: 'An event could not be handled and waits in the dead-letter queue.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      at: 1,
    },
    ...FUNCTIONS.flatMap((name) => [
      {
        name: `${name}-errors`,
        says: `${name} failed.`,
        metric: of('AWS/Lambda', 'Errors', { FunctionName: names.function(name) }),
        at: name === 'mcp' || name === 'control' ? 3 : 1,
      },
      {
        name: `${name}-throttled`,
        says: `${name} was throttled: raise the account’s Lambda concurrency.`,
        metric: of('AWS/Lambda', 'Throttles', { FunctionName: names.function(name) }),
        // The sealer is one at a time on purpose, and is called again when it is busy.
        at: name === 'seal-audit' ? 100 : 1,
      },
    ]),
    ...MACHINES.map((name) => ({
      name: `machine-${name}-failed`,
      says: `An execution of the ${name} machine failed.`,
      metric: of('AWS/States', 'ExecutionsFailed', { StateMachineArn: names.machineArn(name) }),
      at: 1,
    })),
    ...[...apis].map(([name, apiId]) => ({
      name: `api-${name}-failing`,
      says: `The ${name} API answered with server errors.`,
      metric: of('AWS/ApiGateway', '5xx', { ApiId: apiId }),
      at: 5,
    })),
  ];
}
