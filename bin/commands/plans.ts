/** `recourse plans list|show`. */
import { actionWords } from '../../lib/control/pages/action.ts';
import { clockTime, fromNow, visible, visibleLines } from '../../lib/control/pages/text.ts';
import type { PlanOutput, PlanView } from '../../lib/control/plans.ts';
import type { RunView } from '../../lib/control/runs.ts';
import { type WhichControl, withControl } from '../control-client.ts';
import { decisionText, evaluationText } from '../text/evaluation-text.ts';
import { table } from '../text/table.ts';

type Options = WhichControl & { json?: boolean };
type ShownPlan = PlanView & { readonly output: PlanOutput; readonly run: RunView | null };

export async function list(options: Options & { limit: string }): Promise<void> {
  const page = await withControl(options, (control) =>
    control.get(`/api/plans?limit=${encodeURIComponent(options.limit)}`),
  );
  const plans: readonly PlanView[] = page.plans;
  if (options.json) return print(JSON.stringify(page, null, 2));
  if (plans.length === 0) return print('nothing was planned yet');
  const now = new Date();
  print(
    table(
      [
        { title: 'plan' },
        { title: 'state' },
        { title: 'what', flexible: true },
        { title: 'agent', flexible: true },
        { title: 'made' },
      ],
      plans.map((plan) => [
        plan.plan_id,
        plan.expired ? `${plan.state}, expired` : plan.state,
        whatOf(plan),
        visible(plan.caller.agent),
        fromNow(plan.created_at, now),
      ]),
    ),
  );
}

export async function show(id: string, options: Options): Promise<void> {
  const plan: ShownPlan = await withControl(options, (control) =>
    control.get(`/api/plans/${encodeURIComponent(id)}`),
  );
  print(options.json ? JSON.stringify(plan, null, 2) : planText(plan));
}

function planText(plan: ShownPlan): string {
  const { facts, command } = actionWords(plan.action);
  const judged = 'decision' in plan ? plan : null;
  return [
    `plan ${plan.plan_id}: ${plan.state}${plan.expired ? ', expired' : ''}`,
    `what         ${whatOf(plan)}`,
    ...facts.map(([label, value]) => `${label.toLowerCase().padEnd(12)} ${visible(value)}`),
    ...(command === null ? [] : [`command      ${visible(command)}`]),
    `made by      ${visible(plan.caller.agent)}${plan.caller.human === null ? '' : ` for ${visible(plan.caller.human)}`}, ${clockTime(plan.created_at)}`,
    `expires      ${clockTime(plan.expires_at)}`,
    ...(plan.run === null ? [] : [`run          ${plan.run.run_id}: ${plan.run.state}`]),
    ...(plan.state === 'plan_failed'
      ? [`failed       ${plan.failure.code}: ${visible(plan.failure.message)}`]
      : []),
    ...(judged === null ? [] : ['', decisionText(judged.decision, judged.reasons)]),
    ...(judged?.evaluation ? ['', evaluationText(judged.evaluation)] : []),
    ...(plan.output.kind === 'text' && plan.output.text !== '' ? ['', visibleLines(plan.output.text)] : []),
  ].join('\n');
}

function whatOf(plan: PlanView): string {
  const { does, where } = actionWords(plan.action);
  return visible(where === '' ? does : `${does} (${where})`);
}

function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}
