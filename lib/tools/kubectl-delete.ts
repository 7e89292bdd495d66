import * as z from 'zod';
import { isRefusal } from '../core/refusal.ts';
import { actAndAnswer } from './act-tool.ts';
import { namespace, objectName, resourceType } from './arguments.ts';
import { approvedPlan, CHANGES } from './kubectl-inputs.ts';
import { readNamedTarget } from './kubectl-target.ts';
import { refused } from './result.ts';
import { defineTool } from './tool.ts';

export const kubectlDelete = defineTool({
  name: 'gateway_kubectl_delete',
  title: 'Delete a Kubernetes object',
  description: 'Deletes one object. Always asks a human first, and says what would be lost.',
  annotations: CHANGES,
  input: z.strictObject({ resource: resourceType, name: objectName, namespace, plan_id: approvedPlan }),
  handle: async (ctx, args, caller) => {
    const target = readNamedTarget(args);
    if (isRefusal(target)) return refused(target);
    return actAndAnswer(ctx, {
      caller,
      action: { kind: 'kubectl-delete', ...target, namespace: args.namespace ?? null },
      input: { manifest: null },
      planId: args.plan_id,
    });
  },
});
