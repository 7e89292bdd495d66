/**
 * The cloud's order of work with its edges played: records and objects in memory, and lanes that answer what the
 * test says. What judges between them is what is deployed.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadEnvironment } from '../../infra/config.ts';
import { newChainName, openAuditLog } from '../../lib/audit/log.ts';
import { type JudgingParts, judgingContext } from '../../lib/aws/judging.ts';
import { castVote } from '../../lib/control/vote.ts';
import type { Action } from '../../lib/core/action.ts';
import { newPlanId, type PlanId, runIdOf } from '../../lib/core/ids.ts';
import type { JudgedPlan, PlanRecord } from '../../lib/core/plan.ts';
import { isRefusal } from '../../lib/core/refusal.ts';
import type { RunRecord } from '../../lib/core/run.ts';
import { requestApproval } from '../../lib/lifecycle/approvals.ts';
import { recordPlan } from '../../lib/lifecycle/record-plan.ts';
import type { Store } from '../../lib/ports/store.ts';
import type { WorkflowContext } from '../../lib/workflow/context.ts';
import { putInline } from '../../lib/workflow/inline-input.ts';
import type { Job, JobBox, Parcel } from '../../lib/workflow/job.ts';
import { tellRewritten } from '../../lib/workflow/rewritten-plans.ts';
import { isRewritten, sealedPlans } from '../../lib/workflow/sealed-plans.ts';
import { boxFiles } from '../cloud/files.ts';
import { MemoryBlobs, makeKeys } from '../support/harness.ts';
import { memoryStore } from '../support/memory-store.ts';

export const CALLER = { agent: 'ci-bot', human: 'carol@example.com' } as const;

export type Keys = ReturnType<typeof makeKeys>;

/** What outlives every function that fails. */
export class Stage {
  /** As the account's owner reaches it. */
  readonly store = memoryStore();
  readonly frozen = new MemoryBlobs();
  readonly outputs = new MemoryBlobs();
  readonly jobs = new Map<string, { readonly job: Job; readonly parcel: Parcel }>();
  readonly results = new Map<string, Parcel>();
  readonly reports: string[] = [];
  readonly keys: Keys = makeKeys();
  now = new Date('2026-03-01T12:00:00.000Z');
  readonly #digestKey = randomBytes(32).toString('hex');
  readonly #environment: ReturnType<typeof loadEnvironment>;

  constructor(environment: ReturnType<typeof loadEnvironment>) {
    this.#environment = environment;
  }

  get environment(): string {
    return this.#environment.config.environment;
  }

  /** As one invocation of a function has it. `store`, `box`: where they break. */
  context(attemptId: string, store: Store = this.store, box: JobBox = this.box()): WorkflowContext {
    return judgingContext(this.#parts(store, box), attemptId, this.now);
  }

  box(): JobBox {
    return {
      putJob: async (_lane, jobId, job, blobs) => {
        const content: unknown = JSON.parse(JSON.stringify(job));
        this.jobs.set(jobId, { job, parcel: { content, blobs } });
      },
      readResult: async (lane, jobId) => this.results.get(`${lane} ${jobId}`) ?? null,
    };
  }

  #parts(records: Store, box: JobBox): JudgingParts {
    const report = (message: string) => void this.reports.push(message);
    const clock = { now: () => this.now };
    const { config, policy, policyText } = this.#environment;
    const random = (count: number) => randomBytes(count);
    const chain = newChainName({ host: 'run-machine', pid: 0, started: 'x' }, random);
    const audit = openAuditLog({ store: records, chain, clock });
    const { environment } = this;
    const store = sealedPlans(records, tellRewritten({ audit, clock, environment, report }));
    return {
      deployment: {
        environment: this.environment,
        config: { ...config, policy_text: policyText },
        policy,
        sources: [{ name: 'network', refs: null }],
        variable: (name) => name,
        tables: {},
      },
      store,
      isRewritten: (planId) => isRewritten(records, planId),
      audit,
      frozen: this.frozen,
      outputs: this.outputs,
      box,
      builds: { describe: async () => null },
      verifier: this.keys,
      notices: { tell: async () => {} },
      digestKey: this.#digestKey,
      random,
      report,
    };
  }

  /** As the function does that serves agents. */
  async propose(action: Action, manifest: string | null = null, attemptId = 'att_of_plan'): Promise<PlanId> {
    const ctx = this.context('mcp');
    const input = manifest === null ? null : await putInline(ctx, manifest);
    if (isRefusal(input)) throw new Error(input.why);
    const owner = { host: 'run-machine', pid: 0, started: attemptId };
    const outcome = { state: 'planning', owner, ...(input === null ? {} : { input }) } as const;
    return recordPlan(
      ctx,
      CALLER,
      action,
      outcome,
      newPlanId((count) => randomBytes(count)),
    );
  }

  async plan(planId: PlanId): Promise<PlanRecord> {
    const found = await this.store.get('plan', planId);
    if (found === null) throw new Error('no such plan');
    return found.value;
  }

  async judged(planId: PlanId): Promise<JudgedPlan> {
    const plan = await this.plan(planId);
    if (plan.state === 'planning' || plan.state === 'plan_failed') throw new Error(JSON.stringify(plan));
    return plan;
  }

  async run(planId: PlanId): Promise<RunRecord | null> {
    return (await this.store.get('run', runIdOf(planId)))?.value ?? null;
  }

  /** Whoever serves agents rewrites what it may write. */
  async rewrite(planId: PlanId, change: (plan: JudgedPlan) => PlanRecord): Promise<void> {
    const found = await this.store.get('plan', planId);
    if (found === null) throw new Error('no such plan');
    await this.store.replace('plan', planId, found.version, change(await this.judged(planId)));
  }

  async approve(planId: PlanId): Promise<void> {
    const ctx = this.context('mcp');
    const asked = await requestApproval(ctx, await this.judged(planId), CALLER, {
      reason: 'the release needs it',
      operation: null,
      target: null,
    });
    if (isRefusal(asked)) throw new Error(asked.why);
    const vote = { verdict: 'approve', reason: '', approver: 'alice@example.com', via: 'link' } as const;
    const cast = await castVote(
      { ...ctx, signer: this.keys, onError: (error) => void this.reports.push(String(error)) },
      { ...vote, approval_id: asked.approval.approval_id },
    );
    if (cast.refused) throw new Error(cast.why);
  }

  later(milliseconds: number): void {
    this.now = new Date(this.now.getTime() + milliseconds);
  }
}

const environments = new Map<string, ReturnType<typeof loadEnvironment>>();

export function openStage(name = 'prod'): Stage {
  const found = environments.get(name) ?? readEnvironment(name);
  environments.set(name, found);
  return new Stage(found);
}

function readEnvironment(name: string): ReturnType<typeof loadEnvironment> {
  const folder = mkdtempSync(path.join(tmpdir(), 'recourse-stage-'));
  try {
    const ca = Buffer.from('a certificate').toString('base64');
    const role = (of: string) => `${of}_role: 'arn:aws:iam::111122223333:role/cluster-${of}'`;
    const eks = `{ cluster: main, endpoint: 'https://example.com', ca: ${ca}, region: eu-west-1 }`;
    const config = `clusters:\n  - { name: main, eks: ${eks}, ${role('read')}, ${role('write')} }\n`;
    for (const [file, text] of Object.entries(boxFiles(name, { config }))) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    return loadEnvironment(name, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
