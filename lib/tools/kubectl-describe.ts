import * as z from 'zod';
import { isRefusal } from '../core/refusal.ts';
import { actAndAnswer } from './act-tool.ts';
import { namespace, objectName, resourceType } from './arguments.ts';
import { READS } from './kubectl-inputs.ts';
import { readNamedTarget } from './kubectl-target.ts';
import { refused } from './result.ts';
import { defineTool } from './tool.ts';

export const kubectlDescribe = defineTool({
  name: 'gateway_kubectl_describe',
  title: 'Describe a Kubernetes object',
  description: 'kubectl describe. What looks like a secret is removed.',
  annotations: READS,
  input: z.strictObject({ resource: resourceType, name: objectName, namespace }),
  handle: async (ctx, args, caller) => {
    const target = readNamedTarget(args);
    if (isRefusal(target)) return refused(target);
    return actAndAnswer(ctx, {
      caller,
      action: { kind: 'kubectl-describe', ...target, namespace: args.namespace ?? null },
      input: { manifest: null },
      planId: undefined,
    });
  },
});
