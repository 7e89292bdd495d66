/** Stopping a run in the cloud: the execution that carries it out is stopped, and an event says so to finish-run. */
import type { RunStopper } from '../ports/lanes.ts';
import type { MachinesApi } from './machines-api.ts';

/** `machine`: ARN of the run machine. The attempt that owns a run is the name of its execution. */
export function runStopper(api: Pick<MachinesApi, 'stopExecution'>, machine: string): RunStopper {
  const executions = machine.replace(':stateMachine:', ':execution:');
  return {
    stop: ({ owner }) => api.stopExecution(`${executions}:${owner.started}`, 'a human stopped this run'),
  };
}
