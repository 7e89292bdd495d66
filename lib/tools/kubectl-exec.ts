import * as z from 'zod';
import { isRefusal } from '../core/refusal.ts';
import { actAndAnswer } from './act-tool.ts';
import { namespace, podName } from './arguments.ts';
import { approvedPlan, CHANGES, container } from './kubectl-inputs.ts';
import { readPod, resourceName } from './kubectl-target.ts';
import { refused } from './result.ts';
import { defineTool } from './tool.ts';

export const kubectlExec = defineTool({
  name: 'gateway_kubectl_exec',
  title: 'Run a command in a pod',
  description: 'Runs one command, given as an argument list, in a container. Always asks a human first.',
  annotations: CHANGES,
  input: z.strictObject({
    pod: podName,
    command: z
      .array(
        z
          .string()
          .max(8192)
          .refine((text) => !text.includes('\0'), 'must not hold a NUL'),
      )
      .min(1)
      .max(100),
    namespace,
    container,
    plan_id: approvedPlan,
  }),
  handle: async (ctx, args, caller) => {
    const pod = readPod(args.pod);
    if (isRefusal(pod)) return refused(pod);
    return actAndAnswer(ctx, {
      caller,
      action: {
        kind: 'kubectl-exec',
        pod,
        command: args.command,
        namespace: args.namespace ?? null,
        container: args.container === undefined ? null : resourceName(args.container),
      },
      input: { manifest: null },
      planId: args.plan_id,
    });
  },
});
