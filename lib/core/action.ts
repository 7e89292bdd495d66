/**
 * What an agent asks for, parsed once at the edge. A value of a branded type cannot be a flag, cannot
 * leave the root and cannot hold control characters, so nothing behind the edge checks again.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A path relative to the root, normalised, `/`-separated, never `..`; the root itself is `.`. */
export type RootPath = Branded<'RootPath'>;
/** Letters, digits, `-`, `_`, `.`; never starts with `-` or `.`. */
export type WorkspaceName = Branded<'WorkspaceName'>;
/** A Kubernetes object name (RFC 1123 subdomain, plus `:` for RBAC); never starts with `-`. */
export type ResourceName = Branded<'ResourceName'>;

/** One flag of `terraform plan` that agents may give. */
export type TerraformArgument =
  | { readonly flag: 'target' | 'replace'; readonly address: string }
  | { readonly flag: 'var'; readonly name: string; readonly value: string }
  | { readonly flag: 'var-file'; readonly path: string }
  | { readonly flag: 'refresh'; readonly on: boolean }
  | { readonly flag: 'refresh-only' }
  | { readonly flag: 'destroy' }
  | { readonly flag: 'parallelism'; readonly count: number }
  | { readonly flag: 'lock-timeout'; readonly duration: string };

export interface TerraformTarget {
  readonly cwd: RootPath;
  readonly workspace: WorkspaceName;
  /** Cloud: branch, tag or commit; null on one machine. */
  readonly ref: string | null;
  /** Cloud: what `ref` was resolved to (a commit, or a version of the files), once the source was fetched. */
  readonly commit?: string;
  readonly args: readonly TerraformArgument[];
}

export type Action =
  | ({ readonly kind: 'terraform-plan' } & TerraformTarget)
  | ({ readonly kind: 'terraform-apply' } & TerraformTarget)
  | ({ readonly kind: 'terraform-destroy' } & TerraformTarget)
  | {
      readonly kind: 'kubectl-get';
      readonly resource: string;
      readonly name: ResourceName | null;
      readonly namespace: string | null;
      readonly selector: string | null;
      readonly output: 'json' | 'yaml' | 'wide' | 'name';
      readonly allNamespaces: boolean;
    }
  | {
      readonly kind: 'kubectl-logs';
      readonly pod: ResourceName;
      readonly namespace: string | null;
      readonly container: ResourceName | null;
      readonly tail: number | null;
      readonly since: string | null;
      readonly previous: boolean;
    }
  | {
      readonly kind: 'kubectl-describe';
      readonly resource: string;
      readonly name: ResourceName;
      readonly namespace: string | null;
    }
  | {
      readonly kind: 'kubectl-apply';
      readonly manifest: { readonly from: 'file'; readonly file: RootPath } | { readonly from: 'argument' };
      readonly namespace: string | null;
      readonly dryRun: 'none' | 'client' | 'server';
    }
  | {
      readonly kind: 'kubectl-delete';
      readonly resource: string;
      readonly name: ResourceName;
      readonly namespace: string | null;
    }
  | {
      readonly kind: 'kubectl-scale';
      readonly resource: string;
      readonly name: ResourceName;
      readonly namespace: string | null;
      readonly replicas: number;
    }
  | {
      readonly kind: 'kubectl-exec';
      readonly pod: ResourceName;
      readonly command: readonly string[];
      readonly namespace: string | null;
      readonly container: ResourceName | null;
    }
  | { readonly kind: 'shell'; readonly command: string; readonly cwd: RootPath; readonly timeoutMs: number };

export type ActionKind = Action['kind'];

export const ACTION_KINDS = [
  'terraform-plan',
  'terraform-apply',
  'terraform-destroy',
  'kubectl-get',
  'kubectl-logs',
  'kubectl-describe',
  'kubectl-apply',
  'kubectl-delete',
  'kubectl-scale',
  'kubectl-exec',
  'shell',
] as const satisfies readonly ActionKind[];

/** Reading does not change infrastructure and is allowed unless a finding says otherwise. */
export function isMutation(action: Action): boolean {
  switch (action.kind) {
    case 'terraform-plan':
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
      return false;
    case 'kubectl-apply':
      return action.dryRun === 'none';
    case 'terraform-apply':
    case 'terraform-destroy':
    case 'kubectl-delete':
    case 'kubectl-scale':
    case 'kubectl-exec':
      return true;
    case 'shell':
      // A shell command's own findings say whether it only reads.
      return false;
  }
}

export type KubernetesAction = Extract<Action, { readonly kind: `kubectl-${string}` }>;
