/**
 * Telling people by way of the `approval` machine: only the function that it calls may send anything. An event says
 * what it is about; whoever tells reads the records again.
 */

import { sha256 } from '../core/canonical.ts';
import { noticeKey } from '../core/notice.ts';
import type { Notices } from '../ports/people.ts';
import { errorName } from './error-name.ts';
import type { StartApi } from './machines-api.ts';

export function machineNotices(api: StartApi, machine: string): Notices {
  const start = async (name: string, input: object): Promise<void> => {
    try {
      await api.startExecution({ machine, name, input: JSON.stringify(input) });
    } catch (failure) {
      // The same event again: it is being told.
      if (errorName(failure) !== 'ExecutionAlreadyExists') throw failure;
    }
  };
  return {
    tell: (event) =>
      event.kind === 'approval_requested'
        ? start(event.approval_id, { approval_id: event.approval_id })
        : start(`tell_${sha256(noticeKey(event)).slice('sha256:'.length, 'sha256:'.length + 40)}`, { event }),
  };
}
