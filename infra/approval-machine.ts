/**
 * The definition of the `approval` machine: asks, waits as long as an approval may stand, and tells how it ended; or
 * tells people of an event, for functions that may not tell them themselves.
 */
import type { Names } from './names.ts';
import { LAMBDA_TROUBLE } from './run-machine.ts';

export function approvalMachine(names: Names, approvalTtlSeconds: number) {
  const tell = (step: string, more: Record<string, string> = {}) => ({
    Type: 'Task',
    Resource: names.functionArn('ask-approval'),
    Parameters: { step, 'approval_id.$': '$.approval_id', ...more },
    ResultPath: null,
    Retry: [LAMBDA_TROUBLE],
    End: true,
  });
  return {
    Comment: 'Waits for humans; what they decided stands in the store, never in the output of this machine',
    StartAt: 'Begin',
    States: {
      // An execution either asks about one approval, or tells people of one event.
      Begin: {
        Type: 'Choice',
        Choices: [{ Variable: '$.event', IsPresent: true, Next: 'Tell' }],
        Default: 'Ask',
      },
      Tell: {
        Type: 'Task',
        Resource: names.functionArn('ask-approval'),
        Parameters: { step: 'tell', 'event.$': '$.event' },
        ResultPath: null,
        Retry: [LAMBDA_TROUBLE],
        End: true,
      },
      Ask: {
        Type: 'Task',
        Resource: `arn:${names.partition}:states:::lambda:invoke.waitForTaskToken`,
        TimeoutSeconds: approvalTtlSeconds,
        Parameters: {
          FunctionName: names.functionArn('ask-approval'),
          Payload: { step: 'ask', 'approval_id.$': '$.approval_id', 'task_token.$': '$$.Task.Token' },
        },
        // Whoever answers the token adds nothing: Decided reads the store.
        ResultPath: null,
        Retry: [LAMBDA_TROUBLE],
        Catch: [
          // Somebody voted before the token was stored.
          { ErrorEquals: ['AlreadyDecided'], ResultPath: '$.error', Next: 'Decided' },
          { ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'Expired' },
          { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' },
        ],
        Next: 'Decided',
      },
      Decided: tell('decided'),
      Expired: tell('expired'),
      Failed: tell('failed', { 'error.$': '$.error' }),
    },
  };
}
