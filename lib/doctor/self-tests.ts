/** Every self-test, group by group. */
import { KUBERNETES_GATES } from './checks/kubernetes-gates.ts';
import { PLAN_LIFECYCLE } from './checks/plan-lifecycle.ts';
import { SHELL_PATTERNS } from './checks/shell-patterns.ts';
import { TERRAFORM_ENFORCEMENT } from './checks/terraform-enforcement.ts';
import { TOOL_EXPOSURE } from './checks/tool-exposure.ts';
import type { SelfTest } from './self-test.ts';

export const SELF_TESTS: readonly SelfTest[] = [
  ...TOOL_EXPOSURE,
  ...TERRAFORM_ENFORCEMENT,
  ...PLAN_LIFECYCLE,
  ...KUBERNETES_GATES,
  ...SHELL_PATTERNS,
];
