/** What a saved plan's bytes say, as the digest of it: the same reading when it is made, judged and applied. */
import type { Action, TerraformTarget } from '../../core/action.ts';
import type { Digest } from '../../core/canonical.ts';
import type { DigestParts } from '../../core/plan.ts';
import { terraformDigest } from '../../core/terraform/digest.ts';
import { type PlanFile, readPlanFile } from '../../core/terraform/plan-file.ts';
import type { Snapshot } from '../../ports/lanes.ts';
import type { Hasher } from '../../ports/signing.ts';

export interface PlanEvidence {
  readonly planFile: PlanFile;
  readonly planJson: unknown;
  readonly digest: Digest;
  readonly parts: DigestParts;
}

export interface EvidenceInputs {
  readonly artifact: Uint8Array;
  /** Output of `terraform show -json`. */
  readonly planJson: string;
  readonly snapshot: Snapshot;
  readonly target: TerraformTarget & { readonly destroy: boolean };
  readonly tool: { readonly name: string; readonly version: string };
  readonly hasher: Hasher;
}

/** A string says, in one line, why the bytes are no plan. */
export function readEvidence(inputs: EvidenceInputs): PlanEvidence | string {
  const { artifact, snapshot, target, tool, hasher } = inputs;
  const read = readPlanFile(artifact);
  if (!read.ok) return read.problem;
  const planJson = parse(inputs.planJson);
  if (planJson === undefined) return 'terraform show gave no JSON';
  const { digest, parts } = terraformDigest({
    snapshot: snapshot.modules?.source ?? snapshot.address,
    modules: snapshot.modules?.address ?? null,
    target,
    tool,
    planFile: read.file,
    planJson,
    hmac: (text) => hasher.hmac(text),
  });
  return { planFile: read.file, planJson, digest, parts };
}

/** The terraform target of an action; null for other kinds. */
export function targetOf(action: Action): (TerraformTarget & { readonly destroy: boolean }) | null {
  switch (action.kind) {
    case 'terraform-plan':
    case 'terraform-apply':
    case 'terraform-destroy': {
      const { kind, ...target } = action;
      return { ...target, destroy: kind === 'terraform-destroy' };
    }
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
    case 'kubectl-apply':
    case 'kubectl-delete':
    case 'kubectl-scale':
    case 'kubectl-exec':
    case 'shell':
      return null;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
