import * as z from 'zod';
import type { Action } from '../core/action.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import { parseRootPath } from '../core/root-path.ts';
import { actAndAnswer } from './act-tool.ts';
import { line, namespace } from './arguments.ts';
import { approvedPlan, CHANGES } from './kubectl-inputs.ts';
import { refused } from './result.ts';
import { defineTool } from './tool.ts';

export const kubectlApply = defineTool({
  name: 'gateway_kubectl_apply',
  title: 'Apply a Kubernetes manifest',
  description:
    'Freezes the manifest, asks the cluster what it would change, and applies it as policy and humans allow. Give file or manifest, not both.',
  annotations: { ...CHANGES, idempotentHint: true },
  input: z.strictObject({
    file: line(1024).optional().describe('Manifest file, relative to the root. No folder, no URL.'),
    manifest: z.string().min(1).max(262_144).optional().describe('YAML or JSON text, one or more documents.'),
    namespace,
    dry_run: z.enum(['none', 'client', 'server']).default('none'),
    plan_id: approvedPlan,
  }),
  handle: async (ctx, args, caller) => {
    const manifest = readSource(args);
    if (isRefusal(manifest)) return refused(manifest);
    return actAndAnswer(ctx, {
      caller,
      action: {
        kind: 'kubectl-apply',
        manifest,
        namespace: args.namespace ?? null,
        dryRun: args.dry_run,
      },
      input: { manifest: args.manifest ?? null },
      planId: args.plan_id,
    });
  },
});

function readSource(args: {
  file?: string | undefined;
  manifest?: string | undefined;
  plan_id?: string | undefined;
}): Extract<Action, { kind: 'kubectl-apply' }>['manifest'] | Refusal {
  const { file: path, manifest, plan_id } = args;
  // With a plan_id both may be left out: the manifest is the one that was frozen then.
  const given = [path, manifest].filter((each) => each !== undefined).length;
  if (given > 1 || (given === 0 && plan_id === undefined)) {
    return refuse('invalid_arguments', 'file, manifest: give exactly one of them.');
  }
  if (args.file === undefined) return { from: 'argument' };
  if (/^[a-z][a-z0-9+.-]*:/i.test(args.file) || args.file === '-') {
    return refuse(
      'invalid_arguments',
      'file: only files inside the root are applied, never an address. Fetch it, look at it, and put it there.',
    );
  }
  const file = parseRootPath(args.file);
  if (file === null) {
    return refuse(
      'path_outside_root',
      `file ${JSON.stringify(args.file)} is not a path inside the root. Give it relative to the root, without "..".`,
    );
  }
  return { from: 'file', file };
}
