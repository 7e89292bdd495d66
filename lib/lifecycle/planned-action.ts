/** The actions that a request for a terraform plan stands for: the plan itself, and what its result would do. */
import type { Action, TerraformTarget } from '../core/action.ts';

export interface Planned {
  readonly target: TerraformTarget;
  readonly destroy: boolean;
}

/** What is judged before terraform runs. */
export function scannedAction(request: Planned): Action & { readonly kind: 'terraform-plan' } {
  return { kind: 'terraform-plan', ...destroyTarget(request) };
}

/** What the finished plan would do when it is applied. */
export function appliedAction(request: Planned): Action & TerraformTarget {
  return { ...destroyTarget(request), kind: isDestroy(request) ? 'terraform-destroy' : 'terraform-apply' };
}

export function isDestroy(request: Planned): boolean {
  return request.destroy || request.target.args.some((each) => each.flag === 'destroy');
}

/** The target with `-destroy` among its arguments exactly where the plan destroys, however it was asked for. */
function destroyTarget(request: Planned): TerraformTarget {
  const others = request.target.args.filter((each) => each.flag !== 'destroy');
  return { ...request.target, args: isDestroy(request) ? [...others, { flag: 'destroy' }] : others };
}
