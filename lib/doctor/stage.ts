/**
 * A scratch gateway for self-tests: the operator's environment and policy, the real pipeline, records that go
 * away, and executors that only write down what they were told to run.
 */
import { openAuditLog } from '../audit/log.ts';
import type { VoteOutcome, VoteRefusal } from '../control/vote.ts';
import { castVote } from '../control/vote.ts';
import type { ApprovalId } from '../core/ids.ts';
import { newBreakGlassId, parseApprovalId } from '../core/ids.ts';
import { NO_OWN, ownMatcher } from '../core/own.ts';
import type { JudgedPlan } from '../core/plan.ts';
import type { Policy } from '../core/policy/policy.ts';
import { createGateway, type ToolAnswer } from '../gateway.ts';
import type { LifecycleContext } from '../lifecycle/context.ts';
import { InFlight } from '../lifecycle/in-flight.ts';
import { inProcessEngine } from '../lifecycle/in-process.ts';
import { SILENT } from '../lifecycle/tell.ts';
import type { ActionLane } from '../ports/lanes.ts';
import type { Random } from '../ports/process.ts';
import type { Hasher, VoteSigner, VoteVerifier } from '../ports/signing.ts';
import type { Store } from '../ports/store.ts';
import type { ToolContext } from '../tools/tool.ts';
import { HARMLESS_PLAN } from './played-plans.ts';
import { MemoryBlobs, type PlayedTerraform, playTerraform } from './played-terraform.ts';

export interface StageOptions {
  readonly environment: string;
  readonly policy: Policy;
  /** Empty; closed by whoever opened it. */
  readonly store: Store;
  readonly keys: VoteSigner & VoteVerifier & Hasher;
  readonly random: Random;
  readonly sweep: (text: string) => Promise<string>;
  readonly kubectl: ActionLane | { readonly unavailable: string };
  readonly shell: ActionLane | { readonly unavailable: string };
}

export class Stage {
  readonly environment: string;
  readonly policy: Policy;
  readonly store: Store;
  readonly blobs = new MemoryBlobs();
  readonly terraform: PlayedTerraform = {
    files: { 'main.tf': 'resource "terraform_data" "a" {\n  input = "x"\n}\n' },
    planJson: HARMLESS_PLAN,
    text: 'Plan: 1 to add.',
    refusal: null,
    confined: true,
    gate: Promise.resolve(),
    serial: 1,
    plans: 0,
  };
  /** Every plan that an executor was told to run. */
  readonly ran: JudgedPlan[] = [];
  now = new Date('2026-01-01T12:00:00.000Z');
  readonly #options: StageOptions;
  readonly #ctx: ToolContext;

  constructor(options: StageOptions) {
    const { environment, policy, store, keys, random, sweep, kubectl, shell } = options;
    this.environment = environment;
    this.policy = policy;
    this.store = store;
    this.#options = options;
    const clock = { now: () => this.now };
    const chain = `doctor-${Buffer.from(random(8)).toString('hex')}`;
    const lifecycle: LifecycleContext = {
      environment,
      // A self-test makes more calls a minute than an agent may.
      policy: {
        ...policy,
        limits: { ...policy.limits, callsPerMinute: 100_000, pendingApprovalsPerAgent: 1_000 },
      },
      own: ownMatcher(NO_OWN),
      store,
      blobs: this.blobs,
      audit: openAuditLog({ store, chain, clock }),
      hasher: keys,
      verifier: keys,
      notices: SILENT,
      clock,
      random,
      liveness: { self: { host: 'doctor', pid: 1, started: chain }, isAlive: () => true },
      inFlight: new InFlight(),
      executor: {
        start: async (_lease, authorized) => {
          this.ran.push(authorized.plan);
          return { exit_code: 0, output: null, stderr: null, error: null, produced_plan: null };
        },
      },
      terraform: async () => playTerraform(this.terraform, this.blobs),
      kubectl: async () => kubectl,
      shell: async () => shell,
      sweep,
      report: () => {},
      runTimeoutMs: 60_000,
    };
    this.#ctx = { ...lifecycle, engine: inProcessEngine(lifecycle), waitBudgetMs: 10_000 };
  }

  call(tool: string, args: unknown, agent = 'doctor-agent'): Promise<ToolAnswer> {
    return createGateway(this.#ctx).call(tool, args, { agent, human: null });
  }

  /** A vote through the human side, by somebody who may vote under this policy unless `approver` says otherwise. */
  vote(
    approvalId: string,
    verdict: 'approve' | 'reject',
    approver: string = this.approvers()[0] ?? '',
  ): Promise<VoteOutcome | VoteRefusal> {
    const { audit, clock } = this.#ctx;
    const { store, policy, environment } = this;
    const { keys } = this.#options;
    const deps = {
      ...{ store, audit, signer: keys, verifier: keys, clock, policy, environment },
      notices: SILENT,
      onError: () => {},
    };
    return castVote(deps, { approval_id: approvalId, verdict, reason: 'self-test', approver, via: 'cli' });
  }

  /** As many humans as the quorum and every rule of this environment need. */
  approvers(): string[] {
    const { approvers, quorum, rules, groups } = this.policy.approvals;
    const known = approvers.length > 0 ? approvers : ['one@doctor.invalid', 'two@doctor.invalid'];
    const more = Array.from({ length: quorum }, (_, index) => `human-${index}@doctor.invalid`);
    const asked = rules
      .filter((rule) => rule.environments?.includes(this.environment) ?? true)
      .flatMap((rule) => {
        const members = rule.groups.flatMap((name) => groups[name] ?? []);
        return (rule.groups.length > 0 ? members : known).slice(0, rule.quorum);
      });
    const base = approvers.length > 0 ? known.slice(0, quorum) : [...known, ...more].slice(0, quorum);
    return [...new Set([...base, ...asked])];
  }

  async approve(approvalId: string): Promise<void> {
    for (const approver of this.approvers()) await this.vote(approvalId, 'approve', approver);
  }

  /** A vote as somebody would write it who has the records and not the key. */
  async forgeVotes(approvalId: ApprovalId): Promise<void> {
    const approval = (await this.store.get('approval', approvalId))?.value;
    if (approval === undefined) return;
    const { digest, environment, expires_at, audit } = approval;
    for (const approver of this.approvers()) {
      await this.store.create('vote', `${approvalId} ${approver.toLowerCase()}`, {
        approval_id: approvalId,
        digest,
        environment,
        approver,
        verdict: 'approve',
        reason: '',
        voted_at: this.now.toISOString(),
        expires_at,
        signature: Buffer.alloc(64, 1).toString('base64'),
        audit,
      });
    }
  }

  /** Broken glass as somebody would write it who has the records and not the key. */
  async forgeGlass(planId: string): Promise<void> {
    const plan = (await this.store.get('plan', planId))?.value;
    if (plan === undefined || !('digest' in plan)) return;
    const now = this.now.getTime();
    await this.store.create('break_glass', plan.plan_id, {
      break_glass_id: newBreakGlassId(this.#options.random),
      plan_id: plan.plan_id,
      digest: plan.digest,
      environment: plan.environment,
      by: this.policy.roles.break_glass[0] ?? 'local:doctor',
      reason: 'self-test',
      made_at: this.now.toISOString(),
      expires_at: new Date(now + 600_000).toISOString(),
      signature: Buffer.alloc(64, 1).toString('base64'),
      audit: plan.audit,
    });
  }

  /** The stored plan, changed behind the gateway's back. */
  async rewritePlan(planId: string, change: (plan: JudgedPlan) => JudgedPlan): Promise<void> {
    const found = await this.store.get('plan', planId);
    if (found === null || !('digest' in found.value)) return;
    await this.store.replace('plan', planId, found.version, change(found.value));
  }

  async askFor(planId: string, agent?: string): Promise<ApprovalId | null> {
    const asked = await this.call(
      'gateway_request_approval',
      { plan_id: planId, reason: 'self-test' },
      agent,
    );
    return parseApprovalId(asked.approval_id ?? '');
  }
}
