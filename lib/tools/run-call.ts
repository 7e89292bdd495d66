/** The tool call that runs a plan of each kind: the call that made it, with its plan_id. */
import type { Action } from '../core/action.ts';
import type { JudgedPlan } from '../core/plan.ts';
import type { NextStep } from '../core/refusal.ts';
import { renderTerraformArguments } from '../core/terraform/arguments.ts';

/** Manifest text and the flags of a terraform plan are not repeated: left out, they are those of the plan. */
export function runCall(plan: JudgedPlan): NextStep {
  const { tool, arguments: given } = originalCall(plan.action);
  return { tool, arguments: { ...given, plan_id: plan.plan_id } };
}

/** The call that made a plan, with all its arguments but the text of a manifest. */
export function plannedCall(action: Action): NextStep {
  switch (action.kind) {
    case 'terraform-plan': {
      const { cwd, workspace, ref } = action;
      const args = renderTerraformArguments(action.args);
      return call('gateway_terraform_plan', { cwd, workspace, ref, args });
    }
    case 'terraform-destroy': {
      const { cwd, workspace, ref } = action;
      return call('gateway_terraform_destroy', { cwd, workspace, ref });
    }
    default:
      return originalCall(action);
  }
}

function originalCall(action: Action): NextStep {
  switch (action.kind) {
    case 'terraform-plan':
      return {
        tool: 'gateway_terraform_plan',
        arguments: { cwd: action.cwd, workspace: action.workspace },
      };
    case 'terraform-apply':
      return { tool: 'gateway_terraform_apply', arguments: {} };
    case 'terraform-destroy':
      return { tool: 'gateway_terraform_destroy', arguments: {} };
    case 'kubectl-get': {
      const { resource, name, namespace, selector, output, allNamespaces } = action;
      return call('gateway_kubectl_get', {
        ...{ resource, name, namespace, selector, output },
        all_namespaces: allNamespaces ? true : null,
      });
    }
    case 'kubectl-logs': {
      const { pod, namespace, container, tail, since, previous } = action;
      return call('gateway_kubectl_logs', {
        ...{ pod, namespace, container, tail, since },
        previous: previous ? true : null,
      });
    }
    case 'kubectl-describe': {
      const { resource, name, namespace } = action;
      return call('gateway_kubectl_describe', { resource, name, namespace });
    }
    case 'kubectl-apply': {
      const { manifest, namespace, dryRun } = action;
      return call('gateway_kubectl_apply', {
        file: manifest.from === 'file' ? manifest.file : null,
        namespace,
        dry_run: dryRun === 'none' ? null : dryRun,
      });
    }
    case 'kubectl-delete': {
      const { resource, name, namespace } = action;
      return call('gateway_kubectl_delete', { resource, name, namespace });
    }
    case 'kubectl-scale': {
      const { resource, name, namespace, replicas } = action;
      return call('gateway_kubectl_scale', { resource, name, namespace, replicas });
    }
    case 'kubectl-exec': {
      const { pod, command, namespace, container } = action;
      return call('gateway_kubectl_exec', { pod, command, namespace, container });
    }
    case 'shell':
      return call('gateway_shell_exec', {
        command: action.command,
        cwd: action.cwd,
        timeout: action.timeoutMs,
      });
  }
}

/** Arguments that were left out stay out. */
function call(tool: string, given: Readonly<Record<string, unknown>>): NextStep {
  return { tool, arguments: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) };
}
