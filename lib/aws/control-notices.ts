/** What follows when the human side has something to tell: people are told, and a machine that waits goes on. */
import type { ApprovalId } from '../core/ids.ts';
import type { Notices } from '../ports/people.ts';
import type { Store } from '../ports/store.ts';
import { machineNotices } from './machine-notices.ts';
import { resumeApproval } from './machines.ts';
import type { MachinesApi } from './machines-api.ts';

export interface ControlNoticesDeps {
  readonly api: Pick<MachinesApi, 'startExecution' | 'sendTaskSuccess'>;
  /** ARN of the approval machine. */
  readonly machine: string;
  readonly store: Store;
  readonly report: (message: string) => void;
}

/** The vote stands before this is called: a machine that cannot be told any more changes nothing. */
export function controlNotices({ api, machine, store, report }: ControlNoticesDeps): Notices {
  const notices = machineNotices(api, machine);
  const resume = async (approvalId: ApprovalId): Promise<void> => {
    const waiting = await store.get('task_token', approvalId);
    if (waiting === null) return;
    const outcome = await resumeApproval(api, waiting.value.token);
    if (outcome !== 'resumed') report(`the machine of ${approvalId} did not wait any more: ${outcome}`);
  };
  return {
    tell: async (event) => {
      const over =
        (event.kind === 'approval_decided' && event.state !== 'pending') ||
        event.kind === 'approval_withdrawn';
      await Promise.all([notices.tell(event), ...(over ? [resume(event.approval_id)] : [])]);
    },
  };
}
