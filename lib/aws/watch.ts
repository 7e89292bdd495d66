/** What operators see of a function: structured log lines, and metrics that alarms hang on. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { AuditLog } from '../ports/audit-log.ts';

export interface Watch {
  /** Something broke or is odd; nothing secret. */
  readonly report: (message: string) => void;
  /** Counts what alarms watch. Written out at once. */
  readonly measure: (name: MetricName, value: number) => void;
  /** Gives every further line the name of what is being worked on. */
  readonly about: (keys: Readonly<Record<string, string>>) => void;
}

export type MetricName =
  | 'RunFailed'
  | 'ApprovalWaitingSeconds'
  | 'AuditTampered'
  | 'AuditUnavailable'
  | 'SealLagSeconds'
  | 'BreakGlassUsed'
  | 'PlanRewritten'
  | 'PollFailed';

export function openWatch(service: string, environment: string): Watch {
  const logger = new Logger({ serviceName: service, persistentKeys: { environment } });
  const metrics = new Metrics({ namespace: 'Recourse/Gateway' });
  return {
    report: (message) => logger.warn(message.slice(0, 8_000)),
    measure: (name, value) => {
      const metric = metrics.singleMetric();
      // One dimension, for alarms hang on all functions together: the service would make each its own metric.
      metric.clearDefaultDimensions();
      metric.addDimension('environment', environment);
      metric.addMetric(name, name.endsWith('Seconds') ? MetricUnit.Seconds : MetricUnit.Count, value);
    },
    about: (keys) => {
      logger.resetKeys();
      logger.appendKeys({ ...keys });
    },
  };
}

/** What goes through the audit is what is counted: there is no second account of what happened. */
export function watchedAudit(audit: AuditLog, watch: Pick<Watch, 'measure'>): AuditLog {
  return {
    append: async (body) => {
      try {
        const ref = await audit.append(body);
        const metric = COUNTED[body.type];
        if (metric !== undefined) watch.measure(metric, 1);
        return ref;
      } catch (failure) {
        watch.measure('AuditUnavailable', 1);
        throw failure;
      }
    },
  };
}

/** Type of an event → what it counts as. */
export const COUNTED: Readonly<Record<string, MetricName>> = {
  'run.failed': 'RunFailed',
  'run.interrupted': 'RunFailed',
  'alarm.break_glass': 'BreakGlassUsed',
  'alarm.plan_rewritten': 'PlanRewritten',
};
