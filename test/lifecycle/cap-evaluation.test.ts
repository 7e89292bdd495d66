import { expect, it } from 'vitest';
import { capEvaluation } from '../../lib/lifecycle/cap-evaluation.ts';
import { EVALUATION } from '../control/stage.ts';

it('what is cut from a record is counted', () => {
  const names = Array.from({ length: 80 }, (_, index) => `aws_eip.n${index}`);
  const capped = capEvaluation({
    ...EVALUATION,
    total_changes: 60,
    changes: Array.from({ length: 60 }, () => EVALUATION.changes)
      .flat()
      .slice(0, 60),
    cross_action_risks: [{ kind: 'recovery_stripping', members: names, tier: 5, why: 'together' }],
    blast_radius: [
      { address: 'aws_subnet.a', direct: names.slice(0, 70), all: names },
      { address: 'aws_subnet.b', direct: names.slice(0, 2), all: names.slice(0, 3) },
    ],
  });
  expect([capped.changes.length, capped.total_changes, capped.next_cursor]).toEqual([50, 60, 'changes@50']);
  expect(capped.cross_action_risks[0]).toMatchObject({ members: names.slice(0, 50), total_members: 80 });
  expect(capped.blast_radius[0]).toMatchObject({ all: names.slice(0, 50), total: { direct: 70, all: 80 } });
  expect(capped.blast_radius[1]).not.toHaveProperty('total');
});

it('what fits stays as it is', () => {
  expect(capEvaluation(EVALUATION)).toEqual({ ...EVALUATION, next_cursor: null });
});
