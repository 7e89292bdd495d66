/** What freezes, reads back and runs what agents propose. */
import type { Action, TerraformTarget } from '../core/action.ts';
import type { AuthorizedPlan } from '../core/authorize.ts';
import type { Digest } from '../core/canonical.ts';
import type { Evaluation, Finding } from '../core/finding.ts';
import type { PlanId, RunId } from '../core/ids.ts';
import type { DigestParts, Frozen, JudgedPlan, TerraformFrozen } from '../core/plan.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { Refusal } from '../core/refusal.ts';
import type { RunRecord, RunResult } from '../core/run.ts';

/**
 * Proof that this caller won the claims on a plan. Only `claim.ts` mints one; an executor takes nothing less.
 */
declare const leaseBrand: unique symbol;
export interface Lease {
  readonly [leaseBrand]: true;
  readonly run_id: RunId;
  readonly resource: string | null;
}

/**
 * Stops a run that is under way. Resolves once it has been asked to stop; how it ended is in its record. On one
 * machine there is nothing to do: whoever runs it looks for stop requests.
 */
export interface RunStopper {
  stop(run: Extract<RunRecord, { readonly state: 'running' }>): Promise<void>;
}

/** Runs an authorised plan in its lane. Resolves when the run is over (one machine) or handed over (cloud). */
export interface Executor {
  start(lease: Lease, plan: AuthorizedPlan, signal: AbortSignal): Promise<RunResult>;
}

/** Source files as they were frozen; paths are relative to the snapshot and `/`-separated. */
export interface Snapshot {
  readonly address: Digest;
  /** Folder of the root module inside the snapshot; empty where they are the same. */
  readonly rootModule: string;
  readonly files: ReadonlyMap<string, SnapshotFile>;
  /** Modules from elsewhere, among `files`; absent where none were downloaded (yet). */
  readonly modules?: FrozenModules;
}

/** Downloaded modules that are frozen together with the source that calls them. */
export interface FrozenModules {
  /** Address of the source without them. */
  readonly source: Digest;
  /** Address of them alone. */
  readonly address: Digest;
  /** Call path (`net`, `net.sub`) → folder in the snapshot, of every module of the configuration. */
  readonly installed: ReadonlyMap<string, string>;
}

export interface SnapshotFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode?: number;
}

/** What a saved terraform plan froze, and what it says. */
export interface TerraformPlanned {
  readonly frozen: TerraformFrozen;
  readonly digest: Digest;
  readonly digestParts: DigestParts;
  /** `terraform show -json` of the saved plan; holds secrets in clear. */
  readonly planJson: unknown;
  /** Terraform's own rendering for people; unredacted. */
  readonly text: string;
}

/** What stands between a frozen terraform plan and what its stored bytes say now. */
export interface TerraformReadBack {
  readonly digest: Digest;
  /** The workspace that the saved plan names. */
  readonly workspace: string;
  readonly planJson: unknown;
  readonly snapshot: Snapshot;
}

/** Terraform as the gateway needs it. Nothing here runs before the gateway has scanned and decided. */
export interface TerraformLane {
  /** What terraform runs is in a sandbox. */
  readonly confined: boolean;
  /** Freezes the source; runs nothing of it. */
  snapshot(target: TerraformTarget): Promise<Snapshot | Refusal>;
  /**
   * Downloads the modules that a frozen source takes from elsewhere and freezes them with it; neither they nor
   * a provider run. For sources that a human approved. A refusal carries what terraform printed, unredacted.
   */
  fetchModules(
    planId: PlanId,
    target: TerraformTarget,
    source: Digest,
    signal: AbortSignal,
  ): Promise<Snapshot | (Refusal & { readonly text: string })>;
  /** Plans from the frozen source. A refusal carries what terraform printed, unredacted. */
  plan(
    planId: PlanId,
    target: TerraformTarget & { readonly destroy: boolean },
    source: Digest,
    signal: AbortSignal,
  ): Promise<TerraformPlanned | (Refusal & { readonly text: string })>;
  /** Reads the frozen bytes of a plan back. Rejects with BlobTampered, or resolves null where they are gone. */
  readBack(plan: JudgedPlan): Promise<TerraformReadBack | null>;
  /** The frozen source of a plan that stopped at the scan; null where it is gone. */
  reopen(source: Digest): Promise<Snapshot | null>;
}

/** Inputs of an action that are too large, or too secret, to stand in the action itself. */
export interface ActionInput {
  /** Manifest text that was given as an argument. */
  readonly manifest: string | null;
}

/** What freezing an action gives: the inputs that it will run with, and what evaluators say of them. */
export interface FrozenAction {
  readonly frozen: Frozen;
  readonly digestParts: DigestParts;
  readonly findings: readonly Finding[];
  readonly evaluation: Evaluation | null;
  /** For the humans who decide: a diff, a command. Redacted. */
  readonly text: string | null;
}

/** A lane whose actions can be frozen without running anything that an agent wrote: kubectl, shell. */
export interface ActionLane {
  /** `policy` brings the operator's patterns; deciding is not the lane's. */
  freeze(action: Action, input: ActionInput, policy: Policy): Promise<FrozenAction | Refusal>;
  /** The same from the bytes that a plan froze. Rejects with BlobTampered; null where they are gone. */
  refreeze(plan: Pick<JudgedPlan, 'action' | 'frozen'>, policy: Policy): Promise<FrozenAction | null>;
}
