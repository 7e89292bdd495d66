/** The 14 tools, in the order in which agents see them. */
import { checkApproval } from './check-approval.ts';
import { getPlan } from './get-plan.ts';
import { kubectlTools } from './kubectl.ts';
import { requestApproval } from './request-approval.ts';
import { shellExec } from './shell-exec.ts';
import { terraformApply } from './terraform-apply.ts';
import { terraformDestroy } from './terraform-destroy.ts';
import { terraformPlan } from './terraform-plan.ts';
import type { Tool } from './tool.ts';

export const TOOLS: readonly Tool[] = [
  terraformPlan,
  terraformApply,
  terraformDestroy,
  ...kubectlTools,
  shellExec,
  requestApproval,
  checkApproval,
  getPlan,
];

export function findTool(name: string): Tool | null {
  return TOOLS.find((tool) => tool.name === name) ?? null;
}
