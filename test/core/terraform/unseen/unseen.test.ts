import { describe, expect, it } from 'vitest';
import { assess } from '../plans.ts';
import { AWS_DELETES } from './aws-deletes.cases.ts';
import { AWS_UPDATES } from './aws-updates.cases.ts';
import { AZURE } from './azure.cases.ts';
import type { Label, UnseenCase } from './case.ts';
import { GOOGLE } from './google.cases.ts';
import { OTHERS } from './others.cases.ts';
import { STRUCTURE } from './structure.cases.ts';

const CASES: readonly UnseenCase[] = [
  ...AWS_DELETES,
  ...AWS_UPDATES,
  ...GOOGLE,
  ...AZURE,
  ...OTHERS,
  ...STRUCTURE,
];

describe.each(CASES.map((each) => [each.name, each] as const))('%s', (_name, given) => {
  const { evaluation } = assess(given.changes, given.rest);
  const changeOf = (label: Label) =>
    evaluation.changes.find((change) => label.address === undefined || change.address === label.address);

  if (given.labels.length > 0)
    it.each(given.labels)('is tier $tier $classes', (label) => {
      const change = changeOf(label);
      expect([label.tier, ...(label.accept ?? [])]).toContain(change?.tier);
      if (label.only === true) expect(change?.classes).toEqual(label.classes);
      else expect(change?.classes).toEqual(expect.arrayContaining([...label.classes]));
    });
  else if (given.cross === undefined) it('changes nothing', () => expect(evaluation.changes).toEqual([]));
  if (given.cross !== undefined)
    it(`has ${given.cross} across changes`, () => {
      const kinds = evaluation.cross_action_risks.map((risk) => risk.kind);
      if (given.cross === 'none') expect(kinds).toEqual([]);
      else expect(kinds).toContain(given.cross);
    });
});
