/**
 * Step Functions in a box: the definitions of the template, interpreted. What they call is given by the name of
 * the task's resource; nothing of a definition is changed but how long it waits before it tries again.
 */
import { randomUUID } from 'node:crypto';
import type { StartedExecution, StatesBackend } from '../fake-states.ts';

if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', {
    value() {
      let resolve: unknown;
      let reject: unknown;
      const promise = new Promise((yes, no) => {
        resolve = yes;
        reject = no;
      });
      return { promise, resolve, reject };
    },
  });
}
const { StateMachine } = await import('aws-local-stepfunctions');

export interface Execution {
  readonly arn: string;
  readonly machine: string;
  readonly name: string;
  readonly input: unknown;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';
  readonly over: Promise<void>;
}

export interface Called {
  /** By ARN. Rejects with the function's own error. */
  invoke(functionArn: string, payload: unknown): Promise<unknown>;
  build(
    project: string,
    job: string,
  ): Promise<{ readonly id: string; readonly ok: boolean; readonly status: string }>;
  /** As EventBridge would tell; only of ends that the rule is about. */
  ended(execution: Execution): Promise<void>;
}

export interface Machines extends StatesBackend {
  readonly executions: Execution[];
  /** States that were entered or tried again since the beginning: what Step Functions counts. */
  readonly transitions: () => number;
  /** Ends the wait of a task as its time-out would. */
  timeOut(approvalId: string): void;
  /** Resolves when nothing runs but what waits for humans. */
  settled(): Promise<void>;
}

interface Waiting {
  readonly machine: string;
  readonly input: unknown;
  resolve(output: unknown): void;
  reject(error: Error): void;
}

type Definition = { readonly States: Readonly<Record<string, Record<string, unknown>>> };

export function openMachines(
  definitions: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
  called: Called,
): Machines {
  const executions: Execution[] = [];
  const waiting = new Map<string, Waiting>();
  const spent = new Set<string>();
  const aborts = new Map<string, () => void>();

  function task(state: Record<string, unknown>, machine: string, token: string) {
    const resource = String(state.Resource);
    return async (input: unknown): Promise<never> => {
      const given = Object(input) as Record<string, unknown>;
      if (resource.endsWith('codebuild:startBuild.sync')) {
        const [variable] = given.EnvironmentVariablesOverride as { Name: string; Value: string }[];
        const build = await called.build(String(given.ProjectName), variable?.Value ?? '');
        const Build = { Id: build.id, BuildStatus: build.status };
        if (build.ok) return { Build } as never;
        throw named('States.TaskFailed', JSON.stringify({ Build }));
      }
      if (resource.endsWith('lambda:invoke.waitForTaskToken')) {
        const answer = new Promise((resolve, reject) => {
          waiting.set(token, { machine, input: given.Payload, resolve, reject });
        });
        answer.catch(() => {});
        await called.invoke(String(given.FunctionName), given.Payload);
        return (await answer) as never;
      }
      return (await called.invoke(resource, input)) as never;
    };
  }

  function start({ executionArn, machine, name, input }: StartedExecution): void {
    const definition = definitions.get(machine) as Definition | undefined;
    if (definition === undefined) throw new Error(`no definition of ${machine}`);
    const token = `token-${randomUUID()}`;
    const tasks = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task');
    const run = new StateMachine(definition as never, { validationOptions: { noValidate: true } }).run(
      JSON.parse(input),
      {
        overrides: {
          taskResourceLocalHandlers: Object.fromEntries(
            tasks.map(([state, body]) => [state, task(body, machine, token)]),
          ),
          retryIntervalOverrides: Object.fromEntries(tasks.map(([state]) => [state, 1])),
        },
        context: { Execution: { Name: name, Id: executionArn }, Task: { Token: token } } as never,
      },
    );
    count(run.eventLogs);
    aborts.set(executionArn, () => run.abort());
    const execution: Execution = {
      arn: executionArn,
      machine,
      name,
      input: JSON.parse(input),
      status: 'RUNNING',
      over: run.result.then(
        () => end('SUCCEEDED'),
        (failure: unknown) => end(execution.status === 'ABORTED' ? 'ABORTED' : 'FAILED', failure),
      ),
    };
    async function end(status: Execution['status'], failure?: unknown): Promise<void> {
      execution.status = status;
      if (failure !== undefined) failures.push(`${name} ${status}: ${String(failure)}`);
      waiting.delete(token);
      spent.add(token);
      if (status !== 'SUCCEEDED') await called.ended(execution);
    }
    executions.push(execution);
  }
  const failures: string[] = [];
  let transitions = 0;
  async function count(events: AsyncIterable<{ readonly type: string }>): Promise<void> {
    for await (const { type } of events) {
      if (type === 'StateEntered' || type === 'StateRetried') transitions += 1;
    }
  }

  return {
    executions,
    transitions: () => transitions,
    start,
    stop: (executionArn) => {
      const execution = executions.find(({ arn }) => arn === executionArn);
      if (execution?.status !== 'RUNNING') return;
      execution.status = 'ABORTED';
      aborts.get(executionArn)?.();
    },
    succeed: (token, output) => {
      const found = waiting.get(token);
      if (found === undefined) return 'done';
      waiting.delete(token);
      spent.add(token);
      found.resolve(JSON.parse(output));
      return 'resumed';
    },
    machineOf: (token) =>
      waiting.get(token)?.machine ??
      (spent.has(token) ? ([...definitions.keys()].find((arn) => arn.endsWith('-approval')) ?? null) : null),
    timeOut: (approvalId) => {
      for (const [token, each] of waiting) {
        if ((each.input as { approval_id?: string }).approval_id !== approvalId) continue;
        waiting.delete(token);
        spent.add(token);
        each.reject(named('States.Timeout', 'the task took too long'));
      }
    },
    settled: async () => {
      for (;;) {
        const running = executions.filter(
          (each) =>
            each.status === 'RUNNING' &&
            ![...waiting.values()].some(
              ({ input }) => (input as { approval_id?: string }).approval_id === each.name,
            ),
        );
        if (running.length === 0) return;
        await Promise.race([
          ...running.map(({ over }) => over),
          new Promise((resolve) => setTimeout(resolve, 50)),
        ]);
      }
    },
  };
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
