/** The policy file, laid over the defaults. */
import type { Decision } from '../decision.ts';
import { DECISIONS, isAtLeast } from '../decision.ts';
import { FINDING_CLASSES } from '../finding.ts';
import { parseShellPattern } from '../shell/pattern.ts';
import { BUILT_IN_ENVIRONMENTS, DEFAULT_POLICY, POLICY_VERSION, startingRules } from './defaults.ts';
import { ENVIRONMENT_FLOORS } from './floors.ts';
import { HOMES } from './homes.ts';
import { slipsBetween } from './nearest.ts';
import type { EnvironmentKey, Policy, PolicyProblem } from './policy.ts';
import { approvals, checkPeople, peopleOf, roles } from './read-approvals.ts';
import {
  fields,
  listOf,
  named,
  oneOf,
  type Reader,
  Report,
  text,
  textLike,
  wholeNumber,
  yesOrNo,
} from './reader.ts';
import { type Position, readPolicyText, SMALLEST_POLICY, type Tree } from './tree.ts';

/** Dotted path of every value that the file gave → where it stands. */
export type Provenance = ReadonlyMap<string, Position>;

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy; readonly provenance: Provenance }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Reads a policy file. Every problem of the file is reported, in the order of its lines. */
export function parsePolicy(source: string): ParsedPolicy {
  const { tree, problems } = readPolicyText(source);
  const report = new Report();
  const file = tree === null ? undefined : policyFile(unfolded(tree, report), '', report);
  if (file !== undefined) acrossFields(file, report);
  const found = [...problems, ...report.problems].sort((a, b) => a.line - b.line || a.column - b.column);
  if (found.length > 0 || file === undefined) return { ok: false, problems: found };
  return { ok: true, policy: overDefaults(file), provenance: report.places };
}

const decision: Reader<Decision> = oneOf(DECISIONS, 'a decision');

function atLeast(key: EnvironmentKey): Reader<Decision> {
  const floor = ENVIRONMENT_FLOORS[key];
  return (tree, path, report) => {
    const given = decision(tree, path, report);
    if (given === undefined || isAtLeast(given, floor)) return given;
    return report.problem(
      tree.at,
      path,
      `${given} is below the floor: ${key} is never milder than ${floor}`,
      floor,
    );
  };
}

const environment = fields(
  {
    default_mutation: atLeast('default_mutation'),
    terraform_destroy: atLeast('terraform_destroy'),
    kubectl_exec: atLeast('kubectl_exec'),
    kubectl_delete: atLeast('kubectl_delete'),
    unrecoverable: atLeast('unrecoverable'),
    needs_review: atLeast('needs_review'),
    from_backup: atLeast('from_backup'),
  } satisfies Record<EnvironmentKey, Reader<Decision>>,
  HOMES,
);

/**
 * New names are welcome, slips of a built-in name are not: rules under `pord` would leave `prod` as it was.
 * `prod2` and `prod-eu` are names of their own.
 */
function wrongEnvironment(name: string): { message: string; nearest: string | null } | null {
  const meant = BUILT_IN_ENVIRONMENTS.find((known) => {
    const same = name.toLowerCase();
    return known !== name && !/^[-_]|^\d+$/.test(same.slice(known.length)) && slipsBetween(same, known) <= 1;
  });
  if (meant !== undefined) return { message: `unknown environment ${JSON.stringify(name)}`, nearest: meant };
  if (/^[a-z][a-z0-9-]{0,31}$/.test(name)) return null;
  return {
    message: `unknown environment ${JSON.stringify(name.slice(0, 80))}; a name is lower-case letters, digits and \`-\`, at most 32, and starts with a letter`,
    nearest: null,
  };
}

const version: Reader<string> = (tree, path, report) =>
  tree.kind === 'scalar' && tree.source === POLICY_VERSION
    ? POLICY_VERSION
    : report.problem(tree.at, path, `this gateway reads policy version '${POLICY_VERSION}' and no other`);

const shellPatterns = listOf(text('a shell command', parseShellPatternText));

function parseShellPatternText(pattern: string) {
  const parsed = parseShellPattern(pattern);
  return parsed.ok
    ? { ok: true as const, value: parsed.pattern }
    : { ok: false as const, problem: parsed.problem };
}

const findingClasses = listOf(oneOf(FINDING_CLASSES, 'a finding class'));

const PROVIDER =
  /^(?:(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d+)?\/)?(?:\*|[a-z0-9][a-z0-9_-]*)\/(?:\*|[a-z0-9][a-z0-9_-]*)$/i;

/** Backends that terraform has, less `remote` and `cloud`: those run plans elsewhere and are refused always. */
const BACKENDS = [
  'local',
  'azurerm',
  'consul',
  'cos',
  'gcs',
  'http',
  'kubernetes',
  'oci',
  'oss',
  'pg',
  's3',
] as const;

/** What may stand under `recourseos` or at the top level of the file. */
const BLOCKS = {
  protected_namespaces: listOf(textLike('a namespace name', /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)),
  protected_workspaces: listOf(textLike('a workspace name', /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,89}$/)),
  always_block: findingClasses,
  always_escalate: findingClasses,
  shell: fields(
    { always_block: shellPatterns, always_escalate: shellPatterns, always_allow: shellPatterns },
    HOMES,
  ),
  terraform: fields(
    {
      tool: oneOf(['terraform', 'tofu'], 'a tool'),
      allowed_providers: listOf(
        textLike('a provider address such as hashicorp/aws or hashicorp/*', PROVIDER),
      ),
      allowed_backends: listOf(oneOf(BACKENDS, 'a backend that can be allowed')),
    },
    HOMES,
  ),
  approvals,
  roles,
  limits: fields(
    {
      pending_approvals_per_agent: wholeNumber(1, 1_000),
      calls_per_minute: wholeNumber(1, 10_000),
      output_bytes: wholeNumber(16, 1_048_576),
    },
    HOMES,
  ),
  share_plans: yesOrNo,
  plan_ttl_seconds: wholeNumber(1, 86_400),
  approval_ttl_seconds: wholeNumber(1, 604_800),
};
const BLOCK_NAMES = Object.keys(BLOCKS);

const policyFile = fields(
  {
    recourseos: fields({ version, environments: named(wrongEnvironment, environment) }, HOMES, BLOCK_NAMES),
    ...BLOCKS,
  },
  HOMES,
);

type PolicyFile = NonNullable<ReturnType<typeof policyFile>>;

/** The file as if every block stood at the top level. Given in both places, a block is a problem. */
function unfolded(tree: Tree, report: Report): Tree {
  if (tree.kind !== 'map') return tree;
  const entries = tree.entries.flatMap((entry) => {
    if (entry.key !== 'recourseos' || entry.value.kind !== 'map') return [entry];
    const inside = entry.value.entries;
    const blocks = inside.filter(({ key }) => BLOCK_NAMES.includes(key));
    const rest = inside.filter(({ key }) => !BLOCK_NAMES.includes(key));
    return [{ ...entry, value: { ...entry.value, entries: rest } }, ...blocks];
  });
  entries.forEach(({ key, at }, index) => {
    if (!BLOCK_NAMES.includes(key) || entries.findIndex((other) => other.key === key) === index) return;
    report.problem(at, key, `${key} stands under recourseos and at the top level; keep one of them`);
  });
  return { ...tree, entries };
}

const START: Position = { line: 1, column: 1 };

/** What no single field can say. */
function acrossFields(file: PolicyFile, report: Report): void {
  const at = (path: string): Position => report.places.get(path) ?? START;
  if (!report.places.has('recourseos.version')) {
    const message = `the version is missing; the smallest valid file is: ${SMALLEST_POLICY}`;
    report.problem(at('recourseos'), 'recourseos.version', message);
  }
  const added = Object.keys(file.recourseos?.environments ?? {});
  checkPeople(file, [...new Set([...BUILT_IN_ENVIRONMENTS, ...added])], report);
}

function overDefaults(file: PolicyFile): Policy {
  const base = DEFAULT_POLICY;
  const given = Object.entries(file.recourseos?.environments ?? {});
  const { limits, shell, terraform } = file;
  const { roles: holders, ...people } = peopleOf(file);
  return {
    version: POLICY_VERSION,
    environments: {
      ...base.environments,
      ...Object.fromEntries(given.map(([name, rules]) => [name, { ...startingRules(name), ...rules }])),
    },
    protectedNamespaces: added(base.protectedNamespaces, file.protected_namespaces),
    protectedWorkspaces: added(base.protectedWorkspaces, file.protected_workspaces),
    alwaysBlock: added(base.alwaysBlock, file.always_block),
    alwaysEscalate: added(base.alwaysEscalate, file.always_escalate),
    shell: {
      block: [...base.shell.block, ...(shell?.always_block ?? [])],
      escalate: [...base.shell.escalate, ...(shell?.always_escalate ?? [])],
      allow: [...base.shell.allow, ...(shell?.always_allow ?? [])],
    },
    terraform: {
      tool: terraform?.tool ?? base.terraform.tool,
      allowedProviders: added(base.terraform.allowedProviders, terraform?.allowed_providers),
      allowedBackends: added(base.terraform.allowedBackends, terraform?.allowed_backends),
    },
    approvals: { ...people, providers: { ...base.approvals.providers, ...file.approvals?.providers } },
    roles: holders,
    limits: {
      pendingApprovalsPerAgent: limits?.pending_approvals_per_agent ?? base.limits.pendingApprovalsPerAgent,
      callsPerMinute: limits?.calls_per_minute ?? base.limits.callsPerMinute,
      outputBytes: limits?.output_bytes ?? base.limits.outputBytes,
    },
    sharePlans: file.share_plans ?? base.sharePlans,
    planTtlSeconds: file.plan_ttl_seconds ?? base.planTtlSeconds,
    approvalTtlSeconds: file.approval_ttl_seconds ?? base.approvalTtlSeconds,
  };
}

/** The built-in list first; nothing of it can be taken away. */
function added<T>(builtIn: readonly T[], given: readonly T[] = []): readonly T[] {
  return [...new Set([...builtIn, ...given])];
}
