/** `recourse reviews list|close`. */
import { fromNow, visible } from '../../lib/control/pages/text.ts';
import type { ReviewView } from '../../lib/control/reviews.ts';
import { type WhichControl, withControl } from '../control-client.ts';
import { table } from '../text/table.ts';

type Options = WhichControl & { json?: boolean };

export async function list(options: Options & { all?: boolean }): Promise<void> {
  const status = options.all === true ? 'all' : 'open';
  const page = await withControl(options, (control) => control.get(`/api/reviews?status=${status}`));
  if (options.json) return print(JSON.stringify(page, null, 2));
  const reviews: readonly ReviewView[] = page.reviews;
  if (reviews.length === 0) return print('no review is open');
  const now = new Date();
  print(
    table(
      [
        { title: 'review' },
        { title: 'state' },
        { title: 'plan' },
        { title: 'by', flexible: true },
        { title: 'opened' },
        { title: 'reason', flexible: true },
      ],
      reviews.map((each) => [
        each.review_id,
        each.state,
        each.plan_id,
        visible(each.by),
        fromNow(each.opened_at, now),
        visible(each.reason),
      ]),
    ),
  );
}

export async function close(id: string, options: Options & { comment: string }): Promise<void> {
  const view: ReviewView = await withControl(options, (control) =>
    control.post(`/api/reviews/${encodeURIComponent(id)}/close`, { comment: options.comment }),
  );
  print(options.json ? JSON.stringify(view, null, 2) : `${view.review_id}: ${view.state}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
