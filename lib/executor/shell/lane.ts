/** The shell as a lane: what a command froze, and what is to be said about it. */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import type { Action } from '../../core/action.ts';
import { digestOf } from '../../core/canonical.ts';
import type { Finding } from '../../core/finding.ts';
import { assessKubernetes } from '../../core/kubernetes/consequences.ts';
import type { ShellFrozen } from '../../core/plan.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { redactAssignments } from '../../core/redact.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import { judgeShell, type ShellVerdict, shellFindings } from '../../core/shell/judge.ts';
import { holdsSecrets, isSecretPath } from '../../core/shell/secrets.ts';
import type { ActionLane, FrozenAction } from '../../ports/lanes.ts';
import { runsFilters } from './git.ts';
import { isInside } from './inside.ts';
import { readKubectlCall } from './kubectl-call.ts';
import { realPath } from './paths.ts';
import { runsOf } from './runs.ts';
import type { ShellSettings } from './settings.ts';

export type ShellAction = Extract<Action, { kind: 'shell' }>;

/** What an approved command gets. Shown to whoever approves it. */
export const SHELL_FROZEN: ShellFrozen = { kind: 'shell', network: true, lane: 'shell' };

export function shellLane(settings: ShellSettings): ActionLane {
  return {
    freeze: async (action, _input, policy) => {
      if (action.kind !== 'shell') throw new Error(`${action.kind} is not a shell command`);
      const cwd = openFolder(settings, action);
      return typeof cwd === 'string' ? describe(settings, action, SHELL_FROZEN, policy) : cwd;
    },
    refreeze: async (plan, policy) => {
      const { action, frozen } = plan;
      if (action.kind !== 'shell' || frozen.kind !== 'shell') return null;
      return typeof openFolder(settings, action) === 'string'
        ? describe(settings, action, frozen, policy)
        : null;
    },
  };
}

/**
 * The lane where the command will run in a container of its own, as whoever judges it elsewhere sees it: there are no
 * files yet to look at, and kubectl has tools of its own.
 */
export function containedShellLane(environment: string): ActionLane {
  const place: Place = {
    environment,
    root: null,
    sandbox: null,
    container: true,
    unconfined: false,
    kubectlRead: null,
  };
  return {
    freeze: async (action, _input, policy) => {
      if (action.kind !== 'shell') throw new Error(`${action.kind} is not a shell command`);
      return describe(place, action, SHELL_FROZEN, policy);
    },
    refreeze: async ({ action, frozen }, policy) =>
      action.kind === 'shell' && frozen.kind === 'shell' ? describe(place, action, frozen, policy) : null,
  };
}

type Place = Pick<ShellSettings, 'environment' | 'sandbox' | 'container' | 'unconfined' | 'kubectlRead'> & {
  readonly root: string | null;
};

/** Real path of the folder that the action names, or why it cannot be used. */
export function openFolder(settings: ShellSettings, action: ShellAction): string | Refusal {
  const real = realPath(`${settings.root}/${action.cwd}`);
  if (real === null || !statSync(real).isDirectory()) {
    return refuse('invalid_arguments', `cwd: ${action.cwd} is not a folder of the root.`);
  }
  return isInside(settings.root, real)
    ? real
    : refuse('path_outside_root', `cwd: ${action.cwd} leads out of the root.`);
}

/** `frozen` is what the record says: a record that promises less than would run has another digest. */
function describe(settings: Place, action: ShellAction, frozen: ShellFrozen, policy: Policy): FrozenAction {
  const { command, cwd, timeoutMs } = action;
  const verdict = judgeShell(command, policy.shell);
  const { network, lane } = frozen;
  return {
    frozen,
    digestParts: {
      action: { hash: digestOf({ kind: 'shell', command, cwd, timeoutMs }), shown: null },
      lane: { hash: digestOf({ network, lane }), shown: `${lane}, ${network ? 'with' : 'no'} network` },
      environment: { hash: digestOf(settings.environment), shown: settings.environment },
    },
    findings: [...shellFindings(verdict), ...placeFindings(settings, action, verdict, policy)],
    evaluation: null,
    text: redactAssignments(command),
  };
}

/** What the machine adds to the verdict on the text. */
function placeFindings(
  settings: Place,
  action: ShellAction,
  verdict: ShellVerdict,
  policy: Policy,
): Finding[] {
  const found: Finding[] = [];
  const add = (rule: string, of: Finding['class'], why: string) => {
    found.push({ rule, class: of, tier: null, address: action.command.slice(0, 300), why, evidence: [] });
  };
  const script = verdict.pipeline;
  const folder = realFolder(settings.root, action.cwd);
  if (isSecretPath(folder) || holdsSecrets(folder)) {
    add('shell.cwd', 'secret_read', `The folder ${action.cwd} holds secrets.`);
  }
  if (settings.sandbox === null && !settings.container) {
    const why = whyConfined(settings, verdict);
    if (why !== null) add('shell.sandbox', 'sandbox_unavailable', why);
  }
  if (script !== null) {
    for (const { program, words } of runsOf(script)) {
      if (program !== 'kubectl') continue;
      const call = readKubectlCall(words.map((word) => (word.kind === 'text' ? word.text : '-')));
      if (call === null || settings.kubectlRead === null) {
        const why = 'This form of kubectl is not run inside a shell command; use the gateway_kubectl tools.';
        add('shell.kubectl', 'shell_not_read_only', why);
      } else {
        const context = { live: null, protectedNamespaces: policy.protectedNamespaces, notes: [] };
        found.push(...assessKubernetes(call, [], context).findings);
      }
    }
  }
  return found;
}

function realFolder(root: string | null, cwd: string): string {
  const real = root === null ? null : realPath(`${root}/${cwd}`);
  return (root === null || real === null ? cwd : relative(root, real)) || '.';
}

/** Why this command needs the sandbox that is missing; null where the operator lets it run without. */
function whyConfined(settings: Place, verdict: ShellVerdict): string | null {
  const script = verdict.pipeline;
  const missing = 'There is no sandbox here (bubblewrap is missing or does not work)';
  if (script === null) return `${missing}: an approved command runs unconfined.`;
  if (!settings.unconfined) {
    return `${missing}, so read-only commands wait for a human. The operator can install bubblewrap, or start the gateway with --no-sandbox.`;
  }
  if (verdict.needsSandbox || runsFilters(script)) {
    return `${missing}, and this command may run code that the folder brings along.`;
  }
  return null;
}
