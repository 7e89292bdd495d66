/** An action in the words of a person who must decide on it. */
import type { Action } from '../../core/action.ts';
import { renderTerraformArguments } from '../../core/terraform/arguments.ts';

export interface ActionWords {
  /** A verb phrase: “apply Terraform changes”. */
  readonly does: string;
  /** Where, in few words, for lists. */
  readonly where: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** What would run, where the action is a command. */
  readonly command: string | null;
}

export function actionWords(action: Action): ActionWords {
  switch (action.kind) {
    case 'terraform-plan':
      return terraform('run a Terraform plan that executes code or reads outside its folder', action);
    case 'terraform-apply':
      return terraform('apply Terraform changes', action);
    case 'terraform-destroy':
      return terraform('destroy everything Terraform manages here', action);
    case 'kubectl-get':
      return kubernetes('read', `${action.resource} ${action.name ?? ''}`.trim(), action.namespace);
    case 'kubectl-logs':
      return kubernetes('read the logs of', `pod ${action.pod}`, action.namespace);
    case 'kubectl-describe':
      return kubernetes('describe', `${action.resource} ${action.name}`, action.namespace);
    case 'kubectl-apply':
      return kubernetes('apply', manifest(action), action.namespace);
    case 'kubectl-delete':
      return kubernetes('delete', `${action.resource} ${action.name}`, action.namespace);
    case 'kubectl-scale': {
      const what = `${action.resource} ${action.name}`;
      return {
        ...kubernetes('scale', what, action.namespace),
        does: `scale ${what} to ${action.replicas} replicas`,
      };
    }
    case 'kubectl-exec': {
      const command = action.command.map(quoted).join(' ');
      return { ...kubernetes('run a command inside', `pod ${action.pod}`, action.namespace), command };
    }
    case 'shell':
      return {
        does: 'run a shell command',
        where: action.cwd,
        facts: [
          ['Folder', action.cwd],
          ['Time limit', `${Math.ceil(action.timeoutMs / 1000)} s`],
        ],
        command: action.command,
      };
  }
}

function terraform(
  does: string,
  action: Extract<Action, { kind: 'terraform-plan' | 'terraform-apply' | 'terraform-destroy' }>,
): ActionWords {
  const facts: [string, string][] = [
    ['Folder', action.cwd],
    ['Workspace', action.workspace],
  ];
  if (action.ref !== null) facts.push(['Source version', action.ref]);
  if (action.args.length > 0) facts.push(['Arguments', renderTerraformArguments(action.args).join(' ')]);
  return { does, where: `${action.cwd}, workspace ${action.workspace}`, facts, command: null };
}

function kubernetes(verb: string, what: string, namespace: string | null): ActionWords {
  const where = namespace ?? 'default namespace';
  return {
    does: `${verb} ${what}`,
    where,
    facts: [
      ['Object', what],
      ['Namespace', namespace ?? '(the default one)'],
    ],
    command: null,
  };
}

function manifest(action: Extract<Action, { kind: 'kubectl-apply' }>): string {
  return action.manifest.from === 'file'
    ? `the manifest ${action.manifest.file}`
    : 'a manifest the agent wrote';
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
