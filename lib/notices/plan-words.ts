/** A plan in the words of a notice: what it does, what cannot be undone, how far it reaches. */
import { type ActionWords, actionWords } from '../control/pages/action.ts';
import { actionCounts, headline } from '../control/pages/changes.ts';
import { reachCounts } from '../control/pages/reach.ts';
import { counted } from '../control/pages/text.ts';
import type { PlanView } from '../control/plans.ts';
import type { Evaluation } from '../core/finding.ts';
import { CONSEQUENCES, changesOf } from './changes-of.ts';
import type { Cleaner } from './clean.ts';
import type { Fact, NoticeContent } from './content.ts';

export type PlanWords = Pick<NoticeContent, 'alarm' | 'command' | 'changes' | 'reasons'> & {
  /** A verb phrase: `apply Terraform changes`. */
  readonly does: string;
  /** For a subject: how bad, in the gateway's own words and without names. */
  readonly gravity: string;
  readonly facts: readonly Fact[];
};

export async function planWords(clean: Cleaner, plan: PlanView | null): Promise<PlanWords> {
  const words: ActionWords | null = plan === null ? null : actionWords(plan.action);
  const evaluation = plan !== null && 'evaluation' in plan ? plan.evaluation : null;
  const alarm = headline(evaluation);
  return {
    does: await clean.line(words?.does ?? 'run a plan that is not stored any more', 100),
    gravity: gravity(evaluation),
    alarm: { text: await clean.line(alarm.text, 400), tone: alarm.tone },
    command: words?.command == null ? null : await clean.lines(words.command, 1200),
    facts: await Promise.all(
      [
        ...(words?.facts ?? []),
        ...(evaluation === null ? [] : [['Does', actionCounts(evaluation)] as const]),
        ...reach(evaluation),
        ...gets(plan),
      ].map(async ([label, value]): Promise<Fact> => ({ label, value: await clean.line(value, 300) })),
    ),
    changes: evaluation === null ? null : await changesOf(clean, evaluation),
    reasons:
      plan !== null && 'reasons' in plan
        ? await Promise.all(plan.reasons.slice(0, 3).map(({ message }) => clean.line(message, 300)))
        : [],
  };
}

function gravity(evaluation: Evaluation | null): string {
  if (evaluation === null) return 'not judged';
  const gone = evaluation.by_tier['4'] ?? 0;
  if (gone > 0) return `${counted(gone, 'change')} cannot be undone`;
  const unclear = evaluation.by_tier['5'] ?? 0;
  if (unclear > 0) return `${counted(unclear, 'change')} could not be judged`;
  return CONSEQUENCES[evaluation.worst_tier];
}

function reach(evaluation: Evaluation | null): (readonly [string, string])[] {
  const reaching = [...(evaluation?.blast_radius ?? [])].filter((each) => each.all.length > 0);
  const [widest] = reaching.sort((a, b) => reachCounts(b).all - reachCounts(a).all);
  if (widest === undefined) return [];
  const most = reachCounts(widest).all;
  const all = Math.max(most, new Set(reaching.flatMap((each) => each.all)).size);
  const depend = counted(all, 'other resource depends', 'other resources depend');
  if (reaching.length === 1) return [['Reaches', `${depend} on ${widest.address}`]];
  return [['Reaches', `${depend} on these, ${most} of them on ${widest.address}`]];
}

function gets(plan: PlanView | null): (readonly [string, string])[] {
  if (plan === null || !('grants' in plan) || plan.grants === null) return [];
  return [
    [
      'Gets',
      plan.grants.network
        ? `the network, in lane ${plan.grants.lane}`
        : `no network, in lane ${plan.grants.lane}`,
    ],
  ];
}
