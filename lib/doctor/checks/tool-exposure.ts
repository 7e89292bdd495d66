import * as z from 'zod';
import { TOOLS } from '../../tools/table.ts';
import type { SelfTest } from '../self-test.ts';

const group = 'tool exposure';
const EXPECTED = [
  'gateway_terraform_plan',
  'gateway_terraform_apply',
  'gateway_terraform_destroy',
  'gateway_kubectl_get',
  'gateway_kubectl_logs',
  'gateway_kubectl_describe',
  'gateway_kubectl_apply',
  'gateway_kubectl_delete',
  'gateway_kubectl_scale',
  'gateway_kubectl_exec',
  'gateway_shell_exec',
  'gateway_request_approval',
  'gateway_check_approval',
  'gateway_get_plan',
];

export const TOOL_EXPOSURE: readonly SelfTest[] = [
  {
    id: 'exactly-the-14-tools',
    group,
    title: 'agents see exactly the 14 tools, and none that decides',
    run: async () => {
      const names = TOOLS.map((tool) => tool.name);
      const extra = names.filter((name) => !EXPECTED.includes(name));
      const missing = EXPECTED.filter((name) => !names.includes(name));
      if (extra.length > 0) return `also exposed: ${extra.join(', ')}`;
      return missing.length > 0 ? `missing: ${missing.join(', ')}` : null;
    },
  },
  {
    id: 'unknown-arguments-refused',
    group,
    title: 'every tool refuses arguments it does not know',
    run: async (stage) => {
      for (const { name, input } of TOOLS) {
        const schema = z.toJSONSchema(input, { io: 'input' });
        const answer = await stage.call(name, { doctor_probe: true });
        if (schema.additionalProperties !== false || answer.error?.code !== 'invalid_arguments') {
          return `${name} takes arguments that it does not know`;
        }
      }
      return null;
    },
  },
  {
    id: 'paths-stay-in-the-root',
    group,
    title: 'no path leads out of the root',
    run: async (stage) => {
      for (const cwd of ['..', '/etc', 'a/../../b', '/']) {
        const answer = await stage.call('gateway_terraform_plan', { cwd });
        if (answer.error?.code !== 'path_outside_root')
          return `cwd ${cwd} was not refused (${answer.status})`;
      }
      return stage.terraform.plans === 0 ? null : 'terraform planned outside the root';
    },
  },
  {
    id: 'raw-plan-files-unreadable',
    group,
    title: 'plan files and their JSON cannot be read through any tool',
    run: async (stage) => {
      const plan = await stage.call('gateway_terraform_plan', {});
      for (const address of stage.blobs.bytes.keys()) {
        const answer = await stage.call('gateway_get_plan', {
          plan_id: plan.plan_id,
          cursor: `${address}@0`,
        });
        if (answer.output?.includes('format_version')) return `a cursor reads the plan JSON ${address}`;
      }
      return null;
    },
  },
  {
    id: 'every-call-audited',
    group,
    title: 'every call is in the audit before anything happens, refused ones too',
    run: async (stage) => {
      await stage.call('gateway_get_plan', { plan_id: 'x' });
      await stage.call('no_such_tool', {});
      const { items: chains } = await stage.store.list('chain', {
        under: 'chains',
        order: 'oldest_first',
        limit: 1,
      });
      const under = chains[0]?.chain ?? 'none';
      const { items } = await stage.store.list('audit', { under, order: 'oldest_first', limit: 100 });
      const types = items.map((event) => event.type).join(' ');
      return types === 'call.received call.answered call.received call.answered'
        ? null
        : `the audit holds: ${types}`;
    },
  },
];
