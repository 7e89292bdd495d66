/**
 * What one build of a lane is to do, and what it gives back. Both travel as one parcel each, with the blobs that
 * they name. A job is written by the functions that judge and is believed by its lane; a result is read as the word
 * of a lane that ran an agent's code: everything in it that decides is computed again from the bytes.
 */
import * as z from 'zod';
import type { Action, RootPath, TerraformTarget } from '../core/action.ts';
import type { Digest } from '../core/canonical.ts';
import type { ApprovalId, PlanId } from '../core/ids.ts';
import type { JudgedPlan } from '../core/plan.ts';
import { ERROR_CODES } from '../core/refusal.ts';
import type { Lane } from '../core/run.ts';

export type Job = {
  readonly environment: string;
} & (
  | FetchJob
  | {
      readonly kind: 'fetch-modules';
      readonly plan_id: PlanId;
      readonly target: TerraformTarget;
      readonly snapshot: Digest;
    }
  | {
      readonly kind: 'plan';
      readonly plan_id: PlanId;
      readonly target: TerraformTarget & { readonly destroy: boolean };
      readonly snapshot: Digest;
      /** 32 bytes in hex: what secret values are hashed with in digests. */
      readonly digest_key: string;
    }
  | { readonly kind: 'observe'; readonly action: Action; readonly manifest: Digest | null }
  | {
      readonly kind: 'run';
      readonly plan: JudgedPlan;
      readonly approval_id: ApprovalId | null;
      /** The files that a shell command may look at; null where it named no source. */
      readonly tree: Digest | null;
      readonly digest_key: string;
    }
);

export interface FetchJob {
  readonly kind: 'fetch-source';
  /** Name of a configured source. */
  readonly source: string;
  /** `<source>/<path>`. */
  readonly cwd: RootPath;
  /** Branch, tag or commit; null: the source's default. */
  readonly ref: string | null;
  /** A terraform root module with what it reaches, all files of the source, or the file at `cwd`. */
  readonly want: 'module' | 'tree' | 'file';
}

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/) as unknown as z.ZodType<Digest>;
const line = (max: number) => z.string().max(max);
const errorCode = z.enum(ERROR_CODES);

const resultSchema = z.discriminatedUnion('kind', [
  /** Why nothing came of it. `text`: what the tool printed, unredacted. */
  z.strictObject({ kind: z.literal('refused'), code: errorCode, why: line(8192), text: digest.nullable() }),
  /** `content`: a snapshot's manifest, a packed tree, or one file. */
  z.strictObject({
    kind: z.literal('fetched'),
    content: digest,
    commit: z.string().regex(/^[0-9A-Za-z:._-]{1,128}$/),
  }),
  z.strictObject({ kind: z.literal('modules'), content: digest }),
  z.strictObject({
    kind: z.literal('planned'),
    artifact: digest,
    plan_json: digest,
    /** What terraform printed, unredacted. */
    text: digest,
    tool: z.strictObject({ name: line(32), version: line(64) }),
    /** Names of variables that the operator gave: this lane alone can read them. */
    secret_variables: z.array(line(256)).max(1000),
  }),
  z.strictObject({
    kind: z.literal('observed'),
    manifest: digest.nullable(),
    observation: digest.nullable(),
  }),
  /** Outputs are redacted by the lane, and swept once more when they are taken over. */
  z.strictObject({
    kind: z.literal('ran'),
    exit_code: z.int().min(-1).max(255).nullable(),
    output: digest.nullable(),
    stderr: digest.nullable(),
    error: z.strictObject({ code: errorCode, message: line(8192) }).nullable(),
  }),
]);

export type JobResult = z.output<typeof resultSchema>;

/** Null for anything that is no result. */
export function parseResult(value: unknown): JobResult | null {
  const parsed = resultSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

export interface Parcel {
  readonly content: unknown;
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

/** What a lane needs, or made, is more than can be handed over. The message says how much is, for people. */
export class ParcelTooLarge extends Error {
  override readonly name = 'ParcelTooLarge';
}

/** Where jobs are laid and results are found, as the functions that judge see it. */
export interface JobBox {
  /** Laying the same job twice is harmless. Rejects with ParcelTooLarge. */
  putJob(lane: Lane, jobId: string, job: Job, blobs: ReadonlyMap<Digest, Uint8Array>): Promise<void>;
  /** Null where the build left none. Rejects where it is no parcel, or larger than one may be. */
  readResult(lane: Lane, jobId: string): Promise<Parcel | null>;
}

/** The same as one lane sees it: its own jobs, its own results. */
export interface LaneBox {
  takeJob(jobId: string): Promise<Parcel | null>;
  /** Rejects with ParcelTooLarge; then nothing was put. */
  putResult(jobId: string, result: JobResult, blobs: ReadonlyMap<Digest, Uint8Array>): Promise<void>;
}

/** How a build ended, for people; never what it did. */
export interface Builds {
  /** Null where nothing is known of it. Never rejects. */
  describe(
    buildId: string,
  ): Promise<{ readonly status: string; readonly phase: string | null; readonly log: string } | null>;
}

/** Starts the machine that judges and runs. Resolves once the execution exists; the same name starts one. */
export interface RunMachine {
  start(attemptId: string, input: AttemptInput): Promise<void>;
}

/** What an execution is started with. Whoever serves agents vouches for the caller; all else is judged again. */
export interface AttemptInput {
  readonly plan_id: PlanId;
  readonly begin: 'judge' | 'authorize';
  readonly caller: { readonly agent: string; readonly human: string | null };
  /** The kinds of action that the calling tool runs. */
  readonly kinds: readonly Action['kind'][];
}
