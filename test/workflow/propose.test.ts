/** What the side that serves agents does when the machine cannot be started, and what it refuses by itself. */
import { expect, it } from 'vitest';
import type { RootPath, TerraformTarget, WorkspaceName } from '../../lib/core/action.ts';
import { isRefusal } from '../../lib/core/refusal.ts';
import type { AttemptInput } from '../../lib/workflow/job.ts';
import { proposingEngine } from '../../lib/workflow/propose.ts';
import { AGENT, makeHarness } from '../support/harness.ts';

const TARGET: TerraformTarget = {
  cwd: 'network/vpc' as RootPath,
  workspace: 'default' as WorkspaceName,
  ref: null,
  args: [],
};
const SOURCES = [{ name: 'network', refs: { allowed: ['main', 'release/*'], default: 'main' } }];

function engine(start: (attemptId: string, input: AttemptInput) => Promise<void>) {
  const { ctx, store } = makeHarness();
  return { store, ctx, ...proposingEngine({ ...ctx, machine: { start }, sources: SOURCES }) };
}

it('records a proposal before the machine is started with it', async () => {
  const started: AttemptInput[] = [];
  const { plan, store } = engine(async (_, input) => void started.push(input));
  const work = await plan({ caller: AGENT, target: TARGET, destroy: false });
  if (isRefusal(work)) throw new Error(work.why);
  expect(started).toEqual([
    { plan_id: work.planId, begin: 'judge', caller: AGENT, kinds: ['terraform-apply'] },
  ]);
  expect((await store.get('plan', work.planId))?.value.state).toBe('planning');
});

it('leaves no plan in the making where the machine cannot be started', async () => {
  const { plan, store } = engine(() => Promise.reject(new Error('throttled')));
  const refused = await plan({ caller: AGENT, target: TARGET, destroy: false });
  expect(refused).toMatchObject({ code: 'tool_unavailable', next: { tool: 'gateway_get_plan' } });
  const plans = (await store.list('plan', { under: 'plans', order: 'newest_first', limit: 10 })).items;
  expect(plans.map(({ state }) => state)).toEqual(['plan_failed']);
});

it('takes only sources and refs that are configured', async () => {
  const { plan } = engine(async () => {});
  const code = async (target: Partial<TerraformTarget>) => {
    const work = await plan({ caller: AGENT, target: { ...TARGET, ...target }, destroy: false });
    return isRefusal(work) ? work.code : 'proposed';
  };
  expect(await code({ cwd: 'other/vpc' as RootPath })).toBe('source_not_found');
  expect(await code({ ref: 'release/1' })).toBe('proposed');
  expect(await code({ ref: 'a'.repeat(40) })).toBe('proposed');
  for (const ref of [
    'release/1/2',
    'feature/x',
    'refs/pull/1/head',
    '--upload-pack=x',
    'main..evil',
    'main.lock',
  ]) {
    expect([ref, await code({ ref })]).toEqual([ref, 'invalid_arguments']);
  }
});
