/**
 * A Plan: one action frozen with its inputs, its evaluation, its decision and a digest.
 * What is stored is a proposal. Nothing that allows a run is believed from it: `authorize` judges again.
 */
import type { Action } from './action.ts';
import type { EventRef } from './audit.ts';
import type { Digest } from './canonical.ts';
import type { Decision } from './decision.ts';
import type { Evaluation, FindingClass } from './finding.ts';
import type { PlanId } from './ids.ts';
import type { ErrorCode } from './refusal.ts';

/** Who called: an agent, and the human it acts for where the transport knows one. */
export interface Caller {
  readonly agent: string;
  readonly human: string | null;
}

export interface Reason {
  readonly rule: string;
  readonly class: FindingClass | null;
  readonly address: string;
  readonly message: string;
}

/** The inputs that the digest covers, each as one hash, so that two digests can be compared part by part. */
export type DigestParts = Readonly<Record<string, { readonly hash: Digest; readonly shown: string | null }>>;

export interface TerraformFrozen {
  readonly kind: 'terraform';
  /** Content address of the source snapshot's manifest. */
  readonly snapshot: Digest;
  /** SHA-256 of the saved plan file; also its blob address. */
  readonly artifact: Digest;
  /** Blob address of `terraform show -json` of that file (unredacted; never leaves the gateway). */
  readonly planJson: Digest;
  readonly workspace: string;
  readonly tool: { readonly name: string; readonly version: string };
  /** Variables that the operator gave: their values are shown nowhere. Absent in plans of before that was known. */
  readonly secretVariables?: readonly string[];
}

/** A terraform plan that was stopped by the scan, before terraform ran. */
export interface TerraformScanFrozen {
  readonly kind: 'terraform-scan';
  readonly snapshot: Digest;
}

export interface KubectlFrozen {
  readonly kind: 'kubectl';
  /** Blob address of the manifest bytes; null where the action has none. */
  readonly manifest: Digest | null;
  /** Canonical JSON of the cluster's identity, without credentials. */
  readonly cluster: string;
  /** Blob address of what the cluster said when it was asked: its diff, what is there now, and notes. */
  readonly diff: Digest | null;
}

export interface ShellFrozen {
  readonly kind: 'shell';
  /** What an approved command gets; shown to the approver. */
  readonly network: boolean;
  readonly lane: string;
}

export type Frozen = TerraformFrozen | TerraformScanFrozen | KubectlFrozen | ShellFrozen;

/** A process that is doing something on this record's behalf; dead owners leave records to be closed. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Start time of the process as the kernel gives it, so that a reused pid is not mistaken for it. */
  readonly started: string;
}

interface PlanCommon {
  readonly plan_id: PlanId;
  readonly environment: string;
  readonly caller: Caller;
  readonly action: Action;
  /** ISO 8601. */
  readonly created_at: string;
  readonly expires_at: string;
  readonly audit: EventRef;
}

export interface JudgedPlan extends PlanCommon {
  /** For display. `authorize` computes it again. */
  readonly state: 'ready' | 'needs_approval' | 'blocked';
  readonly decision: Decision;
  readonly reasons: readonly Reason[];
  /** Of all that was found. */
  readonly classes: readonly FindingClass[];
  /** Capped for display; the whole is at `evaluationBlob`. */
  readonly evaluation: Evaluation | null;
  readonly evaluationBlob: Digest | null;
  readonly digest: Digest;
  readonly digestParts: DigestParts;
  readonly frozen: Frozen;
  /** Redacted text of the plan (terraform's own rendering, a diff), for people. */
  readonly outputBlob: Digest | null;
}

export type PlanRecord =
  | (PlanCommon & {
      readonly state: 'planning';
      readonly owner: Owner;
      /** Text that the agent gave with the call, to be frozen. */
      readonly input?: Digest;
    })
  | JudgedPlan
  | (PlanCommon & {
      readonly state: 'plan_failed';
      readonly failure: { readonly code: ErrorCode; readonly message: string };
      readonly outputBlob: Digest | null;
    });

export function isExpired(record: { readonly expires_at: string }, now: Date): boolean {
  return !(Date.parse(record.expires_at) > now.getTime());
}

/** Names of the digest parts in which two plans differ, in a stable order. */
export function differingParts(before: DigestParts, after: DigestParts): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name]?.hash !== after[name]?.hash).sort();
}

/** What approval rules go by, as the record says it; `authorize` finds it out again. */
export function classesOf(plan: PlanRecord | null): readonly FindingClass[] {
  return plan !== null && 'classes' in plan ? plan.classes : [];
}
