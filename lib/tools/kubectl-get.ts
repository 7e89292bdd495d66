import * as z from 'zod';
import { isRefusal, refuse } from '../core/refusal.ts';
import { actAndAnswer } from './act-tool.ts';
import { line, namespace, objectName, resourceType } from './arguments.ts';
import { READS } from './kubectl-inputs.ts';
import { readTarget } from './kubectl-target.ts';
import { refused } from './result.ts';
import { defineTool } from './tool.ts';

export const kubectlGet = defineTool({
  name: 'gateway_kubectl_get',
  title: 'Read Kubernetes objects',
  description:
    'kubectl get in the namespace "default" unless another is named. Secret values are masked in every output format.',
  annotations: READS,
  input: z.strictObject({
    resource: resourceType,
    name: objectName.optional(),
    namespace,
    selector: line(1024).optional(),
    output: z.enum(['json', 'yaml', 'wide', 'name']).default('wide'),
    all_namespaces: z.boolean().default(false),
  }),
  handle: async (ctx, args, caller) => {
    const target = readTarget(args);
    if (isRefusal(target)) return refused(target);
    const { selector, output } = args;
    if (args.all_namespaces && (args.namespace !== undefined || target.name !== null)) {
      return refused(
        refuse('invalid_arguments', 'all_namespaces: leave out namespace and name, or leave this out.'),
      );
    }
    if (selector !== undefined && target.name !== null) {
      return refused(refuse('invalid_arguments', 'selector: leave out name, or leave this out.'));
    }
    return actAndAnswer(ctx, {
      caller,
      action: {
        kind: 'kubectl-get',
        ...target,
        namespace: args.namespace ?? null,
        selector: selector ?? null,
        output,
        allNamespaces: args.all_namespaces,
      },
      input: { manifest: null },
      planId: undefined,
    });
  },
});
