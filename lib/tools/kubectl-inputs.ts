/** What the seven kubectl tools have in common. */
import { objectName, planId } from './arguments.ts';
import type { ToolAnnotations } from './tool.ts';

export const READS: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
};

export const CHANGES: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

export const approvedPlan = planId
  .optional()
  .describe('The plan_id of this same call, once humans approved it.');

export const container = objectName.optional();
