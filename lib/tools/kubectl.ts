/** The seven kubectl tools. They are listed and strict; what runs them is not part of this build. */
import { z } from 'zod';
import { refuse } from '../core/refusal.ts';
import { line, namespace, objectName, planId, resourceType } from './arguments.ts';
import { refused } from './result.ts';
import { defineTool, type Tool, type ToolAnnotations } from './tool.ts';

const READS: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
};
const DESTROYS: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

const approvedPlan = planId.optional().describe('The plan_id of this same call, once humans approved it.');
const container = objectName.optional();

export const kubectlTools: readonly Tool[] = [
  kubectl({
    name: 'gateway_kubectl_get',
    title: 'Read Kubernetes objects',
    description: 'kubectl get. Secret values are masked in every output format.',
    annotations: READS,
    input: z.strictObject({
      resource: resourceType,
      name: objectName.optional(),
      namespace,
      selector: line(1024).optional(),
      output: z.enum(['json', 'yaml', 'wide', 'name']).default('wide'),
      all_namespaces: z.boolean().default(false),
    }),
  }),
  kubectl({
    name: 'gateway_kubectl_logs',
    title: "Read a pod's logs",
    description: 'kubectl logs. What looks like a secret is removed.',
    annotations: READS,
    input: z.strictObject({
      pod: objectName,
      namespace,
      container,
      tail: z.number().int().min(1).max(10_000).optional(),
      since: z
        .string()
        .regex(/^\d{1,6}[smh]$/, 'a duration such as 10m')
        .optional(),
      previous: z.boolean().default(false),
    }),
  }),
  kubectl({
    name: 'gateway_kubectl_describe',
    title: 'Describe a Kubernetes object',
    description: 'kubectl describe. What looks like a secret is removed.',
    annotations: READS,
    input: z.strictObject({ resource: resourceType, name: objectName, namespace }),
  }),
  kubectl({
    name: 'gateway_kubectl_apply',
    title: 'Apply a Kubernetes manifest',
    description:
      'Freezes the manifest, says what it would change, and applies it as policy and humans allow.',
    annotations: { ...DESTROYS, idempotentHint: true },
    input: z.strictObject({
      file: line(1024).optional(),
      manifest: z.string().max(262_144).optional(),
      namespace,
      dry_run: z.enum(['none', 'client', 'server']).default('none'),
      plan_id: approvedPlan,
    }),
  }),
  kubectl({
    name: 'gateway_kubectl_delete',
    title: 'Delete a Kubernetes object',
    description: 'Deletes one object. Always asks a human first.',
    annotations: DESTROYS,
    input: z.strictObject({ resource: resourceType, name: objectName, namespace, plan_id: approvedPlan }),
  }),
  kubectl({
    name: 'gateway_kubectl_scale',
    title: 'Scale a Kubernetes workload',
    description: 'Sets the number of replicas. Scaling to zero asks a human first.',
    annotations: { ...DESTROYS, idempotentHint: true },
    input: z.strictObject({
      resource: resourceType,
      name: objectName,
      namespace,
      replicas: z.number().int().min(0).max(100_000),
      plan_id: approvedPlan,
    }),
  }),
  kubectl({
    name: 'gateway_kubectl_exec',
    title: 'Run a command in a pod',
    description: 'Runs one command, given as an argument list, in a container. Always asks a human first.',
    annotations: DESTROYS,
    input: z.strictObject({
      pod: objectName,
      command: z.array(z.string().max(8192)).min(1).max(100),
      namespace,
      container,
      plan_id: approvedPlan,
    }),
  }),
];

function kubectl(
  tool: Pick<Tool, 'name' | 'title' | 'description' | 'annotations'> & { input: z.ZodType },
): Tool {
  return defineTool({
    ...tool,
    handle: async () =>
      refused(
        refuse('tool_unavailable', 'This build of the gateway has no kubectl lane. Use the terraform tools.'),
      ),
  });
}
