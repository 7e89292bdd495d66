import { createHmac, randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import type { ControlDeps } from '../../lib/control/deps.ts';
import { controlApp } from '../../lib/control/http.ts';
import { createLink } from '../../lib/control/links.ts';
import { refusalBudget } from '../../lib/control/refusals.ts';
import { createToken } from '../../lib/control/tokens.ts';
import type { RootPath, WorkspaceName } from '../../lib/core/action.ts';
import type { ApprovalRecord } from '../../lib/core/approval.ts';
import { digestOf, sha256 } from '../../lib/core/canonical.ts';
import type { Evaluation } from '../../lib/core/finding.ts';
import { newApprovalId, newPlanId } from '../../lib/core/ids.ts';
import type { NoticeEvent } from '../../lib/core/notice.ts';
import type { JudgedPlan } from '../../lib/core/plan.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import type { Policy } from '../../lib/core/policy/policy.ts';
import { type Fault, faultyStore } from '../support/faulty-store.ts';
import { makeKeys } from '../support/keys.ts';
import { memoryStore } from '../support/memory-store.ts';
import { MemoryAudit, MemoryBlobs } from './memory.ts';

export const ORIGIN = 'http://127.0.0.1:4180';
export const LOCAL_TOKEN = 'local-token-of-control-json';
const keys = makeKeys();

export type Stage = Awaited<ReturnType<typeof stage>>;

export interface Setting {
  readonly approvers?: readonly string[];
  readonly quorum?: number;
  readonly origin?: string;
  readonly roles?: Partial<Policy['roles']>;
  readonly groups?: Policy['approvals']['groups'];
  readonly rules?: Policy['approvals']['rules'];
  readonly startRun?: ControlDeps['startRun'];
  /** Instead of what this stage would give. */
  readonly deps?: Partial<ControlDeps>;
}

/** A control side on maps, with real signatures and a clock that stands still until it is moved. */
export async function stage(setting: Setting = {}) {
  /** Pushed to by tests, to break writes from then on. */
  const faults: Fault[] = [];
  const store = faultyStore(memoryStore(), faults);
  const audit = new MemoryAudit(store);
  const blobs = new MemoryBlobs();
  const clock = { at: new Date('2026-03-01T12:00:00.000Z'), now: () => new Date(clock.at) };
  const errors: unknown[] = [];
  const told: NoticeEvent[] = [];
  const stopped: string[] = [];
  const deps: ControlDeps = {
    store,
    audit,
    blobs,
    clock,
    signer: keys,
    verifier: keys,
    hasher: { hmac: (text) => `hmac:${createHmac('sha256', 'key').update(text).digest('hex')}` },
    notices: { tell: async (event) => void told.push(event) },
    random: (count) => randomBytes(count),
    refusals: refusalBudget(),
    policy: policyOf(setting),
    environment: 'prod',
    origin: setting.origin ?? ORIGIN,
    local: { token_hash: sha256(LOCAL_TOKEN), approver: 'local:ada' },
    oidc: null,
    signers: null,
    provenance: new Map(),
    stopper: { stop: async (run) => void stopped.push(run.run_id) },
    startRun: setting.startRun ?? null,
    verifyAudit: async () => ({ holds: true, what: '3 events', at: clock.at.toISOString() }),
    ...setting.deps,
    onError: (error) => errors.push(error),
  };
  const app = controlApp(deps);
  return { deps, store, faults, audit, blobs, clock, errors, told, stopped, app, ...asking(deps, app) };
}

/** Requests as a browser or a client makes them, and things to ask about. */
function asking(deps: ControlDeps, app: Hono) {
  const host = new URL(deps.origin).host;
  const request = async (path: string, init: RequestInit = {}) =>
    app.request(`${deps.origin}${path}`, { ...init, headers: { host, ...init.headers } });
  const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    request(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: deps.origin,
        'sec-fetch-site': 'same-origin',
        ...headers,
      },
    });
  const api = (path: string, body?: unknown, token = LOCAL_TOKEN, headers: Record<string, string> = {}) =>
    request(path, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    });
  const approverToken = async (email: string) =>
    (await createToken(deps, { kind: 'approver', email }, 'local:ada')).token;
  const agentToken = async (name: string) =>
    (await createToken(deps, { kind: 'agent', name, human: null }, 'local:ada')).token;
  const approvalLink = async (approval: ApprovalRecord, approver: string, ttl = 3600) =>
    (
      await createLink(
        deps,
        { purpose: 'approval', approver, approval_id: approval.approval_id, digest: approval.digest },
        ttl,
      )
    ).token;
  /** Logs in as a browser does; gives the cookie and the session's CSRF token. */
  const browser = async (approver: string) => {
    const { token } = await createLink(deps, { purpose: 'console', approver }, 300);
    const cookie = ((await form('/console/login', { t: token })).headers.get('set-cookie') ?? '').split(
      ';',
    )[0];
    const page = await (await request('/console', { headers: { cookie: cookie ?? '' } })).text();
    return { cookie: cookie ?? '', csrf: /name="csrf" value="([0-9a-f]{64})"/.exec(page)?.[1] ?? '' };
  };
  return {
    request,
    form,
    api,
    approverToken,
    agentToken,
    approvalLink,
    browser,
    ask: (changes?: Ask) => ask(deps, changes),
  };
}

export interface Ask {
  readonly plan?: Partial<JudgedPlan>;
  readonly approval?: Partial<ApprovalRecord>;
  readonly output?: string;
  readonly standing?: boolean;
}

/** An escalated terraform plan and the request to approve it, as the gateway writes them. */
export async function ask(deps: ControlDeps, { plan, approval, output, standing = true }: Ask = {}) {
  const at = deps.clock.now();
  const digest = digestOf(deps.random(8).join());
  const audit = { chain: 'gateway', seq: 1, hash: digest };
  const stored: JudgedPlan = {
    plan_id: newPlanId(deps.random),
    environment: 'prod',
    caller: { agent: 'claude', human: null },
    action: {
      kind: 'terraform-apply',
      cwd: 'infra/database' as RootPath,
      workspace: 'production' as WorkspaceName,
      ref: null,
      args: [],
    },
    created_at: at.toISOString(),
    expires_at: new Date(at.getTime() + 3_600_000).toISOString(),
    audit,
    state: 'needs_approval',
    decision: 'escalate',
    reasons: [
      {
        rule: 'unrecoverable',
        class: 'database_delete',
        address: 'aws_db_instance.main',
        message: 'A change that cannot be undone needs a human in prod.',
      },
    ],
    classes: ['database_delete', 'security_group_public_ingress'],
    evaluation: EVALUATION,
    evaluationBlob: null,
    digest,
    digestParts: {},
    frozen: { kind: 'terraform-scan', snapshot: digest },
    outputBlob: output === undefined ? null : await deps.blobs.put(new TextEncoder().encode(output)),
    ...plan,
  };
  const record: ApprovalRecord = {
    approval_id: newApprovalId(deps.random),
    environment: 'prod',
    digest: stored.digest,
    plan_id: stored.plan_id,
    requested_by: stored.caller,
    reason: 'The old database is not used any more.',
    operation: null,
    target: null,
    created_at: at.toISOString(),
    expires_at: new Date(at.getTime() + 86_400_000).toISOString(),
    audit,
    ...approval,
  };
  await deps.store.create('plan', stored.plan_id, stored);
  await deps.store.create('approval', record.approval_id, record);
  if (standing) {
    await deps.store.create('approval_pointer', record.digest, {
      digest: record.digest,
      approval_id: record.approval_id,
    });
  }
  return record;
}

export const EVALUATION: Evaluation = {
  worst_tier: 4,
  worst_tier_label: 'unrecoverable',
  total_changes: 3,
  by_tier: { '4': 1, '2': 1, '1': 1 },
  changes: [
    {
      address: 'aws_db_instance.main',
      type: 'aws_db_instance',
      action: 'delete',
      tier: 4,
      tier_label: 'unrecoverable',
      classes: ['database_delete'],
      why: 'The database is deleted without a final snapshot; its automated backups go with it.',
      evidence: [
        { path: 'skip_final_snapshot', value: true },
        { path: 'backup_retention_period', value: 0 },
      ],
      advice:
        'Set skip_final_snapshot to false and name a final_snapshot_identifier, apply that, then delete.',
    },
    {
      address: 'aws_security_group.app["blue"]',
      type: 'aws_security_group',
      action: 'update',
      tier: 2,
      tier_label: 'recoverable_with_effort',
      classes: ['security_group_public_ingress'],
      why: 'Port 5432 becomes reachable from 0.0.0.0/0.',
      evidence: [{ path: 'ingress[0].cidr_blocks', value: ['0.0.0.0/0'] }],
      advice: null,
    },
    {
      address: 'aws_cloudwatch_log_group.app',
      type: 'aws_cloudwatch_log_group',
      action: 'create',
      tier: 1,
      tier_label: 'reversible',
      classes: [],
      why: 'A new log group; deleting it undoes this.',
      evidence: [],
      advice: null,
    },
  ],
  cross_action_risks: [],
  blast_radius: [
    {
      address: 'aws_db_instance.main',
      direct: ['aws_route53_record.db'],
      all: ['aws_route53_record.db', 'aws_ecs_service.api'],
    },
  ],
  notes: [],
};

function policyOf(setting: Setting): Policy {
  return {
    version: '2.0',
    environments: {},
    protectedNamespaces: [],
    protectedWorkspaces: [],
    alwaysBlock: [],
    alwaysEscalate: [],
    shell: { block: [], escalate: [], allow: [] },
    terraform: { tool: 'terraform', allowedProviders: [], allowedBackends: [] },
    approvals: {
      ...DEFAULT_POLICY.approvals,
      quorum: setting.quorum ?? 1,
      approvers: setting.approvers ?? [],
      groups: setting.groups ?? {},
      rules: setting.rules ?? [],
    },
    roles: { ...DEFAULT_POLICY.roles, ...setting.roles },
    limits: { pendingApprovalsPerAgent: 20, callsPerMinute: 120, outputBytes: 65_536 },
    sharePlans: false,
    planTtlSeconds: 3600,
    approvalTtlSeconds: 86_400,
  };
}
