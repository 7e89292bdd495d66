import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../lib/core/action.ts';
import { DECISIONS, isAtLeast } from '../../../lib/core/decision.ts';
import { FINDING_CLASSES, type Finding, TIERS } from '../../../lib/core/finding.ts';
import { decide } from '../../../lib/core/policy/decide.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import { ENVIRONMENT_FLOORS } from '../../../lib/core/policy/floors.ts';
import { parsePolicy } from '../../../lib/core/policy/parse.ts';
import { ENVIRONMENT_KEYS, type EnvironmentRules, type Policy } from '../../../lib/core/policy/policy.ts';
import { apply, exec, finding, get, remove, scale, shell, terraform } from './acts.ts';

const NAMES = ['default', 'web', 'kube-system', 'prod', 'api'] as const;
const name = fc.constantFrom(...NAMES);

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom(get, exec, shell),
  fc
    .tuple(fc.constantFrom('terraform-plan', 'terraform-apply', 'terraform-destroy'), name, fc.boolean())
    .map(([kind, workspace, destroy]) => terraform(kind, workspace, destroy)),
  fc
    .tuple(name, fc.constantFrom('none', 'client', 'server'))
    .map(([namespace, dry]) => apply(namespace, dry)),
  fc
    .tuple(fc.constantFrom('pod', 'ns'), name, name)
    .map(([kind, of, namespace]) => remove(kind, of, namespace)),
  fc.tuple(fc.nat(3), name).map(([replicas, namespace]) => scale(replicas, namespace)),
);
const found: fc.Arbitrary<Finding> = fc
  .tuple(fc.constantFrom(null, ...FINDING_CLASSES), fc.constantFrom(null, ...TIERS))
  .map(([of, tier]) => finding(of, tier));
const rules: fc.Arbitrary<EnvironmentRules> = fc
  .tuple(...ENVIRONMENT_KEYS.map(() => fc.constantFrom(...DECISIONS)))
  .map(
    (values) =>
      Object.fromEntries(ENVIRONMENT_KEYS.map((key, i) => [key, values[i]])) as unknown as EnvironmentRules,
  );
const someClasses = fc.uniqueArray(fc.constantFrom(...FINDING_CLASSES), { maxLength: 4 });
const policy: fc.Arbitrary<Policy> = fc
  .record({
    rules,
    alwaysBlock: someClasses,
    alwaysEscalate: someClasses,
    protectedNamespaces: fc.uniqueArray(name),
    protectedWorkspaces: fc.uniqueArray(name),
  })
  .map(({ rules: dev, ...rest }) => ({ ...DEFAULT_POLICY, ...rest, environments: { dev } }));

const RUNS = { numRuns: 2_000 };

describe('a decision is never lowered', () => {
  it('by a further finding, wherever it stands', () => {
    fc.assert(
      fc.property(
        action,
        policy,
        fc.array(found, { maxLength: 5 }),
        found,
        fc.nat(5),
        (act, of, before, more, at) => {
          const after = [...before.slice(0, at), more, ...before.slice(at)];
          expect(
            isAtLeast(decide(act, 'dev', of, after).decision, decide(act, 'dev', of, before).decision),
          ).toBe(true);
        },
      ),
      RUNS,
    );
  });

  it('by a further class or protected name in the policy', () => {
    const more = fc.record({ block: someClasses, escalate: someClasses, names: fc.uniqueArray(name) });
    fc.assert(
      fc.property(
        action,
        policy,
        fc.array(found, { maxLength: 4 }),
        more,
        (act, of, findings, { block, escalate, names }) => {
          const grown: Policy = {
            ...of,
            alwaysBlock: [...of.alwaysBlock, ...block],
            alwaysEscalate: [...of.alwaysEscalate, ...escalate],
            protectedNamespaces: [...of.protectedNamespaces, ...names],
            protectedWorkspaces: [...of.protectedWorkspaces, ...names],
          };
          const before = decide(act, 'dev', of, findings).decision;
          expect(isAtLeast(decide(act, 'dev', grown, findings).decision, before)).toBe(true);
        },
      ),
      RUNS,
    );
  });

  it('by the order of findings', () => {
    fc.assert(
      fc.property(action, policy, fc.array(found, { maxLength: 6 }), (act, of, findings) => {
        expect(decide(act, 'dev', of, findings).decision).toBe(
          decide(act, 'dev', of, [...findings].reverse()).decision,
        );
      }),
      RUNS,
    );
  });
});

describe('floors', () => {
  it('hold for every finding under every policy', () => {
    fc.assert(
      fc.property(action, policy, fc.array(found, { maxLength: 3 }), (act, of, findings) => {
        const { decision, reasons } = decide(act, 'dev', of, findings);
        expect(reasons.length).toBeGreaterThan(0);
        const destroys =
          act.kind === 'terraform-destroy' || act.kind === 'kubectl-delete' || act.kind === 'kubectl-exec';
        if (destroys || findings.some(({ tier }) => tier === 4 || tier === 5)) {
          expect(isAtLeast(decision, 'escalate')).toBe(true);
        }
        if (
          findings.some((one) => one.class === 'gateway_self_modification' || one.class === 'shell_blocked')
        ) {
          expect(decision).toBe('block');
        }
      }),
      RUNS,
    );
  });

  it('hold for every file that parses, and every value at or above its floor parses', () => {
    fc.assert(
      fc.property(rules, fc.constantFrom('dev', 'staging', 'prod', 'qa'), (given, environment) => {
        const lines = ENVIRONMENT_KEYS.map((key) => `      ${key}: ${given[key]}`).join('\n');
        const parsed = parsePolicy(
          `recourseos:\n  version: '2.0'\n  environments:\n    ${environment}:\n${lines}\n`,
        );
        const below = ENVIRONMENT_KEYS.filter((key) => !isAtLeast(given[key], ENVIRONMENT_FLOORS[key]));
        expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path.split('.').at(-1))).toEqual(below);
        if (parsed.ok) expect(parsed.policy.environments[environment]).toEqual(given);
      }),
      { numRuns: 300 },
    );
  });
});
