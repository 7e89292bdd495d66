/** What may be half done when an action is stopped, for whoever stopped it. */
import type { Action } from './action.ts';

/** One or two sentences. */
export function halfDone(action: Action): string {
  switch (action.kind) {
    case 'terraform-apply':
    case 'terraform-destroy':
      return 'Terraform finishes the change that it is at, and starts no other. What it has changed by then stays changed and is in the state: plan again and look.';
    case 'terraform-plan':
      return 'Nothing was changed: this run only makes a plan. A state lock may be left behind; terraform says so when it is met.';
    case 'kubectl-apply':
      return 'Objects that were sent before the stop are in the cluster, the others are not. What was sent goes on rolling out: apply again, or put the old manifest back.';
    case 'kubectl-delete':
      return 'The deletion may have been accepted; then it goes on in the cluster, whoever waits. Look whether the object is still there.';
    case 'kubectl-scale':
      return 'The number of replicas may have been set already; then the cluster goes on towards it. Look, and scale again if it is not what you want.';
    case 'kubectl-exec':
      return 'The command in the container may still be running: stopping kubectl does not stop it there. Look in the pod.';
    case 'kubectl-get':
    case 'kubectl-logs':
    case 'kubectl-describe':
      return 'Nothing was changed: this run only reads.';
    case 'shell':
      return 'What the command had done by then stays done, in part perhaps: files half written, requests sent. Look at what it was to change.';
  }
}
