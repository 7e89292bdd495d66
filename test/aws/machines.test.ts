import {
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  openApprovalMachine,
  openRunMachine,
  resumeApproval,
  stopExecution,
} from '../../lib/aws/machines.ts';
import { overStepFunctions } from '../../lib/aws/machines-api.ts';
import type { AttemptInput } from '../../lib/workflow/job.ts';
import { approvalId, planId } from '../support/sample-records.ts';

const MACHINE = 'arn:aws:states:eu-west-1:111122223333:stateMachine:run';
const client = new SFNClient({ region: 'eu-west-1' });
const mock = mockClient(client);
const api = overStepFunctions(client);
beforeEach(() => mock.reset());

const failure = (name: string) => Object.assign(new Error(`${name}: TaskTimedOut`), { name });
const input: AttemptInput = {
  plan_id: planId(1),
  begin: 'judge',
  caller: { agent: 'robot', human: null },
  kinds: ['shell'],
};

const BROKEN = [
  'ThrottlingException',
  'TimeoutError',
  'AccessDeniedException',
  'StateMachineDoesNotExist',
  'KmsThrottlingException',
];

describe('starting a machine', () => {
  it('names the execution and gives it what it is about', async () => {
    mock.on(StartExecutionCommand).resolves({});
    await openRunMachine(api, MACHINE).start('att_1', input);
    await openApprovalMachine(api, MACHINE).start(approvalId(1));
    expect(mock.commandCalls(StartExecutionCommand).map((call) => call.args[0].input)).toEqual([
      { stateMachineArn: MACHINE, name: 'att_1', input: JSON.stringify(input) },
      {
        stateMachineArn: MACHINE,
        name: approvalId(1),
        input: JSON.stringify({ approval_id: approvalId(1) }),
      },
    ]);
  });

  it('counts one that was started before as started', async () => {
    mock.on(StartExecutionCommand).rejects(failure('ExecutionAlreadyExists'));
    await openRunMachine(api, MACHINE).start('att_1', input);
    await openApprovalMachine(api, MACHINE).start(approvalId(1));
  });

  it.each(BROKEN)('rejects with %s', async (name) => {
    mock.on(StartExecutionCommand).rejects(failure(name));
    await expect(openRunMachine(api, MACHINE).start('att_1', input)).rejects.toMatchObject({ name });
    await expect(openApprovalMachine(api, MACHINE).start(approvalId(1))).rejects.toMatchObject({ name });
  });

  it('takes no name that AWS would refuse or read as something else', async () => {
    for (const name of ['', 'a b', 'a:b', 'a/b', 'a'.repeat(81), 'ä']) {
      await expect(openRunMachine(api, MACHINE).start(name, input)).rejects.toThrow('not the name');
    }
    expect(mock.calls()).toHaveLength(0);
  });
});

describe('telling the machine that humans decided', () => {
  it('says nothing of what they decided', async () => {
    mock.on(SendTaskSuccessCommand).resolves({});
    expect(await resumeApproval(api, 'token')).toBe('resumed');
    expect(mock.commandCalls(SendTaskSuccessCommand)[0]?.args[0].input).toEqual({
      taskToken: 'token',
      output: '{}',
    });
  });

  it.each([
    ['TaskTimedOut', 'timed out'],
    ['TaskDoesNotExist', 'gone'],
    ['InvalidToken', 'no such token'],
  ])('answers %s with a value', async (name, told) => {
    mock.on(SendTaskSuccessCommand).rejects(failure(name));
    expect(await resumeApproval(api, 'token')).toBe(told);
  });

  it.each(BROKEN)('rejects with %s, whatever its message', async (name) => {
    mock.on(SendTaskSuccessCommand).rejects(failure(name));
    await expect(resumeApproval(api, 'token')).rejects.toMatchObject({ name });
  });
});

describe('stopping an execution', () => {
  it('names it by its machine and its name', async () => {
    mock.on(StopExecutionCommand).resolves({});
    expect(await stopExecution(api, MACHINE, 'att_1', 'a human cancelled it')).toBe('stopped');
    expect(mock.commandCalls(StopExecutionCommand)[0]?.args[0].input).toEqual({
      executionArn: 'arn:aws:states:eu-west-1:111122223333:execution:run:att_1',
      cause: 'a human cancelled it',
    });
    await expect(stopExecution(api, MACHINE, '*', 'why')).rejects.toThrow('not the name');
  });

  it('that is over is no error; anything else is', async () => {
    mock.on(StopExecutionCommand).rejects(failure('ExecutionDoesNotExist'));
    expect(await stopExecution(api, MACHINE, 'att_1', 'why')).toBe('over');
    mock.on(StopExecutionCommand).rejects(failure('AccessDeniedException'));
    await expect(stopExecution(api, MACHINE, 'att_1', 'why')).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});
