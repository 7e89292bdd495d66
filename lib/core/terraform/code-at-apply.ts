import type { Finding } from '../finding.ts';
import { type Fields, fieldsOf, isFields, listOf, textOf } from './fields.ts';
import { placeOf, withoutKeys } from './instance-address.ts';
import type { TerraformPlan } from './plan-json.ts';
import { judgeDataSource } from './scan/data-sources.ts';

/**
 * What the apply runs beside the changes: actions, provisioners of what is made or goes, data sources that are read
 * only then. No change shows what they do. The scan of a source finds them too; a plan's JSON may come without one.
 */
export function codeAtApply(plan: TerraformPlan): readonly Finding[] {
  return [
    ...plan.invocations.map((address) =>
      running('action_invocation', address, `The apply also runs ${address}: no change shows what it does.`),
    ),
    ...provisioned(plan),
    ...readLate(plan),
  ];
}

function provisioned(plan: TerraformPlan): readonly Finding[] {
  const kinds = provisionersByPlace(plan.configuration);
  if (kinds.size === 0) return [];
  return plan.changes.flatMap((change) => {
    const isMadeOrGoes = change.action === 'create' || change.action.includes('delete');
    const found = isMadeOrGoes ? kinds.get(keyOf(change.address)) : undefined;
    if (found === undefined) return [];
    const why = `A ${[...found].join(' and ')} provisioner may run when ${change.address} is made or destroyed.`;
    return [running('provisioner', change.address, why)];
  });
}

function readLate(plan: TerraformPlan): readonly Finding[] {
  return plan.changes.flatMap(({ mode, action, type, address }) => {
    const verdict = mode === 'data' && action === 'read' ? judgeDataSource(type) : null;
    if (verdict === null || !(verdict.class === 'code_execution' || verdict.rule === 'data_network'))
      return [];
    const why = `${verdict.why.replace(/ at plan$/, '')}, and it is read while applying.`;
    return [{ rule: verdict.rule, class: verdict.class, tier: null, address, why, evidence: [] }];
  });
}

function running(rule: string, address: string, why: string): Finding {
  return { rule, class: 'code_execution', tier: null, address, why, evidence: [] };
}

/** Kinds of provisioners by the resource that has them. */
function provisionersByPlace(configuration: Fields): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  const work: { readonly module: Fields; readonly path: string }[] = [
    { module: fieldsOf(configuration.root_module), path: '' },
  ];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    for (const entry of listOf(item.module.resources)) {
      const { address, provisioners } = fieldsOf(entry);
      const kinds = listOf(provisioners).map((each) => textOf(fieldsOf(each).type) ?? 'unnamed');
      if (kinds.length > 0) {
        found.set(`${item.path} ${withoutKeys(textOf(address) ?? '')}`, new Set(kinds));
      }
    }
    for (const [name, call] of Object.entries(fieldsOf(item.module.module_calls))) {
      const { module } = fieldsOf(call);
      if (isFields(module)) work.push({ module, path: item.path === '' ? name : `${item.path}.${name}` });
    }
  }
  return found;
}

function keyOf(address: string): string {
  const { path, name } = placeOf(address);
  return `${path} ${name}`;
}
