/** The policy of a deployment, as those read it that decide: from the text that the operator wrote. */
import { parsePolicy } from '../core/policy/parse.ts';
import type { PolicyReader } from './deployment.ts';

export const parsedPolicy: PolicyReader = (_folder, config) => {
  const parsed = parsePolicy(config.policy_text);
  if (parsed.ok) return parsed.policy;
  throw new Error(`the deployed policy is not valid: ${parsed.problems[0]?.message ?? 'unknown'}`);
};
