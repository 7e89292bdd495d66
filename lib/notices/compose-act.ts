/** What people are told of break-glass, its review, and overrides. */
import { clockTime, fromNow } from '../control/pages/text.ts';
import type { PlanView } from '../control/plans.ts';
import { blankContent } from './blank-content.ts';
import type { Cleaner } from './clean.ts';
import type { Composing } from './composing.ts';
import type { Fact, NoticeContent } from './content.ts';
import type { HumanAct } from './human-act.ts';
import { planWords } from './plan-words.ts';

export async function actContent(
  { clean, deps: { environment } }: Composing,
  act: HumanAct,
  view: PlanView | null,
): Promise<NoticeContent> {
  const plan = await planWords(clean, view);
  const who = await clean.line(act.by, 120);
  const reason = await clean.line(act.reason, 500);
  const whose: Fact = { label: 'By', value: `${who}, at ${clockTime(act.at)}` };
  switch (act.kind) {
    case 'break_glass_used':
      return {
        ...blankContent(act.kind, environment, `BREAK-GLASS used: ${plan.does}`),
        title: `Break-glass was used in ${environment}`,
        alarm: {
          text: 'A human lets one plan run now that policy or the approvers had not let through.',
          tone: 'grave',
        },
        command: plan.command,
        facts: [whose, until(act), { label: 'Lets', value: `the agent ${plan.does}` }, ...plan.facts],
        changes: plan.changes,
        said: [{ who, did: 'used break-glass', reason }],
        plan_id: act.plan_id,
        page: `/console/plans/${act.plan_id}`,
      };
    case 'review_open':
      return {
        ...blankContent(act.kind, environment, `Review needed: break-glass by ${who}`),
        title: `A use of break-glass in ${environment} waits for its review`,
        alarm: {
          text: `${who} used break-glass. Somebody else must look at it and close the review.`,
          tone: 'wary',
        },
        command: plan.command,
        facts: [whose, { label: 'Let', value: `the agent ${plan.does}` }, ...plan.facts],
        changes: plan.changes,
        said: [{ who, did: 'used break-glass', reason }],
        plan_id: act.plan_id,
        page: '/console/exceptions',
      };
    case 'override_made':
      return {
        ...blankContent(act.kind, environment, `Policy override made by ${who}`),
        title: `The policy of ${environment} was loosened for a time`,
        alarm: {
          text: 'What this covers runs with a warning, where policy would have a human approve it each time.',
          tone: 'wary',
        },
        facts: [
          whose,
          until(act),
          ...(await scopeFacts(clean, act)),
          { label: 'Override', value: act.override_id },
        ],
        said: [{ who, did: 'made an override', reason }],
        page: '/console/exceptions',
      };
  }
}

async function scopeFacts(
  clean: Cleaner,
  { scope }: Extract<HumanAct, { kind: 'override_made' }>,
): Promise<Fact[]> {
  const parts = [
    ['Action', scope.action],
    ['Class', scope.class],
    ['Address', scope.address],
    ['Agent', scope.agent],
  ] as const;
  const given = parts.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
  return Promise.all(given.map(async ({ label, value }) => ({ label, value: await clean.line(value, 200) })));
}

/** A mail is read later than it is sent, so no time in it is counted from now. */
function until({ at, expires_at }: { readonly at: string; readonly expires_at: string }): Fact {
  const span = fromNow(expires_at, new Date(at)).replace(/^in /, '');
  return { label: 'Until', value: `${clockTime(expires_at)}, ${span} from its start` };
}
