/**
 * A gateway whose edges are played: records in memory, terraform answers what the test says, the executor
 * records what it was told to run. Everything between the edges is the real thing, signatures included.
 */
import { createHmac, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { newChainName, openAuditLog } from '../../lib/audit/log.ts';
import { castVote } from '../../lib/control/vote.ts';
import { type VoteRecord, voteBytes } from '../../lib/core/approval.ts';
import type { AuthorizedPlan } from '../../lib/core/authorize.ts';
import { type Digest, digestOf, sha256 } from '../../lib/core/canonical.ts';
import type { Owner } from '../../lib/core/plan.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy/defaults.ts';
import type { Policy } from '../../lib/core/policy/policy.ts';
import type { Refusal } from '../../lib/core/refusal.ts';
import type { RunResult } from '../../lib/core/run.ts';
import { createGateway, type Gateway, type ToolAnswer } from '../../lib/gateway.ts';
import { InFlight } from '../../lib/lifecycle/in-flight.ts';
import {
  type Blobs,
  BlobTampered,
  type Snapshot,
  type Store,
  type TerraformPlanned,
} from '../../lib/ports.ts';
import type { ToolContext } from '../../lib/tools/tool.ts';
import { memoryStore } from './memory-store.ts';

export const AGENT = { agent: 'agent-1', human: null } as const;

/** What the played terraform does next. Tests change it between calls. */
export interface PlayedTerraform {
  /** Files of the root module. */
  files: Record<string, string>;
  planJson: unknown;
  /** What the plan refuses with, instead of planning. */
  refusal: Refusal | null;
  /** Held until resolved, so that a test can look while planning goes on. */
  gate: Promise<void>;
  /** The state's serial, a part of the digest. */
  serial: number;
  plans: number;
}

export interface PlayedExecutor {
  readonly started: { readonly runId: string; readonly plan: AuthorizedPlan }[];
  result: RunResult;
  gate: Promise<void>;
  fails: Error | null;
}

export interface Harness {
  readonly ctx: ToolContext;
  readonly gateway: Gateway;
  readonly terraform: PlayedTerraform;
  readonly executor: PlayedExecutor;
  readonly blobs: MemoryBlobs;
  readonly store: Store;
  readonly reports: string[];
  now: Date;
  call(tool: string, args: unknown, caller?: { agent: string; human: string | null }): Promise<ToolAnswer>;
  /** A human's vote through the real control side. */
  vote(
    approvalId: string,
    verdict: 'approve' | 'reject',
    approver?: string,
  ): Promise<Awaited<ReturnType<typeof castVote>>>;
}

export interface HarnessOptions {
  readonly environment?: string;
  readonly policy?: Partial<Policy>;
  readonly store?: Store;
  /** Shared between two harnesses that stand for two processes of one gateway. */
  readonly keys?: Keys;
  readonly blobs?: MemoryBlobs;
  readonly pid?: number;
  /** Processes that are gone. */
  readonly dead?: ReadonlySet<number>;
}

export type Keys = ReturnType<typeof makeKeys>;

export function makeKeys() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = randomBytes(32);
  return {
    signVote: async (statement: Parameters<typeof voteBytes>[0]) =>
      sign('sha256', voteBytes(statement), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64'),
    verifyVote: (vote: VoteRecord) =>
      verify(
        'sha256',
        voteBytes(vote),
        { key: publicKey, dsaEncoding: 'ieee-p1363' },
        Buffer.from(vote.signature, 'base64'),
      ),
    hmac: (text: string) => `hmac:${createHmac('sha256', secret).update(text).digest('hex')}`,
  };
}

export class MemoryBlobs implements Blobs {
  readonly bytes = new Map<Digest, Uint8Array>();
  async put(bytes: Uint8Array): Promise<Digest> {
    const address = sha256(bytes);
    this.bytes.set(address, Uint8Array.from(bytes));
    return address;
  }
  async get(address: Digest): Promise<Uint8Array | null> {
    const found = this.bytes.get(address);
    if (found === undefined) return null;
    if (sha256(found) !== address) throw new BlobTampered(address);
    return found;
  }
}

/** A plan that creates one harmless resource. */
export const HARMLESS_PLAN = planJsonOf([
  change('terraform_data.a', 'terraform_data', ['create'], null, { input: 'x' }),
]);

/** A plan that deletes a database without a way back, beside something that stays. */
export const LOSSY_PLAN = planJsonOf([
  change(
    'aws_db_instance.main',
    'aws_db_instance',
    ['delete'],
    { skip_final_snapshot: true, identifier: 'main' },
    null,
  ),
  change(
    'aws_db_instance.kept',
    'aws_db_instance',
    ['no-op'],
    { identifier: 'kept' },
    { identifier: 'kept' },
  ),
]);

export function change(
  address: string,
  type: string,
  actions: string[],
  before: Record<string, unknown> | null,
  after: Record<string, unknown> | null,
) {
  const name = address.split('.').at(-1) ?? '';
  return {
    address,
    mode: 'managed',
    type,
    name,
    provider_name: 'registry.terraform.io/hashicorp/aws',
    change: { actions, before, after, after_unknown: {}, before_sensitive: false, after_sensitive: {} },
  };
}

export function planJsonOf(resource_changes: readonly unknown[], more: Record<string, unknown> = {}) {
  return {
    format_version: '1.2',
    terraform_version: '1.11.4',
    applyable: true,
    complete: true,
    errored: false,
    resource_changes,
    ...more,
  };
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
    refusal: null,
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
  const ctx: ToolContext = {
    environment,
    policy,
    store,
    blobs,
    audit,
    hasher: keys,
    verifier: keys,
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
    terraform: async () => playedLane(terraform, blobs),
    kubectl: async () => ({ unavailable: 'no kubectl here' }),
    shell: async () => ({ unavailable: 'no shell here' }),
    sweep: async (text) => text,
    report: (message) => reports.push(message),
    runTimeoutMs: 60_000,
    waitBudgetMs: 2_000,
  };
  const gateway = createGateway(ctx);
  return Object.assign(harness, {
    ctx,
    gateway,
    terraform,
    executor,
    blobs,
    store,
    reports,
    call: (tool: string, args: unknown, caller: { agent: string; human: string | null } = AGENT) =>
      gateway.call(tool, args, caller),
    vote: (approval_id: string, verdict: 'approve' | 'reject', approver = 'alice@example.com') =>
      castVote(
        { store, audit, signer: keys, verifier: keys, clock, policy, environment },
        { approval_id, verdict, reason: 'because', approver, via: 'cli' },
      ),
  });
}

function playedLane(
  terraform: PlayedTerraform,
  blobs: MemoryBlobs,
): Exclude<Awaited<ReturnType<ToolContext['terraform']>>, { unavailable: string }> {
  const open = async (address: Digest): Promise<Snapshot | null> => {
    const bytes = await blobs.get(address);
    return bytes === null ? null : snapshotOf(JSON.parse(new TextDecoder().decode(bytes)), address);
  };
  return {
    snapshot: async () => {
      const address = await blobs.put(new TextEncoder().encode(JSON.stringify(terraform.files)));
      return snapshotOf(terraform.files, address);
    },
    reopen: open,
    plan: async (_id, target, source) => {
      terraform.plans += 1;
      await terraform.gate;
      if (terraform.refusal !== null) return { ...terraform.refusal, text: 'terraform said no' };
      return planned(terraform, blobs, target.workspace, source);
    },
    readBack: async (plan) => {
      if (plan.frozen.kind !== 'terraform') return null;
      const [artifact, planJson, snapshot] = [
        await blobs.get(plan.frozen.artifact),
        await blobs.get(plan.frozen.planJson),
        await open(plan.frozen.snapshot),
      ];
      if (artifact === null || planJson === null || snapshot === null) return null;
      const { workspace, serial } = JSON.parse(new TextDecoder().decode(artifact));
      const json = JSON.parse(new TextDecoder().decode(planJson));
      const parts = partsOf(snapshot.address, workspace, serial, json);
      return { digest: digestOf(parts), workspace, planJson: json, snapshot };
    },
  };
}

async function planned(
  terraform: PlayedTerraform,
  blobs: MemoryBlobs,
  workspace: string,
  source: Digest,
): Promise<TerraformPlanned> {
  const put = (value: unknown) => blobs.put(new TextEncoder().encode(JSON.stringify(value)));
  const digestParts = partsOf(source, workspace, terraform.serial, terraform.planJson);
  return {
    frozen: {
      kind: 'terraform',
      snapshot: source,
      artifact: await put({ workspace, serial: terraform.serial }),
      planJson: await put(terraform.planJson),
      workspace,
      tool: { name: 'terraform', version: '1.11.4' },
    },
    digest: digestOf(digestParts),
    digestParts,
    planJson: terraform.planJson,
    text: 'Plan: 1 to add.',
  };
}

function partsOf(snapshot: Digest, workspace: string, serial: number, planJson: unknown) {
  const part = (value: unknown, shown: string | null = null) => ({ hash: digestOf(value), shown });
  return {
    snapshot: part(snapshot),
    workspace: part(workspace),
    state: part(serial, `serial ${serial}`),
    changes: part(planJson),
  };
}

function snapshotOf(files: Record<string, string>, address: Digest): Snapshot {
  const entries = Object.entries(files).map(
    ([path, text]) => [path, { path, bytes: new TextEncoder().encode(text) }] as const,
  );
  return { address, rootModule: '', files: new Map(entries) };
}

/** A promise and the function that resolves it. */
export function gate(): { readonly closed: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { closed, open };
}
