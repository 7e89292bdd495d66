import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { POLL_EVENT } from '../lib/aws/poll-event.ts';
import type { Names } from './names.ts';

interface EventsProps {
  readonly names: Names;
  readonly finishRun: IFunction;
  readonly askApproval: IFunction;
  readonly control: IFunction;
  /** How often ServiceNow is asked who decided there; 0: never, or it is not used. */
  readonly pollSeconds: number;
  readonly deadLetters: IQueue;
}

/** Ends that no machine reports of itself: whoever stops one, or lets it run out, bypasses its Catch. */
export class Events extends Construct {
  constructor(scope: Construct, id: string, props: EventsProps) {
    super(scope, id);
    const { names, finishRun, askApproval, control, pollSeconds, deadLetters } = props;
    const target = { deadLetterQueue: deadLetters, retryAttempts: 24, maxEventAge: Duration.hours(6) };
    new Rule(this, 'run-ended', {
      ruleName: `${names.prefix}-run-ended`,
      description: 'Executions of the run machine that were aborted, timed out or failed are closed',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [names.machineArn('run')],
          status: ['ABORTED', 'TIMED_OUT', 'FAILED'],
        },
      },
      targets: [new LambdaFunction(finishRun, target)],
    });
    new Rule(this, 'sweep', {
      ruleName: `${names.prefix}-sweep`,
      description: 'Runs whose machine is long gone are closed',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [
        new LambdaFunction(finishRun, { ...target, event: RuleTargetInput.fromObject({ sweep: true }) }),
      ],
    });
    new Rule(this, 'owed', {
      ruleName: `${names.prefix}-owed`,
      description: 'Notices that could not be sent are sent, and people are reminded',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [
        new LambdaFunction(askApproval, { ...target, event: RuleTargetInput.fromObject({ step: 'work' }) }),
      ],
    });
    if (pollSeconds === 0) return;
    new Rule(this, 'servicenow', {
      ruleName: `${names.prefix}-servicenow`,
      description: 'ServiceNow is asked who approved or rejected there',
      // Rules count in minutes.
      schedule: Schedule.rate(Duration.minutes(Math.ceil(pollSeconds / 60))),
      targets: [
        new LambdaFunction(control, {
          event: RuleTargetInput.fromObject(POLL_EVENT),
          deadLetterQueue: deadLetters,
          // The next one asks for the same.
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }
}
