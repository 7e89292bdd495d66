/**
 * A gateway whose edges are played: records in memory, terraform answers what the test says, the executor
 * records what it was told to run. Everything between the edges is the real thing, signatures included.
 */
import { randomBytes } from 'node:crypto';
import { newChainName, openAuditLog } from '../../lib/audit/log.ts';
import type { DeedDeps } from '../../lib/control/deed.ts';
import { castVote } from '../../lib/control/vote.ts';
import type { AuthorizedPlan } from '../../lib/core/authorize.ts';
import type { NoticeEvent } from '../../lib/core/notice.ts';
import { NO_OWN, type OwnResources, ownMatcher } from '../../lib/core/own.ts';
import type { Owner } from '../../lib/core/plan.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import type { Policy } from '../../lib/core/policy/policy.ts';
import type { RunResult } from '../../lib/core/run.ts';
import { HARMLESS_PLAN } from '../../lib/doctor/played-plans.ts';
import { MemoryBlobs, type PlayedTerraform, playTerraform } from '../../lib/doctor/played-terraform.ts';
import { createGateway, type Gateway, type ToolAnswer } from '../../lib/gateway.ts';
import type { LifecycleContext } from '../../lib/lifecycle/context.ts';
import { InFlight } from '../../lib/lifecycle/in-flight.ts';
import { inProcessEngine } from '../../lib/lifecycle/in-process.ts';
import type { Store } from '../../lib/ports/store.ts';
import type { ToolContext } from '../../lib/tools/tool.ts';
import { type Keys, makeKeys } from './keys.ts';
import { memoryStore } from './memory-store.ts';

export const AGENT = { agent: 'agent-1', human: null } as const;

export interface PlayedExecutor {
  readonly started: { readonly runId: string; readonly plan: AuthorizedPlan }[];
  result: RunResult;
  gate: Promise<void>;
  fails: Error | null;
}

export interface Harness {
  readonly ctx: ToolContext & LifecycleContext;
  readonly gateway: Gateway;
  readonly terraform: PlayedTerraform;
  readonly executor: PlayedExecutor;
  readonly blobs: MemoryBlobs;
  readonly store: Store;
  readonly reports: string[];
  /** What people were told. */
  readonly told: NoticeEvent[];
  now: Date;
  call(tool: string, args: unknown, caller?: { agent: string; human: string | null }): Promise<ToolAnswer>;
  /** A human's vote through the real control side. */
  vote(
    approvalId: string,
    verdict: 'approve' | 'reject',
    approver?: string,
  ): Promise<Awaited<ReturnType<typeof castVote>>>;
  /** What the human side works with beside votes. */
  readonly deeds: DeedDeps;
}

export interface HarnessOptions {
  readonly environment?: string;
  readonly policy?: Partial<Policy>;
  /** What belongs to the gateway; nothing where it is not said. */
  readonly own?: OwnResources;
  readonly store?: Store;
  /** Shared between two harnesses that stand for two processes of one gateway. */
  readonly keys?: Keys;
  readonly blobs?: MemoryBlobs;
  readonly pid?: number;
  /** Processes that are gone. */
  readonly dead?: ReadonlySet<number>;
}

export function makeHarness(options: HarnessOptions = {}): Harness {
  const environment = options.environment ?? 'prod';
  const policy: Policy = { ...DEFAULT_POLICY, ...options.policy };
  const store = options.store ?? memoryStore();
  const keys = options.keys ?? makeKeys();
  const blobs = options.blobs ?? new MemoryBlobs();
  const self: Owner = { host: 'here', pid: options.pid ?? 1, started: 'boot' };
  const terraform: PlayedTerraform = {
    files: { 'main.tf': 'resource "terraform_data" "a" {\n  input = "x"\n}\n' },
    planJson: HARMLESS_PLAN,
    text: 'Plan: 1 to add.',
    refusal: null,
    confined: true,
    gate: Promise.resolve(),
    serial: 1,
    plans: 0,
  };
  const executor: PlayedExecutor = {
    started: [],
    result: { exit_code: 0, output: null, stderr: null, error: null, produced_plan: null },
    gate: Promise.resolve(),
    fails: null,
  };
  const harness = { now: new Date('2026-03-01T12:00:00.000Z') };
  const clock = { now: () => harness.now };
  const random = (count: number) => randomBytes(count);
  const audit = openAuditLog({ store, chain: newChainName(self, random), clock });
  const reports: string[] = [];
  const told: NoticeEvent[] = [];
  const lifecycle: LifecycleContext = {
    environment,
    policy,
    own: ownMatcher(options.own ?? NO_OWN),
    store,
    blobs,
    audit,
    hasher: keys,
    verifier: keys,
    notices: { tell: async (event) => void told.push(event) },
    clock,
    random,
    liveness: { self, isAlive: (owner) => !(options.dead?.has(owner.pid) ?? false) },
    inFlight: new InFlight(),
    executor: {
      start: async (lease, plan) => {
        executor.started.push({ runId: lease.run_id, plan });
        await executor.gate;
        if (executor.fails !== null) throw executor.fails;
        return executor.result;
      },
    },
    terraform: async () => playTerraform(terraform, blobs),
    kubectl: async () => ({ unavailable: 'no kubectl here' }),
    shell: async () => ({ unavailable: 'no shell here' }),
    sweep: async (text) => text,
    report: (message) => reports.push(message),
    runTimeoutMs: 60_000,
  };
  // One object: a test that changes the policy changes it for both.
  const ctx: ToolContext & LifecycleContext = Object.assign(lifecycle, {
    engine: inProcessEngine(lifecycle),
    waitBudgetMs: 2_000,
  });
  const gateway = createGateway(ctx);
  return Object.assign(harness, {
    ctx,
    gateway,
    terraform,
    executor,
    blobs,
    store,
    reports,
    told,
    call: (tool: string, args: unknown, caller: { agent: string; human: string | null } = AGENT) =>
      gateway.call(tool, args, caller),
    deeds: {
      ...{ store, audit, signer: keys, verifier: keys, clock, random, policy, environment },
      notices: ctx.notices,
      onError: (error: unknown) => void reports.push(String(error)),
    },
    vote: (approval_id: string, verdict: 'approve' | 'reject', approver = 'alice@example.com') =>
      castVote(
        {
          ...{ store, audit, signer: keys, verifier: keys, clock, policy, environment },
          notices: ctx.notices,
          onError: (error) => reports.push(String(error)),
        },
        { approval_id, verdict, reason: 'because', approver, via: 'cli' },
      ),
  });
}

/** A promise and the function that resolves it. */
export function gate(): { readonly closed: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { closed, open };
}

export {
  change,
  DELETES_ALL_PLAN,
  HARMLESS_PLAN,
  LOSSY_PLAN,
  planJsonOf,
} from '../../lib/doctor/played-plans.ts';
export { MemoryBlobs } from '../../lib/doctor/played-terraform.ts';
export { makeKeys } from './keys.ts';
