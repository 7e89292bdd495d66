import * as z from 'zod';
import { planId } from './arguments.ts';
import { runAndAnswer } from './run-tool.ts';
import { defineTool } from './tool.ts';

export const terraformApply = defineTool({
  name: 'gateway_terraform_apply',
  title: 'Apply an approved terraform plan',
  description:
    'Applies exactly the plan that plan_id names, once. Refused until the approvals that policy asks for are there, and whenever anything differs from what was approved.',
  input: z.strictObject({ plan_id: planId }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  handle: (ctx, args, caller) =>
    runAndAnswer(ctx, args.plan_id, caller, ['terraform-apply', 'terraform-destroy']),
});
