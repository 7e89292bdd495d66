/**
 * The two state machines. Names are given by callers and are unique for ever, so that starting is idempotent; and
 * what a machine was told is never the authority: the records are.
 */
import type { ApprovalId } from '../core/ids.ts';
import type { RunMachine } from '../workflow/job.ts';
import { errorName } from './error-name.ts';
import type { MachinesApi, StartApi } from './machines-api.ts';

export function openRunMachine(api: StartApi, machine: string): RunMachine {
  return { start: (attemptId, input) => start(api, machine, attemptId, input) };
}

/** Asks humans, and waits for them. */
export interface ApprovalMachine {
  /** Resolves once the execution exists; there is one for each approval. */
  start(approvalId: ApprovalId): Promise<void>;
}

export function openApprovalMachine(api: StartApi, machine: string): ApprovalMachine {
  return {
    start: (approval_id) => start(api, machine, approval_id, { approval_id }),
  };
}

/** `resumed`: the machine goes on. Else it does not wait any more, and what is recorded stands all the same. */
export type Resumed = 'resumed' | 'timed out' | 'gone' | 'no such token';

/** Rejects only where the machine may still be waiting, and can be told again. */
export async function resumeApproval(
  api: Pick<MachinesApi, 'sendTaskSuccess'>,
  token: string,
): Promise<Resumed> {
  try {
    await api.sendTaskSuccess(token, '{}');
    return 'resumed';
  } catch (error) {
    switch (errorName(error)) {
      case 'TaskTimedOut':
        return 'timed out';
      case 'TaskDoesNotExist':
        return 'gone';
      case 'InvalidToken':
        return 'no such token';
      default:
        throw error;
    }
  }
}

/** Ends an execution of the run machine; `over` where it has ended already, or was never started. */
export async function stopExecution(
  api: Pick<MachinesApi, 'stopExecution'>,
  machine: string,
  attemptId: string,
  cause: string,
): Promise<'stopped' | 'over'> {
  const execution = `${machine.replace(':stateMachine:', ':execution:')}:${checked(attemptId)}`;
  try {
    await api.stopExecution(execution, cause.slice(0, MOST_CAUSE));
    return 'stopped';
  } catch (error) {
    if (errorName(error) === 'ExecutionDoesNotExist') return 'over';
    throw error;
  }
}

const MOST_CAUSE = 32_768;

async function start(api: StartApi, machine: string, name: string, input: object): Promise<void> {
  try {
    await api.startExecution({ machine, name: checked(name), input: JSON.stringify(input) });
  } catch (error) {
    if (errorName(error) !== 'ExecutionAlreadyExists') throw error;
  }
}

function checked(name: string): string {
  if (!/^[0-9A-Za-z_-]{1,80}$/.test(name))
    throw new TypeError(`not the name of an execution: ${JSON.stringify(name)}`);
  return name;
}
