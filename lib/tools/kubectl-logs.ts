import * as z from 'zod';
import { isRefusal } from '../core/refusal.ts';
import { actAndAnswer } from './act-tool.ts';
import { namespace, podName } from './arguments.ts';
import { container, READS } from './kubectl-inputs.ts';
import { readPod, resourceName } from './kubectl-target.ts';
import { refused } from './result.ts';
import { defineTool } from './tool.ts';

export const kubectlLogs = defineTool({
  name: 'gateway_kubectl_logs',
  title: "Read a pod's logs",
  description: 'kubectl logs of one pod. What looks like a secret is removed.',
  annotations: READS,
  input: z.strictObject({
    pod: podName,
    namespace,
    container,
    tail: z.number().int().min(1).max(10_000).optional(),
    since: z
      .string()
      .regex(/^(?:\d{1,6}[smh]){1,3}$/, 'a duration such as 10m')
      .optional(),
    previous: z.boolean().default(false),
  }),
  handle: async (ctx, args, caller) => {
    const pod = readPod(args.pod);
    if (isRefusal(pod)) return refused(pod);
    return actAndAnswer(ctx, {
      caller,
      action: {
        kind: 'kubectl-logs',
        pod,
        namespace: args.namespace ?? null,
        container: args.container === undefined ? null : resourceName(args.container),
        tail: args.tail ?? null,
        since: args.since ?? null,
        previous: args.previous,
      },
      input: { manifest: null },
      planId: undefined,
    });
  },
});
