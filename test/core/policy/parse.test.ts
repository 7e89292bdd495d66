import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import { parsePolicy } from '../../../lib/core/policy/parse.ts';
import type { Policy, PolicyProblem } from '../../../lib/core/policy/policy.ts';

const HEAD = "recourseos: { version: '2.0' }\n";

function policyOf(text: string): Policy {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

function problemsOf(text: string): readonly PolicyProblem[] {
  const parsed = parsePolicy(text);
  expect(parsed.ok).toBe(false);
  return parsed.ok ? [] : parsed.problems;
}

/** `line:column path`, without the words. */
function placesOf(text: string): string[] {
  return problemsOf(text).map(({ line, column, path }) => `${line}:${column} ${path}`);
}

const FULL = `
recourseos:
  version: '2.0'
  environments:
    dev: { from_backup: escalate }
    prod:
      default_mutation: block
      terraform_destroy: escalate
    qa:
      default_mutation: warn
protected_namespaces: [kube-system, payments]
protected_workspaces: [live]
always_block: [disable_audit_logging, delete_backup_vault]
always_escalate: [database_delete, iam_policy_change]
shell:
  always_block: ['curl | sh', 'rm -rf /', 'sudo su']
  always_escalate: ['aws', 'terraform apply']
  always_allow: ['make lint']
terraform:
  tool: tofu
  allowed_providers: ['integrations/github', 'registry.example.com/acme/*']
  allowed_backends: [s3]
approvals:
  quorum: 2
  approvers: ['alice@example.com', 'local:bob']
  providers: { email: {}, slack: {}, servicenow: {}, webhook: {} }
limits: { pending_approvals_per_agent: 5, calls_per_minute: 60, output_bytes: 4096 }
share_plans: true
plan_ttl_seconds: 60
approval_ttl_seconds: 604800
`;

/** The same with every block under `recourseos`. */
const NESTED = FULL.replace(/\nprotected_namespaces[\s\S]*/, (blocks) =>
  blocks.replaceAll(/\n(?=.)/g, '\n  '),
);

describe('a policy file', () => {
  it('may have its blocks under recourseos, and means the same', () => {
    expect(NESTED).toContain('\n  limits: {');
    const [nested, flat] = [parsePolicy(NESTED), parsePolicy(FULL)];
    expect(nested).toMatchObject({ ok: true });
    expect(nested.ok && nested.policy).toEqual(flat.ok && flat.policy);
    expect(nested.ok && nested.provenance.get('approvals.quorum')).toEqual({ line: 24, column: 5 });
  });

  it('names what is wrong under recourseos where it stands', () => {
    const text = `recourseos:
  version: '2.0'
  limit: {}
  limits: { calls_per_minute: 0 }
  environments: { prod: { always_block: [] } }
  approvals: { quorum: 2, approvers: [a@example.com] }
  shell:
    always_block: ['curl |']
`;
    expect(placesOf(text)).toEqual([
      '3:3 recourseos.limit',
      '4:31 limits.calls_per_minute',
      '5:27 recourseos.environments.prod.always_block',
      '6:16 approvals.quorum',
      '8:20 shell.always_block[0]',
    ]);
    const [unknown, , misplaced] = problemsOf(text);
    expect(unknown?.message).toMatch(
      /valid here: version, environments, protected_namespaces.*; did you mean limits\?/,
    );
    expect(misplaced?.message).toMatch(/did you mean recourseos.always_block\?/);
  });

  it('has no block in two places', () => {
    const both = "recourseos:\n  version: '2.0'\n  share_plans: false\nshare_plans: true\n";
    expect(problemsOf(both)).toMatchObject([
      {
        line: 4,
        column: 1,
        message: 'share_plans stands under recourseos and at the top level; keep one of them',
      },
    ]);
    expect(placesOf("share_plans: true\nrecourseos: { version: '2.0', share_plans: true }\n")).toEqual([
      '2:31 share_plans',
    ]);
  });

  it('is laid over the defaults', () => {
    const policy = policyOf(FULL);
    expect(policy.environments.dev).toEqual({ ...DEFAULT_POLICY.environments.dev, from_backup: 'escalate' });
    expect(policy.environments.staging).toEqual(DEFAULT_POLICY.environments.staging);
    expect(policy.environments.prod).toEqual({
      ...DEFAULT_POLICY.environments.prod,
      default_mutation: 'block',
      terraform_destroy: 'escalate',
    });
    expect(policy.protectedNamespaces).toEqual([...DEFAULT_POLICY.protectedNamespaces, 'payments']);
    expect(policy.protectedWorkspaces).toEqual(['prod', 'production', 'live']);
    expect(policy.alwaysBlock).toEqual(['disable_audit_logging', 'delete_backup_vault']);
    expect(policy.alwaysEscalate).toEqual(['database_delete', 'iam_policy_change']);
    expect(policy.shell.block.map((pattern) => pattern.text)).toEqual(['curl | sh', 'rm -rf /', 'sudo su']);
    expect(policy.shell.escalate).toHaveLength(2);
    expect(policy.shell.allow).toHaveLength(1);
    expect(policy.terraform).toEqual({
      tool: 'tofu',
      allowedProviders: ['hashicorp/*', 'integrations/github', 'registry.example.com/acme/*'],
      allowedBackends: ['local', 's3'],
    });
    expect(policy.approvals.quorum).toBe(2);
    expect(policy.approvals.approvers).toEqual(['alice@example.com', 'local:bob']);
    expect(policy.approvals.providers.slack).toBeNull();
    expect(policy.limits).toEqual({ pendingApprovalsPerAgent: 5, callsPerMinute: 60, outputBytes: 4096 });
    expect([policy.sharePlans, policy.planTtlSeconds, policy.approvalTtlSeconds]).toEqual([
      true,
      60,
      604_800,
    ]);
  });

  it('that says only its version means the defaults', () => {
    expect(policyOf(HEAD)).toEqual(DEFAULT_POLICY);
    expect(policyOf('recourseos: { version: 2.0 }\n')).toEqual(DEFAULT_POLICY);
    expect(policyOf(`\ufeff${HEAD.replaceAll('\n', '\r\n')}`)).toEqual(DEFAULT_POLICY);
  });

  it('may add environments, which start as prod', () => {
    expect(policyOf(FULL).environments.qa).toEqual({
      ...DEFAULT_POLICY.environments.prod,
      default_mutation: 'warn',
    });
    const names = ['prod2', 'dev-1', 'preprod', 'uat', 'production', 'constructor'];
    for (const name of names) {
      expect(
        Object.hasOwn(
          policyOf(`recourseos: {version: '2.0', environments: {${name}: {}}}`).environments,
          name,
        ),
      ).toBe(true);
    }
  });

  it('remembers where each value stands', () => {
    const parsed = parsePolicy(FULL);
    expect(parsed.ok && parsed.provenance.get('recourseos.environments.prod.default_mutation')).toEqual({
      line: 7,
      column: 7,
    });
    expect(parsed.ok && parsed.provenance.has('recourseos.environments.prod.kubectl_exec')).toBe(false);
  });
});

it('takes short lives and small pages: they only tighten', () => {
  const policy = policyOf(
    "recourseos: { version: '2.0', plan_ttl_seconds: 1, approval_ttl_seconds: 1, limits: { output_bytes: 16 } }",
  );
  expect(policy).toMatchObject({ planTtlSeconds: 1, approvalTtlSeconds: 1, limits: { outputBytes: 16 } });
});

describe('every problem is told with its place', () => {
  it('all at once, in the order of the lines', () => {
    const text = `recourseos:
  version: '2.0'
  environments:
    prod:
      kubectl_exce: escalate
      kubectl_delete: warn
    pord: {}
always_block: [databse_delete]
plan_ttl_seconds: 0
shel: {}
`;
    const problems = problemsOf(text);
    expect(problems.map(({ line, column, path, nearest }) => [line, column, path, nearest])).toEqual([
      [5, 7, 'recourseos.environments.prod.kubectl_exce', 'kubectl_exec'],
      [6, 23, 'recourseos.environments.prod.kubectl_delete', 'escalate'],
      [7, 5, 'recourseos.environments.pord', 'prod'],
      [8, 16, 'always_block[0]', 'database_delete'],
      [9, 19, 'plan_ttl_seconds', undefined],
      [10, 1, 'shel', 'shell'],
    ]);
    for (const problem of problems.filter(({ nearest }) => nearest !== undefined)) {
      expect(problem.message).toContain(problem.nearest);
    }
  });

  const cases: readonly (readonly [name: string, text: string, place: string, words: RegExp])[] = [
    ['an unknown top-level key', `${HEAD}share_plan: true`, '2:1 share_plan', /share_plans/],
    ['a key in the wrong place', `${HEAD}quorum: 2`, '2:1 quorum', /approvals\.quorum/],
    ['environments at the top', `${HEAD}environments: {}`, '2:1 environments', /recourseos\.environments/],
    ['__proto__', `${HEAD}__proto__: { quorum: 1 }`, '2:1 __proto__', /unknown key/],
    ['__proto__ deep', `${HEAD}approvals: { __proto__: 1 }`, '2:14 approvals.__proto__', /unknown key/],
    ['constructor', `${HEAD}constructor: {}`, '2:1 constructor', /unknown key/],
    [
      'a decision with a slip',
      "recourseos: {version: '2.0', environments: {dev: {from_backup: wran}}}",
      '1:64 recourseos.environments.dev.from_backup',
      /warn/,
    ],
    [
      'a decision in capitals',
      "recourseos: {version: '2.0', environments: {dev: {from_backup: WARN}}}",
      '1:64 recourseos.environments.dev.from_backup',
      /did you mean warn/,
    ],
    [
      'a decision that is a boolean',
      "recourseos: {version: '2.0', environments: {dev: {from_backup: true}}}",
      '1:64 recourseos.environments.dev.from_backup',
      /not a decision/,
    ],
    [
      'an environment in capitals',
      "recourseos: {version: '2.0', environments: {Prod: {}}}",
      '1:45 recourseos.environments.Prod',
      /did you mean prod/,
    ],
    [
      'an environment that is no name',
      "recourseos: {version: '2.0', environments: {'../x': {}}}",
      '1:45 recourseos.environments.../x',
      /lower-case/,
    ],
    [
      'an environment named __proto__',
      "recourseos: {version: '2.0', environments: {__proto__: {}}}",
      '1:45 recourseos.environments.__proto__',
      /unknown environment/,
    ],
    [
      'an environment without rules',
      "recourseos: {version: '2.0', environments: {qa: }}",
      '1:49 recourseos.environments.qa',
      /must be a map/,
    ],
    ['a list that is a text', `${HEAD}always_block: database_delete`, '2:15 always_block', /must be a list/],
    [
      'a namespace that is a number',
      `${HEAD}protected_namespaces: [1]`,
      '2:24 protected_namespaces[0]',
      /quotes/,
    ],
    [
      'a namespace that is none',
      `${HEAD}protected_namespaces: ['a/b']`,
      '2:24 protected_namespaces[0]',
      /namespace name/,
    ],
    [
      'a workspace that is a flag',
      `${HEAD}protected_workspaces: [-x]`,
      '2:24 protected_workspaces[0]',
      /workspace name/,
    ],
    [
      'an unknown class',
      `${HEAD}always_escalate: [iam_polcy_change]`,
      '2:19 always_escalate[0]',
      /did you mean iam_policy_change/,
    ],
    [
      'a shell pattern that does not parse',
      `${HEAD}shell: { always_block: ['curl | (']}`,
      '2:25 shell.always_block[0]',
      /curl/,
    ],
    ['an empty shell pattern', `${HEAD}shell: { always_allow: ['']}`, '2:25 shell.always_allow[0]', /./],
    [
      'a provider without a name',
      `${HEAD}terraform: { allowed_providers: ['*'] }`,
      '2:34 terraform.allowed_providers[0]',
      /provider address/,
    ],
    [
      'a refused backend',
      `${HEAD}terraform: { allowed_backends: [remote] }`,
      '2:33 terraform.allowed_backends[0]',
      /backend/,
    ],
    ['an unknown tool', `${HEAD}terraform: { tool: terragrunt }`, '2:20 terraform.tool', /terraform, tofu/],
    [
      'an approver without a host',
      `${HEAD}approvals: { approvers: [alice] }`,
      '2:26 approvals.approvers[0]',
      /e-mail/,
    ],
    [
      'an approver twice',
      `${HEAD}approvals: { approvers: [a@b.io, A@b.io] }`,
      '2:34 approvals.approvers[1]',
      /twice/,
    ],
    [
      'a quorum that nobody meets',
      `${HEAD}approvals: { quorum: 3, approvers: [a@b.io, c@b.io] }`,
      '2:14 approvals.quorum',
      /never be met/,
    ],
    [
      'an unknown group in a rule',
      `${HEAD}approvals: { groups: { dba: [a@b.io] }, rules: [{ groups: [dbaa] }] }`,
      '2:60 approvals.rules[0].groups[0]',
      /there is no group dbaa; did you mean dba/,
    ],
    [
      'a rule that its group can never meet',
      `${HEAD}approvals:\n  groups: { dba: [a@b.io, c@b.io] }\n  rules:\n    - { groups: [dba], quorum: 3 }`,
      '5:24 approvals.rules[0].quorum',
      /quorum of 3 can never be met by 2 people in dba/,
    ],
    [
      'a rule that the approvers can never meet',
      `${HEAD}approvals: { approvers: [a@b.io], rules: [{ quorum: 2 }] }`,
      '2:45 approvals.rules[0].quorum',
      /never be met by 1 approvers/,
    ],
    [
      'a rule for an environment that is not there',
      `${HEAD}approvals: { rules: [{ environments: [prd], quorum: 2 }] }`,
      '2:39 approvals.rules[0].environments[0]',
      /no environment prd.*did you mean prod/,
    ],
    [
      'a rule that asks for nothing',
      `${HEAD}approvals: { rules: [{ environments: [prod] }] }`,
      '2:22 approvals.rules[0]',
      /asks for nothing/,
    ],
    [
      'a rule that never applies',
      `${HEAD}approvals: { rules: [{ classes: [], quorum: 2 }] }`,
      '2:24 approvals.rules[0].classes',
      /never applies/,
    ],
    [
      'an unknown class in a rule',
      `${HEAD}approvals: { rules: [{ classes: [database_deletes], quorum: 2 }] }`,
      '2:34 approvals.rules[0].classes[0]',
      /did you mean database_delete/,
    ],
    [
      'an empty group',
      `${HEAD}approvals: { groups: { dba: [] } }`,
      '2:24 approvals.groups.dba',
      /nobody in it/,
    ],
    [
      'a group with somebody twice',
      `${HEAD}approvals: { groups: { dba: [a@b.io, A@b.io] } }`,
      '2:38 approvals.groups.dba[1]',
      /twice/,
    ],
    [
      'a group named like a person',
      `${HEAD}approvals: { groups: { 'a@b.io': [a@b.io] } }`,
      '2:24 approvals.groups.a@b.io',
      /no name for a group/,
    ],
    [
      'a role of an unknown group',
      `${HEAD}roles: { break_glass: [sre] }`,
      '2:24 roles.break_glass[0]',
      /there is no group sre/,
    ],
    [
      'an unknown role',
      `${HEAD}roles: { breakglass: [a@b.io] }`,
      '2:10 roles.breakglass',
      /did you mean break_glass/,
    ],
    ['a role in the wrong place', `${HEAD}break_glass: [a@b.io]`, '2:1 break_glass', /roles\.break_glass/],
    ['a quorum of none', `${HEAD}approvals: { quorum: 0 }`, '2:22 approvals.quorum', /from 1 to 20/],
    ['a fraction', `${HEAD}plan_ttl_seconds: 60.5`, '2:19 plan_ttl_seconds', /whole number/],
    ['a number as text', `${HEAD}plan_ttl_seconds: '3600'`, '2:19 plan_ttl_seconds', /whole number/],
    ['a number that is none', `${HEAD}plan_ttl_seconds: .nan`, '2:19 plan_ttl_seconds', /whole number/],
    ['too long a time', `${HEAD}approval_ttl_seconds: 604801`, '2:23 approval_ttl_seconds', /604800/],
    ['yes for true', `${HEAD}share_plans: yes`, '2:14 share_plans', /true or false/],
    [
      'an unknown approval provider',
      `${HEAD}approvals: { providers: { emial: {} } }`,
      '2:27 approvals.providers.emial',
      /did you mean email/,
    ],
    ['another version', "recourseos: { version: '2.1' }", '1:24 recourseos.version', /'2\.0'/],
    ['no version', 'recourseos: { environments: {} }', '1:1 recourseos.version', /smallest valid file/],
    ['no recourseos', 'share_plans: false', '1:1 recourseos.version', /smallest valid file/],
    ['a list for a file', '- a', '1:1 ', /must be a map/],
    [
      'a duplicate key',
      `${HEAD}share_plans: false\nshare_plans: true`,
      '3:1 share_plans',
      /duplicate key.*line 2/,
    ],
    [
      'an alias',
      `${HEAD}always_block: &x [database_delete]\nalways_escalate: *x`,
      '2:18 always_block',
      /anchors/,
    ],
    ['a merge key', `${HEAD}limits:\n  <<: { output_bytes: 4096 }`, '3:3 limits.<<', /merge keys/],
    ['a key that is a number', `${HEAD}1: 2`, '2:1 ', /must be text/],
    ['a key that is a list', `${HEAD}? [a]\n: 1`, '2:3 ', /must be text/],
    ['a second document', `${HEAD}---\n${HEAD}`, '2:1 ', /one document/],
    ['a tab', `recourseos:\n\tversion: '2.0'`, '2:1 ', /tab/],
    ['broken YAML', `${HEAD}a: "`, '2:5 ', /not valid YAML/],
    ['a tag', `${HEAD}share_plans: !!bool true`, '2:21 share_plans', /tags/],
    ['a directive', `%YAML 1.1\n---\n${HEAD}`, '1:1 ', /directives/],
    ['an empty file', '', '1:1 ', /smallest valid file/],
    ['a file of comments', '# nothing\n', '1:1 ', /smallest valid file/],
    ['a null file', '~\n', '1:1 ', /smallest valid file/],
    ['a file too large', `${HEAD}${'#'.repeat(256 * 1024)}`, '1:1 ', /256 KB/],
  ];

  it.each(cases)('%s', (_, text, place, words) => {
    const first = problemsOf(text)[0];
    expect(first?.message).toMatch(words);
    expect(placesOf(text)[0]).toBe(place);
  });

  it.each([
    ['flow lists', '['.repeat(200_000)],
    ['flow maps', '{a: '.repeat(50_000)],
    ['lists in a line', '- '.repeat(100_000)],
    ['complex keys', '? '.repeat(100_000)],
    ['values of complex keys', ': '.repeat(100_000)],
    ['indentation', Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
  ])('refuses depth before it can end the process: %s', (_, text) => {
    expect(problemsOf(text)[0]?.message).toMatch(/nested more than/);
  });

  it('never expands an alias bomb', () => {
    const bomb = `a: &a [x]\n${Array.from({ length: 25 }, (_, i) => `b${i}: &b${i} [${`*${i === 0 ? 'a' : `b${i - 1}`},`.repeat(9)}]`).join('\n')}\n`;
    const began = performance.now();
    expect(problemsOf(bomb).some(({ message }) => /aliases/.test(message))).toBe(true);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('shows no control character of the file in a message', () => {
    for (const { message } of problemsOf(`${HEAD}"\\e[2Jx": 1\nprotected_namespaces: ["\\e[2J"]`)) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(message).not.toMatch(/[\u0000-\u001f\u007f]/);
    }
  });

  it('leaves prototypes alone', () => {
    parsePolicy(
      `${HEAD}__proto__: { polluted: 1 }\napprovals: { providers: { email: { __proto__: { polluted: 1 } } } }`,
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
