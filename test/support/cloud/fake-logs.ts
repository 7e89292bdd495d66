/** CloudWatch Logs. */
import { type AwsService, jsonService, ServiceError, text } from './service.ts';

/** `events` gives the lines of a stream, oldest first. */
export function fakeLogs(
  account: string,
  region: string,
  events: (group: string, stream: string) => readonly string[] | null,
): AwsService {
  return jsonService('logs', 'Logs_20140328', '1.1', {
    GetLogEvents: {
      needs: (input) => [
        {
          action: 'logs:GetLogEvents',
          resource: `arn:aws:logs:${region}:${account}:log-group:${text(input, 'logGroupName')}:log-stream:${text(input, 'logStreamName')}`,
        },
      ],
      answer(input) {
        const lines = events(text(input, 'logGroupName'), text(input, 'logStreamName'));
        if (lines === null) {
          throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
        }
        const limit = typeof input.limit === 'number' ? input.limit : 10_000;
        const shown = input.startFromHead === true ? lines.slice(0, limit) : lines.slice(-limit);
        return {
          events: shown.map((message, index) => ({ timestamp: index, ingestionTime: index, message })),
          nextForwardToken: 'f/end',
          nextBackwardToken: 'b/end',
        };
      },
    },
  });
}
