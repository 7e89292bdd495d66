/** `recourse policy override …`, `recourse overrides list|revoke`. */
import type { OverrideView } from '../../lib/control/overrides.ts';
import { scopeWords } from '../../lib/control/pages/scope.ts';
import { clockTime, fromNow, visible } from '../../lib/control/pages/text.ts';
import { type WhichControl, withControl } from '../control-client.ts';
import { parseDuration } from '../duration.ts';
import { table } from '../text/table.ts';

type Options = WhichControl & { json?: boolean };

export async function make(
  options: Options & {
    action?: string;
    class?: string;
    address?: string;
    agent?: string;
    reason: string;
    ttl: string;
  },
): Promise<void> {
  const { action = null, class: of = null, address = null, agent = null, reason } = options;
  const body = {
    scope: { action, class: of, address, agent },
    reason,
    ttl_seconds: parseDuration('--ttl', options.ttl),
  };
  const made: OverrideView = await withControl(options, (control) => control.post('/api/overrides', body));
  print(
    options.json
      ? JSON.stringify(made, null, 2)
      : `${made.override_id}: ${visible(scopeWords(made.scope))} in ${made.environment} pass with a warning until ${clockTime(made.expires_at)}; end it with: recourse overrides revoke ${made.override_id} --reason TEXT`,
  );
}

export async function list(options: Options & { all?: boolean }): Promise<void> {
  const status = options.all === true ? 'all' : 'active';
  const { overrides } = await withControl(options, (control) =>
    control.get(`/api/overrides?status=${status}`),
  );
  if (options.json) return print(JSON.stringify({ overrides }, null, 2));
  const views: readonly OverrideView[] = overrides;
  if (views.length === 0) return print('no override acts');
  const now = new Date();
  print(
    table(
      [
        { title: 'override' },
        { title: 'state' },
        { title: 'scope', flexible: true },
        { title: 'by' },
        { title: 'ends' },
        { title: 'reason', flexible: true },
      ],
      views.map((each) => [
        each.override_id,
        each.state,
        visible(scopeWords(each.scope)),
        visible(each.by),
        fromNow(each.expires_at, now),
        visible(each.reason),
      ]),
    ),
  );
}

export async function revoke(id: string, options: Options & { reason: string }): Promise<void> {
  const view: OverrideView = await withControl(options, (control) =>
    control.remove(`/api/overrides/${encodeURIComponent(id)}`, { reason: options.reason }),
  );
  print(options.json ? JSON.stringify(view, null, 2) : `${view.override_id}: ${view.state}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
