/** What is asked of Step Functions. Over the SDK's client here; lean/clients.ts gives `startExecution` alone. */
import {
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CALL_MS, within } from './within.ts';

export interface StartApi {
  startExecution(execution: {
    /** ARN of the state machine. */
    readonly machine: string;
    readonly name: string;
    /** JSON */
    readonly input: string;
  }): Promise<void>;
}

export interface MachinesApi extends StartApi {
  sendTaskSuccess(taskToken: string, output: string): Promise<void>;
  /** `execution`: its ARN. */
  stopExecution(execution: string, cause: string): Promise<void>;
}

export function overStepFunctions(client: SFNClient, timeoutMs = CALL_MS): MachinesApi {
  return {
    async startExecution({ machine, name, input }) {
      await client.send(
        new StartExecutionCommand({ stateMachineArn: machine, name, input }),
        within(timeoutMs),
      );
    },
    async sendTaskSuccess(taskToken, output) {
      await client.send(new SendTaskSuccessCommand({ taskToken, output }), within(timeoutMs));
    },
    async stopExecution(executionArn, cause) {
      await client.send(new StopExecutionCommand({ executionArn, cause }), within(timeoutMs));
    },
  };
}
