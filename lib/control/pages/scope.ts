/** An override's scope in words, as a plural: `terraform-apply with database_delete on aws_db* by agent claude`. */
import type { OverrideScope } from '../../core/statement.ts';

export function scopeWords({ action, class: of, address, agent }: OverrideScope): string {
  return [
    action ?? 'changes',
    ...(of === null ? [] : [`with ${of}`]),
    ...(address === null ? [] : [`on ${address}`]),
    ...(agent === null ? [] : [`by agent ${agent}`]),
  ].join(' ');
}
