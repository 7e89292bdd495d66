/** `recourse runs list|show|cancel`. */
import type { OutputPage } from '../../lib/control/output.ts';
import { actionWords } from '../../lib/control/pages/action.ts';
import { clockTime, fromNow, visible, visibleLines } from '../../lib/control/pages/text.ts';
import type { RunView } from '../../lib/control/runs.ts';
import { type WhichControl, withControl } from '../control-client.ts';
import { waitFor } from '../progress.ts';
import type { ControlClient } from '../remote-control.ts';
import { table } from '../text/table.ts';

type Options = WhichControl & { json?: boolean };
export type ShownRun = RunView & { readonly output: OutputPage; readonly stderr: OutputPage };

export async function list(options: Options & { limit: string }): Promise<void> {
  const page = await withControl(options, (control) =>
    control.get(`/api/runs?limit=${encodeURIComponent(options.limit)}`),
  );
  const runs: readonly RunView[] = page.runs;
  if (options.json) return print(JSON.stringify(page, null, 2));
  if (runs.length === 0) return print('nothing has run yet');
  const now = new Date();
  print(
    table(
      [
        { title: 'run' },
        { title: 'state' },
        { title: 'what', flexible: true },
        { title: 'agent', flexible: true },
        { title: 'started' },
      ],
      runs.map((run) => [
        run.run_id,
        run.state,
        whatOf(run),
        visible(run.caller.agent),
        fromNow(run.started_at, now),
      ]),
    ),
  );
}

export async function show(id: string, options: Options): Promise<void> {
  const run = await withControl(options, (control) => shownRun(control, id));
  print(options.json ? JSON.stringify(run, null, 2) : runText(run));
}

export async function cancel(
  id: string,
  options: Options & { reason: string; wait: boolean },
): Promise<void> {
  const run: RunView = await withControl(options, async (control) => {
    const asked: RunView = await control.post(`/api/runs/${encodeURIComponent(id)}/cancel`, {
      reason: options.reason,
    });
    return options.wait ? ended(control, asked.run_id) : asked;
  });
  if (options.json) return print(JSON.stringify(run, null, 2));
  print(
    run.state === 'running'
      ? `${run.run_id} was asked to stop; it is still running`
      : `${run.run_id} is ${run.state}`,
  );
  if (run.may_be_half_done !== null) print(run.may_be_half_done);
}

/** The run once it is over, with progress meanwhile. */
export function ended(control: ControlClient, runId: string): Promise<ShownRun> {
  return waitFor(
    `${runId} is running`,
    () => shownRun(control, runId),
    (run) => run.state !== 'running',
  );
}

function shownRun(control: ControlClient, id: string): Promise<ShownRun> {
  return control.get(`/api/runs/${encodeURIComponent(id)}`);
}

export function runText(run: ShownRun): string {
  const lines = [
    `run ${run.run_id}: ${run.state}`,
    `what         ${whatOf(run)}`,
    `plan         ${run.plan_id}`,
    `agent        ${visible(run.caller.agent)}${run.caller.human === null ? '' : ` for ${visible(run.caller.human)}`}`,
    `started      ${clockTime(run.started_at)}`,
    ...(run.finished_at === null ? [] : [`ended        ${clockTime(run.finished_at)}`]),
    ...(run.exit_code === null ? [] : [`exit code    ${run.exit_code}`]),
    ...(run.approval_id === null ? [] : [`approval     ${run.approval_id}`]),
    ...run.overrides.map((each) => `override     ${each}`),
    ...(run.break_glass_id === null ? [] : [`break-glass  ${run.break_glass_id}`]),
    ...(run.stop === null ? [] : [`stopped by   ${visible(run.stop.by)}: ${visible(run.stop.reason)}`]),
    ...(run.error === null ? [] : [`error        ${run.error.code}: ${visible(run.error.message)}`]),
    ...(run.may_be_half_done === null ? [] : ['', run.may_be_half_done]),
  ];
  for (const output of [run.output, run.stderr]) {
    if (output.kind === 'text' && output.text !== '') lines.push('', visibleLines(output.text).trimEnd());
    if (output.kind === 'text' && output.next !== null)
      lines.push(`… ${output.total - output.next} bytes more`);
    if (output.kind === 'unreadable') lines.push('', '(its output cannot be read)');
  }
  return lines.join('\n');
}

function whatOf({ plan }: RunView): string {
  if (plan === null) return 'its plan is gone';
  const { does, where } = actionWords(plan.action);
  return visible(where === '' ? does : `${does} (${where})`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
