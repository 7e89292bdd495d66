/**
 * Findings in, decision out: the only place where one becomes the other. The strictest of everything that
 * applies wins, so a further finding, pattern or protected name can raise a decision and never lower it.
 */
import { type Action, isMutation } from '../action.ts';
import { type Decision, strictest, strictness } from '../decision.ts';
import type { Finding, FindingClass, Tier } from '../finding.ts';
import type { Reason } from '../plan.ts';
import { actFindings } from './act-findings.ts';
import { CLASS_FLOORS, ENVIRONMENT_FLOORS, TIER_KEYS } from './floors.ts';
import type { EnvironmentKey, EnvironmentRules, Policy } from './policy.ts';

export interface Verdict {
  readonly decision: Decision;
  /** Worst first, never empty: an `allow` says by which rule. */
  readonly reasons: readonly Reason[];
  /** Of all findings, those that ask for nothing included; sorted. Approval rules go by them. */
  readonly classes: readonly FindingClass[];
  /** All that spoke, worst first: the reasons, and what asked for nothing. */
  readonly grounds: readonly Ground[];
}

/** One thing that asks for a decision. */
export interface Ground {
  readonly decision: Decision;
  /** What it would ask for under the mildest policy that there can be: nothing lowers it further. */
  readonly floor: Decision;
  /** Orders grounds of equal decision: the tier, 0 for none. */
  readonly weight: number;
  readonly reason: Reason;
}

/**
 * Judges `action` in `environment`. For a `terraform-plan` action the findings are those of the scan, before
 * terraform runs; what the finished plan would do is judged as `terraform-apply` or `terraform-destroy`.
 * An environment that the policy does not name is blocked.
 */
export function decide(
  action: Action,
  environment: string,
  policy: Policy,
  findings: readonly Finding[],
): Verdict {
  const rules = Object.hasOwn(policy.environments, environment)
    ? policy.environments[environment]
    : undefined;
  if (rules === undefined) return verdictOf([unknownEnvironment(environment, policy)], []);
  const given = new Set(findings.map((finding) => finding.class));
  const own = actFindings(action, policy).filter((finding) => !given.has(finding.class));
  const context: Context = { action, environment, rules, policy, demanded: new Map() };
  const base = baseGround(context, given);
  const grounds = [...[...own, ...findings].map((finding) => findingGround(finding, context)), base].sort(
    (a, b) => strictness(b.decision) - strictness(a.decision) || b.weight - a.weight,
  );
  return verdictOf(grounds, [...own, ...findings]);
}

/** `grounds`: worst first. Without any, it is blocked. */
export function verdictOf(
  grounds: readonly Ground[],
  findings: readonly { class: FindingClass | null }[],
): Verdict {
  const telling = grounds.filter((ground) => ground.decision !== 'allow');
  const last = grounds.slice(-1);
  const classes = new Set(findings.flatMap((finding) => finding.class ?? []));
  return {
    decision: grounds[0]?.decision ?? 'block',
    reasons: (telling.length > 0 ? telling : last).map((ground) => ground.reason),
    classes: [...classes].sort(),
    grounds,
  };
}

interface Context {
  readonly action: Action;
  readonly environment: string;
  readonly rules: EnvironmentRules;
  readonly policy: Policy;
  /** What findings ask for, by class and tier, as far as it was worked out. */
  readonly demanded: Map<string, Demanded>;
}

function unknownEnvironment(environment: string, policy: Policy): Ground {
  const known = Object.keys(policy.environments).join(', ');
  const message = `The policy has no environment ${JSON.stringify(environment)}; it has ${known}. Nothing runs in an environment without rules.`;
  return {
    decision: 'block',
    floor: 'block',
    weight: 0,
    reason: reasonOf('policy.unknown_environment', message),
  };
}

/** What the kind of action alone asks for. A shell command that does not only read is a mutation too. */
function baseGround(
  { action, environment, rules }: Context,
  given: ReadonlySet<FindingClass | null>,
): Ground {
  const changes =
    isMutation(action) ||
    (action.kind === 'shell' && (given.has('shell_not_read_only') || given.has('shell_not_understood')));
  if (!changes) {
    return {
      decision: 'allow',
      floor: 'allow',
      weight: 0,
      reason: reasonOf('policy.read', `${action.kind} here only reads, which ${environment} allows.`),
    };
  }
  const decision = ruleOf(rules, 'default_mutation');
  const message = `${action.kind} changes things; policy default_mutation for ${environment} is ${decision}.`;
  const floor = ENVIRONMENT_FLOORS.default_mutation;
  return { decision, floor, weight: 0, reason: reasonOf('policy.default_mutation', message) };
}

function reasonOf(rule: string, message: string): Reason {
  return { rule, class: null, address: '', message };
}

/** A key's value, raised to its floor. */
function ruleOf(rules: EnvironmentRules, key: EnvironmentKey): Decision {
  return strictest(ENVIRONMENT_FLOORS[key], rules[key]);
}

/** The strictest of what a finding's class, its tier and the policy's own lists ask for. */
function findingGround(finding: Finding, context: Context): Ground {
  const { worst, floor } = demandOf(finding, context);
  const { rule, class: of, address, why } = finding;
  const message = worst.because === '' ? why : `${asSentence(why)} ${worst.because}`;
  return {
    decision: worst.decision,
    floor,
    weight: finding.tier ?? 0,
    reason: { rule, class: of, address, message },
  };
}

interface Demanded {
  readonly worst: Demand;
  readonly floor: Decision;
}

/** Findings of one class and tier ask for the same: a plan of thousands of changes has few of either. */
function demandOf(finding: Finding, context: Context): Demanded {
  const key = `${finding.class} ${finding.tier}`;
  const known = context.demanded.get(key);
  if (known !== undefined) return known;
  const demands = demandsOf(finding, context);
  const worst = demands.reduce<Demand>(
    (held, next) => (strictness(next.decision) > strictness(held.decision) ? next : held),
    { decision: 'allow', floor: 'allow', because: '' },
  );
  const demanded = { worst, floor: strictest('allow', ...demands.map((demand) => demand.floor)) };
  context.demanded.set(key, demanded);
  return demanded;
}

/** Evaluators say things with and without a full stop. */
function asSentence(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}

interface Demand {
  readonly decision: Decision;
  /** What stays of it whatever the policy says. */
  readonly floor: Decision;
  readonly because: string;
}

function demandsOf(finding: Finding, context: Context): Demand[] {
  return [
    ...listDemands(finding, context),
    ...classDemands(finding, context),
    ...tierDemands(finding, context),
  ];
}

function listDemands({ class: of }: Finding, { policy }: Context): Demand[] {
  if (of === null) return [];
  const demands: Demand[] = [];
  if (policy.alwaysBlock.includes(of)) {
    demands.push({
      decision: 'block',
      floor: 'allow',
      because: `The policy lists ${of} under always_block; no approval lifts that.`,
    });
  }
  if (policy.alwaysEscalate.includes(of)) {
    const because = `The policy lists ${of} under always_escalate.`;
    demands.push({ decision: 'escalate', floor: 'allow', because });
  }
  return demands;
}

function classDemands({ class: of }: Finding, { action, environment, rules }: Context): Demand[] {
  if (of === null) return [];
  const floor = CLASS_FLOORS[of];
  if (floor.onlyChanges && onlyLooks(action)) return [];
  const demands: Demand[] = [];
  if (floor.key !== null) demands.push(keyDemand(floor.key, environment, rules));
  demands.push({ decision: floor.atLeast, floor: floor.atLeast, because: FLOOR_WORDS[floor.atLeast](of) });
  return demands;
}

const FLOOR_WORDS: Readonly<Record<Decision, (of: FindingClass) => string>> = {
  allow: () => '',
  warn: (of) => `${of} is never passed over in silence.`,
  escalate: (of) => `${of} needs a human in every environment.`,
  block: (of) => `${of} is blocked in every environment; no approval lifts that.`,
};

function tierDemands({ class: of, tier }: Finding, { environment, rules }: Context): Demand[] {
  if (tier === null) {
    const placed = of !== null && of !== 'cross_action_risk';
    const because = 'How far this can be undone is not known.';
    return placed ? [] : [{ decision: 'escalate', floor: 'escalate', because }];
  }
  const key = TIER_KEYS[tier satisfies Tier];
  return key === null ? [] : [keyDemand(key, environment, rules)];
}

function keyDemand(key: EnvironmentKey, environment: string, rules: EnvironmentRules): Demand {
  const decision = ruleOf(rules, key);
  const hint = decision === 'block' ? '; an agent cannot have that approved' : '';
  return {
    decision,
    floor: ENVIRONMENT_FLOORS[key],
    because: `Policy ${key} for ${environment} is ${decision}${hint}.`,
  };
}

/** Reads of a cluster and dry runs. A terraform plan is not among them: what it finds is meant to be applied. */
function onlyLooks(action: Action): boolean {
  return action.kind.startsWith('kubectl-') && !isMutation(action);
}
