/** The 14 tools, in the order in which agents see them. */
import { checkApproval } from './check-approval.ts';
import { getPlan } from './get-plan.ts';
import { kubectlApply } from './kubectl-apply.ts';
import { kubectlDelete } from './kubectl-delete.ts';
import { kubectlDescribe } from './kubectl-describe.ts';
import { kubectlExec } from './kubectl-exec.ts';
import { kubectlGet } from './kubectl-get.ts';
import { kubectlLogs } from './kubectl-logs.ts';
import { kubectlScale } from './kubectl-scale.ts';
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
  kubectlGet,
  kubectlLogs,
  kubectlDescribe,
  kubectlApply,
  kubectlDelete,
  kubectlScale,
  kubectlExec,
  shellExec,
  requestApproval,
  checkApproval,
  getPlan,
];

export function findTool(name: string): Tool | null {
  return TOOLS.find((tool) => tool.name === name) ?? null;
}
