import * as z from 'zod';
import { isRefusal } from '../core/refusal.ts';
import { actAndAnswer } from './act-tool.ts';
import { namespace, objectName, resourceType } from './arguments.ts';
import { approvedPlan, CHANGES } from './kubectl-inputs.ts';
import { readNamedTarget } from './kubectl-target.ts';
import { refused } from './result.ts';
import { defineTool } from './tool.ts';

export const kubectlScale = defineTool({
  name: 'gateway_kubectl_scale',
  title: 'Scale a Kubernetes workload',
  description: 'Sets the number of replicas. Scaling to zero asks a human first.',
  annotations: { ...CHANGES, idempotentHint: true },
  input: z.strictObject({
    resource: resourceType,
    name: objectName,
    namespace,
    replicas: z.number().int().min(0).max(100_000),
    plan_id: approvedPlan,
  }),
  handle: async (ctx, args, caller) => {
    const target = readNamedTarget(args);
    if (isRefusal(target)) return refused(target);
    return actAndAnswer(ctx, {
      caller,
      action: {
        kind: 'kubectl-scale',
        ...target,
        namespace: args.namespace ?? null,
        replicas: args.replicas,
      },
      input: { manifest: null },
      planId: args.plan_id,
    });
  },
});
