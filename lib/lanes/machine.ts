/** What a build of a lane works with: a machine that is thrown away afterwards. */

import type { Policy } from '../core/policy/policy.ts';
import type { Refusal } from '../core/refusal.ts';
import type { Cluster } from '../executor/kubectl/cluster.ts';
import type { ConfiguredState } from '../executor/terraform/configured-state.ts';

export interface LaneMachine {
  readonly environment: string;
  readonly policy: Policy;
  /** Folder of this build's own: the same absolute path in every build, so that a plan is applied where it was made. */
  readonly place: string;
  /** The build's environment; children get their lane's part of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly sources: SourceReader;
  readonly targets: Targets;
  /** Removes what a secret scanner finds. Rejects where it cannot look. */
  readonly sweep: (text: string) => Promise<string>;
}

export type TerraformLaneName = 'source' | 'terraform-plan' | 'terraform-apply';

export interface SourceReader {
  /**
   * Puts the files of a source at a ref into `folder`, which exists and is empty. `commit`: what the ref was resolved
   * to, so that the same name gives the same files.
   */
  checkOut(
    source: string,
    ref: string | null,
    folder: string,
    signal: AbortSignal,
  ): Promise<{ readonly commit: string } | Refusal>;
}

/** Where the lanes' roles lead. */
export interface Targets {
  /**
   * What the operator configured for the source; in a terraform lane also its secrets and the target's role, in the
   * source lane neither.
   */
  terraform(
    source: string,
    lane: TerraformLaneName,
    session: string,
  ): Promise<{
    readonly state: ConfiguredState;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Values that came from the source's secret: taken out of all that is printed. */
    readonly secrets: readonly string[];
  }>;
  /** For a kubectl lane: the cluster and what opens it; null where there is none. */
  cluster(
    lane: 'kubectl-read' | 'kubectl-write',
    session: string,
  ): Promise<{ readonly cluster: Cluster; readonly kubeconfig: string } | null>;
}
