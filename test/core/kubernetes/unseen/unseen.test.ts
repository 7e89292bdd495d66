import { describe, expect, it } from 'vitest';
import { assessKubernetes } from '../../../../lib/core/kubernetes/consequences.ts';
import { readLive } from '../../../../lib/core/kubernetes/live.ts';
import { readManifest } from '../../../../lib/core/kubernetes/manifest.ts';
import { decide } from '../../../../lib/core/policy/decide.ts';
import { DEFAULT_POLICY } from '../../../../lib/core/policy/defaults.ts';
import { APPLIES } from './applies.cases.ts';
import type { KubeCase } from './case.ts';
import { REMOVALS } from './removals.cases.ts';

function judged({ action, objects = [], live }: KubeCase) {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  const read = objects.length === 0 ? null : readManifest(new TextEncoder().encode(JSON.stringify(list)));
  if (read?.ok === false) throw new Error(read.problem);
  const { evaluation, findings } = assessKubernetes(action, read?.objects ?? [], {
    live: live === undefined ? null : readLive({ apiVersion: 'v1', kind: 'List', items: live }),
    protectedNamespaces: DEFAULT_POLICY.protectedNamespaces,
  });
  const { classes } = decide(action, 'prod', DEFAULT_POLICY, findings);
  return { tier: evaluation.worst_tier, classes };
}

describe('calls that the rules were not written from', () => {
  it.each([...APPLIES, ...REMOVALS].map((each) => [each.name, each] as const))('%s', (_name, given) => {
    const { tier, classes } = judged(given);
    expect([given.tier, ...(given.accept ?? [])]).toContain(tier);
    if (given.only === true) expect(classes).toEqual([...given.classes].sort());
    else expect(classes).toEqual(expect.arrayContaining([...given.classes]));
  });
});
