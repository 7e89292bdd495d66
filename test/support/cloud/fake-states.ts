/** Step Functions: what is started, stopped and answered is handed to the test, which runs the machines. */
import { type AwsService, type Json, jsonService, type Need, ServiceError, text } from './service.ts';

export interface StatesBackend {
  /** Called once for each execution. What it returns is not waited for. */
  start(execution: StartedExecution): void;
  stop?(executionArn: string, cause: string): void;
  /** `done`: there is no such task any more. */
  succeed?(taskToken: string, output: string): 'resumed' | 'timed out' | 'done';
  fail?(taskToken: string, error: string, cause: string): 'resumed' | 'timed out' | 'done';
  /** The machine that waits with this token; null where no machine does. */
  machineOf?(taskToken: string): string | null;
}

export interface StartedExecution {
  readonly executionArn: string;
  readonly machine: string;
  readonly name: string;
  /** JSON */
  readonly input: string;
}

export interface FakeStates {
  readonly service: AwsService;
  makeMachine(name: string): string;
  /** From then on the same name is refused, as it is for 90 days. */
  end(executionArn: string): void;
}

export function fakeStates(account: string, region: string, backend: StatesBackend): FakeStates {
  const machines = new Set<string>();
  const executions = new Map<string, { readonly input: string; running: boolean }>();
  const executionOf = (machine: string, name: string) =>
    `${machine.replace(':stateMachine:', ':execution:')}:${name}`;

  function answerTask(outcome: 'resumed' | 'timed out' | 'done'): Json {
    if (outcome === 'timed out') throw new ServiceError('TaskTimedOut', 'Task Timed Out');
    if (outcome === 'done') throw new ServiceError('TaskDoesNotExist', 'Task does not exist');
    return {};
  }
  function taskNeeds(action: string): (input: Json) => Need[] {
    return (input) => {
      const waiting = backend.machineOf?.(text(input, 'taskToken')) ?? null;
      return [{ action, resource: waiting ?? [...machines][0] ?? '*' }];
    };
  }
  function known(input: Json): string {
    const token = text(input, 'taskToken');
    if ((backend.machineOf?.(token) ?? null) === null)
      throw new ServiceError('InvalidToken', 'Invalid Token');
    return token;
  }

  const service = jsonService('states', 'AWSStepFunctions', '1.0', {
    StartExecution: {
      needs: (input) => [{ action: 'states:StartExecution', resource: text(input, 'stateMachineArn') }],
      answer(input) {
        const machine = text(input, 'stateMachineArn');
        const name = text(input, 'name');
        const given = typeof input.input === 'string' ? input.input : '{}';
        if (!machines.has(machine))
          throw new ServiceError('StateMachineDoesNotExist', 'State Machine Does Not Exist');
        if (!/^[0-9A-Za-z_-]{1,80}$/.test(name)) throw new ServiceError('InvalidName', 'Invalid Name');
        JSON.parse(given);
        const executionArn = executionOf(machine, name);
        const standing = executions.get(executionArn);
        if (standing !== undefined && !(standing.running && standing.input === given)) {
          throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
        }
        if (standing === undefined) {
          executions.set(executionArn, { input: given, running: true });
          backend.start({ executionArn, machine, name, input: given });
        }
        return { executionArn, startDate: 1_767_323_045 };
      },
    },
    StopExecution: {
      needs: (input) => [{ action: 'states:StopExecution', resource: text(input, 'executionArn') }],
      answer(input) {
        const executionArn = text(input, 'executionArn');
        const standing = executions.get(executionArn);
        if (standing === undefined)
          throw new ServiceError('ExecutionDoesNotExist', 'Execution Does Not Exist');
        if (standing.running)
          backend.stop?.(executionArn, typeof input.cause === 'string' ? input.cause : '');
        standing.running = false;
        return { stopDate: 1_767_323_045 };
      },
    },
    SendTaskSuccess: {
      needs: taskNeeds('states:SendTaskSuccess'),
      answer(input) {
        const token = known(input);
        return answerTask(backend.succeed?.(token, text(input, 'output')) ?? 'done');
      },
    },
    SendTaskFailure: {
      needs: taskNeeds('states:SendTaskFailure'),
      answer(input) {
        const token = known(input);
        const said = (name: string) => (typeof input[name] === 'string' ? text(input, name) : '');
        return answerTask(backend.fail?.(token, said('error'), said('cause')) ?? 'done');
      },
    },
  });

  return {
    service,
    makeMachine(name) {
      const arn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
      machines.add(arn);
      return arn;
    },
    end(executionArn) {
      const standing = executions.get(executionArn);
      if (standing !== undefined) standing.running = false;
    },
  };
}
