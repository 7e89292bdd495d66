/** docs/costs.md says what operations ask of AWS. `npm run costs` writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ToolAnswer } from '../../lib/gateway.ts';
import { type Box, openBox } from '../support/cloud/box/box.ts';
import { costTables, MARKERS, type Operation } from '../support/cloud/costs/tables.ts';
import { idle, tallyOf } from '../support/cloud/costs/tally.ts';
import { type OverTls, overTls } from '../support/kube-api/over-tls.ts';
import { type KubeApi, startKubeApi } from '../support/kube-api/server.ts';
import { describeWith } from '../support/tools.ts';
import { callTool, settle } from './agent.ts';
import { decide, mailTo } from './approver.ts';
import { AGENT, boxFiles, CLUSTER, SECRETS } from './files.ts';
import { apply, ask, folder, furnish, plan } from './scene.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const FILE = path.resolve(import.meta.dirname, '../../docs/costs.md');

describeWith(['terraform', 'kubectl'], 'what operations ask of AWS', () => {
  let box: Box;
  let api: KubeApi;
  let tls: OverTls;
  beforeAll(async () => {
    api = await startKubeApi([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop', namespace: 'default' }, data: {} },
    ]);
    tls = await overTls(api.url);
    box = await openBox('prod', boxFiles('prod', { config: CLUSTER }), {
      secrets: SECRETS,
      cluster: { endpoint: tls.url, ca: tls.ca },
    });
    furnish(box);
    // Every function starts, and opens its chain of the audit.
    const warm = await plan(box, folder(box, 'warm'));
    await approve(await ask(box, warm));
    expect(await apply(box, warm), box.printed()).toMatchObject({ status: 'succeeded' });
    await box.seal();
  });
  afterAll(async () => {
    await box?.stop();
    await tls?.close();
    await api?.close();
  });

  async function approve(approval: string): Promise<void> {
    await mailTo(box, approval, 'bob@example.com');
    // People are slower than the function that told them.
    await idle(box);
    await decide(box, (await mailTo(box, approval, 'alice@example.com')).link, 'approve');
  }
  const call = async (tool: string, args: Record<string, unknown>) =>
    settle(box, AGENT, await callTool(box, AGENT, tool, args));

  it('is what docs/costs.md says', async () => {
    let planned: ToolAnswer | null = null;
    const now = () => planned ?? expect.fail('there is no plan yet');
    const cwd = folder(box, 'vpc');
    const did = async (
      name: string,
      status: string,
      operation: () => Promise<ToolAnswer>,
    ): Promise<Operation> => ({
      name,
      tally: await tallyOf(box, async () => {
        expect(await operation(), box.printed()).toMatchObject({ status });
      }),
    });
    const operations = [
      await did('`gateway_terraform_plan`', 'needs_approval', async () => {
        planned = await plan(box, cwd);
        return planned;
      }),
      await did('`gateway_get_plan` of a plan that is there', 'needs_approval', () =>
        call('gateway_get_plan', { plan_id: now().plan_id }),
      ),
      await did('a refused call (`gateway_terraform_apply` without an approval)', 'refused', () =>
        call('gateway_terraform_apply', { plan_id: now().plan_id }),
      ),
      {
        name: 'an approval: request, mail to two, link opened, vote',
        tally: await tallyOf(box, async () => approve(await ask(box, now()))),
      },
      await did('`gateway_terraform_apply`', 'succeeded', () => apply(box, now())),
      await did('`gateway_kubectl_get`', 'succeeded', () =>
        call('gateway_kubectl_get', { resource: 'configmaps' }),
      ),
      await did('`gateway_shell_exec`, reading', 'succeeded', () =>
        call('gateway_shell_exec', { command: 'ls', cwd }),
      ),
      { name: 'sealing one batch of the audit’s stream', tally: await tallyOf(box, () => box.seal()) },
    ];
    const write = process.env.RECOURSE_WRITE_COSTS === '1';
    const counted = write ? operations : withWrittenReads(operations, readFileSync(FILE, 'utf8'));
    const tables = costTables(counted, memoryOf(box));
    const [begin, end] = MARKERS;
    const text = readFileSync(FILE, 'utf8');
    const [before = '', , after = ''] = text.split(new RegExp(`${begin}|${end}`));
    const expected = `${before}${begin}\n\n${tables}\n\n${end}${after}`;
    if (write) writeFileSync(FILE, expected);
    expect(readFileSync(FILE, 'utf8'), 'npm run costs writes it').toBe(expected);
  });
});

/**
 * A read more or less costs nothing that anybody would see, and one is soon added: within a tenth, or two, of what is
 * written, what is written stands. Everything else is exact.
 */
function withWrittenReads(operations: readonly Operation[], text: string): Operation[] {
  return operations.map(({ name, tally }) => {
    const line = text.split('\n').find((each) => each.startsWith(`| ${name} | `)) ?? '';
    const written = Number(line.slice(name.length + 5).split(' | ')[2]);
    const near = Math.abs(tally.dynamoReads - written) <= Math.max(2, written / 10);
    return { name, tally: near ? { ...tally, dynamoReads: written } : tally };
  });
}

/** In GB, as the template has it. */
function memoryOf({ environment, template }: Box) {
  const sizes = new Map(
    template
      .ofType('AWS::Lambda::Function')
      .map(({ properties }) => [properties.FunctionName, Number(properties.MemorySize) / 1024]),
  );
  return (name: string): number =>
    sizes.get(`recourse-${environment}-${name}`) ?? expect.fail(`no function ${name}`);
}
