/** The findings of one scan, bounded: a configuration must not fill the store or a screen with them. */

import type { Finding } from '../../finding.ts';

/** Of one rule and class; every kind of finding stays in the list, whatever another one has. */
const MAX_OF_A_KIND = 200;

export class FindingList {
  private readonly findings: Finding[] = [];
  private readonly counts = new Map<string, number>();

  add(findings: readonly Finding[]): void {
    for (const finding of findings) {
      const kind = `${finding.rule}/${finding.class}`;
      const count = (this.counts.get(kind) ?? 0) + 1;
      this.counts.set(kind, count);
      if (count <= MAX_OF_A_KIND) this.findings.push(finding);
      if (count === MAX_OF_A_KIND + 1)
        this.findings.push({
          rule: 'too_many_findings',
          class: 'code_execution',
          tier: null,
          address: '',
          why: `there are more findings of the rule ${finding.rule} than can be listed`,
          evidence: [{ path: 'rule', value: finding.rule }],
        });
    }
  }

  all(): readonly Finding[] {
    return this.findings;
  }
}
