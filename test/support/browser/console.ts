/** A console with a story behind it, served on a port of its own, for a browser to look at. */
import { type ServerType, serve } from '@hono/node-server';
import { breakGlass } from '../../../lib/control/break-glass.ts';
import { createLink } from '../../../lib/control/links.ts';
import { makeOverride } from '../../../lib/control/overrides.ts';
import { castVote } from '../../../lib/control/vote.ts';
import type { RootPath, WorkspaceName } from '../../../lib/core/action.ts';
import type { ApprovalRecord } from '../../../lib/core/approval.ts';
import { runIdOf } from '../../../lib/core/ids.ts';
import type { JudgedPlan } from '../../../lib/core/plan.ts';
import { parsePolicy } from '../../../lib/core/policy/parse.ts';
import type { RunRecord } from '../../../lib/core/run.ts';
import { type Setting, type Stage, stage } from '../../control/stage.ts';

export const ADA = 'ada@example.com';
export const BOB = 'bob@example.com';

export interface ServedConsole {
  readonly on: Stage;
  readonly origin: string;
  /** A one-time link that logs this person in. */
  login(approver: string): Promise<string>;
  close(): Promise<void>;
}

const POLICY = `recourseos:
  version: '2.0'
  environments:
    prod: { from_backup: escalate }
protected_workspaces: [live]
always_escalate: [iam_policy_change]
approvals:
  approvers: [${ADA}, ${BOB}, carol@example.com]
  groups: { dba: [${ADA}, dora@example.com] }
  rules:
    - { environments: [prod], classes: [database_delete], groups: [dba], quorum: 2 }
roles:
  operator: [${ADA}]
  override: [${ADA}]
  break_glass: [${ADA}, ${BOB}]
`;

export async function serveConsole(setting: Setting = {}): Promise<ServedConsole> {
  let respond: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 503 });
  const { server, port } = await listening((request) => respond(request));
  const origin = `http://127.0.0.1:${port}`;
  const parsed = parsePolicy(POLICY);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { policy, provenance } = parsed;
  const on = await stage({ ...setting, origin, deps: { policy, provenance, ...setting.deps } });
  respond = (request) => on.app.fetch(request);
  return {
    on,
    origin,
    login: async (approver) => {
      const { token } = await createLink(on.deps, { purpose: 'console', approver }, 300);
      return `${origin}/console/login?t=${token}`;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listening(
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<{ server: ServerType; port: number }> {
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve({ server, port }));
  });
}

export interface Story {
  readonly database: ApprovalRecord;
  readonly shell: ApprovalRecord;
  readonly done: ApprovalRecord;
  readonly blocked: ApprovalRecord;
  readonly running: ApprovalRecord;
}

/** A day in prod: requests that wait, some decided, a run that goes on, one that is over, an override, broken glass. */
export async function story({ on }: ServedConsole): Promise<Story> {
  const { deps, clock } = on;
  const later = (minutes: number) => {
    clock.at = new Date(clock.at.getTime() + minutes * 60_000);
  };
  const done = await on.ask({
    plan: { action: APPLY, evaluation: TAGS, classes: [], reasons: [MUTATION] },
    output: PLAN_TEXT,
    approval: { reason: 'Tags for the cost report.' },
  });
  for (const approver of [ADA]) {
    await castVote(deps, {
      approval_id: done.approval_id,
      verdict: 'approve',
      reason: 'as agreed',
      approver,
      via: 'console',
    });
  }
  await runOf(on, done, { state: 'succeeded', output: APPLY_TEXT });
  later(35);
  const blocked = await on.ask({
    plan: {
      action: { ...APPLY, kind: 'terraform-destroy' },
      state: 'blocked',
      decision: 'block',
      classes: ['terraform_destroy', 'database_delete'],
      reasons: [
        {
          rule: 'destroys_everything',
          class: 'terraform_destroy',
          address: '',
          message:
            'The plan deletes everything that this workspace manages. Policy terraform_destroy for prod is block; an agent cannot have that approved.',
        },
      ],
    },
    output: PLAN_TEXT,
    standing: false,
  });
  later(5);
  const glassed = await on.ask({ plan: { action: APPLY, evaluation: TAGS, classes: [] }, standing: false });
  await breakGlass(deps, {
    plan_id: glassed.plan_id,
    reason: 'INC-42: the site is down, nobody answers',
    by: BOB,
    via: 'cli',
  });
  await makeOverride(deps, {
    scope: { action: 'terraform-apply', class: null, address: 'module.web.*', agent: 'claude' },
    reason: 'Release night, CHG-1207',
    ttlSeconds: 7200,
    by: ADA,
    via: 'console',
  });
  later(12);
  const running = await on.ask({
    plan: { action: APPLY, evaluation: TAGS, classes: [] },
    approval: { reason: 'The new listener.' },
  });
  await castVote(deps, {
    approval_id: running.approval_id,
    verdict: 'approve',
    reason: '',
    approver: ADA,
    via: 'link',
  });
  await runOf(on, running, { state: 'running' });
  const shell = await on.ask({
    plan: {
      action: {
        kind: 'shell',
        command: 'aws s3 sync ./public s3://www.example.com --delete',
        cwd: 'site' as RootPath,
        timeoutMs: 120_000,
      },
      evaluation: null,
      classes: ['shell_not_read_only'],
      reasons: [
        {
          rule: 'shell.not_read_only',
          class: 'shell_not_read_only',
          address: 'aws',
          message: 'aws is not known to only read. shell_not_read_only needs a human in every environment.',
        },
      ],
      frozen: { kind: 'shell', network: true, lane: 'shell' },
    },
    approval: {
      reason: 'Publishes the new landing page.',
      requested_by: { agent: 'deploy-bot', human: 'hugo@example.com' },
    },
  });
  later(9);
  const database = await on.ask({ output: PLAN_TEXT });
  await castVote(deps, {
    approval_id: database.approval_id,
    verdict: 'approve',
    reason: 'I checked the dump.',
    approver: 'dora@example.com',
    via: 'email',
  });
  later(4);
  return { database, shell, done, blocked, running };
}

async function runOf(
  on: Stage,
  approval: ApprovalRecord,
  how: { state: 'running' } | { state: 'succeeded'; output: string },
) {
  const at = on.clock.now().toISOString();
  const common = {
    run_id: runIdOf(approval.plan_id),
    plan_id: approval.plan_id,
    environment: 'prod',
    caller: approval.requested_by,
    digest: approval.digest,
    approval_id: approval.approval_id,
    lane: 'terraform-apply',
    decision: 'escalate',
    overrides: [],
    break_glass_id: null,
    started_at: at,
    audit: approval.audit,
  } as const;
  const output = how.state === 'running' ? null : await on.blobs.put(new TextEncoder().encode(how.output));
  const run: RunRecord =
    how.state === 'running'
      ? { ...common, state: 'running', owner: { host: 'h', pid: 1, started: 's' } }
      : {
          ...common,
          state: 'succeeded',
          finished_at: at,
          result: { exit_code: 0, output, stderr: null, error: null, produced_plan: null },
        };
  await on.store.create('spend', approval.approval_id, {
    approval_id: approval.approval_id,
    run_id: run.run_id,
    spent_at: at,
  });
  await on.store.create('run', run.run_id, run);
}

const APPLY: Extract<JudgedPlan['action'], { kind: 'terraform-apply' }> = {
  kind: 'terraform-apply',
  cwd: 'infra/web' as RootPath,
  workspace: 'live' as WorkspaceName,
  ref: null,
  args: [],
};

const MUTATION = {
  rule: 'policy.default_mutation',
  class: null,
  address: '',
  message: 'terraform-apply changes things; policy default_mutation for prod is escalate.',
} as const;

const TAGS: NonNullable<JudgedPlan['evaluation']> = {
  worst_tier: 1,
  worst_tier_label: 'reversible',
  total_changes: 1,
  by_tier: { '1': 1 },
  changes: [
    {
      address: 'module.web.aws_lb_listener.https',
      type: 'aws_lb_listener',
      action: 'update',
      tier: 1,
      tier_label: 'reversible',
      classes: [],
      why: 'Tags change in place; putting the old ones back undoes it.',
      evidence: [],
      advice: null,
    },
  ],
  cross_action_risks: [],
  blast_radius: [],
  notes: [],
};

const PLAN_TEXT = `Terraform will perform the following actions:

  # aws_db_instance.main will be destroyed
  - resource "aws_db_instance" "main" {
      - allocated_storage       = 200 -> null
      - backup_retention_period = 0 -> null
      - engine                  = "postgres" -> null
      - identifier              = "orders" -> null
      - skip_final_snapshot     = true -> null
    }

  # aws_security_group.app["blue"] will be updated in-place
  ~ resource "aws_security_group" "app" {
        id = "sg-0f3a"
      ~ ingress = [
          + {
              + cidr_blocks = ["0.0.0.0/0"]
              + from_port   = 5432
            },
        ]
    }

  # aws_cloudwatch_log_group.app will be created
  + resource "aws_cloudwatch_log_group" "app" {
      + name              = "/app/orders"
      + retention_in_days = 30
    }

Plan: 1 to add, 1 to change, 1 to destroy.
`;

const APPLY_TEXT = `module.web.aws_lb_listener.https: Modifying... [id=arn:aws:elasticloadbalancing:…:listener/app/web/50dc]
module.web.aws_lb_listener.https: Modifications complete after 1s

Apply complete! Resources: 0 added, 1 changed, 0 destroyed.
`;
