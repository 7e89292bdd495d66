/** What the scan and the plan say together, and what policy makes of it. */
import type { Action } from '../action.ts';
import type { Assessment, Finding } from '../finding.ts';
import type { OwnMatcher } from '../own.ts';
import { decide, type Verdict } from '../policy/decide.ts';
import type { Policy } from '../policy/policy.ts';
import type { AppliedHistory } from './applied-history.ts';
import { codeAtApply } from './code-at-apply.ts';
import { assessTerraformPlan, destroysEverything } from './consequences.ts';
import { parseTerraformPlan, type TerraformPlan } from './plan-json.ts';

export interface TerraformJudgement {
  readonly plan: TerraformPlan;
  readonly assessment: Assessment;
  readonly verdict: Verdict;
}

/**
 * Judges a saved plan from its JSON and from what the scan of its source found. A plan that cannot be read
 * is a problem, never a decision.
 */
export function judgeTerraformPlan(input: {
  readonly action: Action;
  readonly environment: string;
  readonly policy: Policy;
  readonly planJson: unknown;
  readonly scan: readonly Finding[];
  readonly history: AppliedHistory;
  /** What belongs to the gateway: a plan that touches it is blocked, whatever policy says. */
  readonly own: OwnMatcher;
  /** Names of variables whose values are shown nowhere, whatever the configuration says of them. */
  readonly secretVariables?: readonly string[];
}):
  | { readonly ok: true; readonly judgement: TerraformJudgement }
  | { readonly ok: false; readonly problem: string } {
  const parsed = parseTerraformPlan(input.planJson);
  if (!parsed.ok) return parsed;
  const assessment = assessTerraformPlan(parsed.plan, input.history, input.own, input.secretVariables);
  const findings = [
    ...input.scan,
    ...assessment.findings,
    ...wholePlan(parsed.plan),
    ...codeAtApply(parsed.plan),
    ...unrefreshed(input.action),
  ];
  const verdict = decide(input.action, input.environment, input.policy, findings);
  return { ok: true, judgement: { plan: parsed.plan, assessment, verdict } };
}

function wholePlan(plan: TerraformPlan): Finding[] {
  if (!destroysEverything(plan)) return [];
  return [
    {
      rule: 'destroys_everything',
      class: 'terraform_destroy',
      tier: null,
      address: '',
      why: 'The plan deletes everything that this workspace manages, which is a destroy by another name.',
      evidence: [],
    },
  ];
}

/** Without a refresh the plan compares with what the state says, and on one machine agents can write the state. */
function unrefreshed(action: Action): Finding[] {
  if (!('args' in action) || !action.args.some((each) => each.flag === 'refresh' && !each.on)) return [];
  return [
    {
      rule: 'not_refreshed',
      class: 'incomplete_plan',
      tier: 5,
      address: '',
      why: 'The plan was made with -refresh=false: it shows changes against what the state says, not against what there is.',
      evidence: [],
    },
  ];
}
