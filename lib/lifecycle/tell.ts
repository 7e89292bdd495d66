/** Telling people something: never in the way of what it is about. */
import type { NoticeEvent } from '../core/notice.ts';
import type { Notices } from '../ports/people.ts';

export async function tell(
  notices: Notices,
  event: NoticeEvent,
  report: (message: string) => void,
): Promise<void> {
  try {
    await notices.tell(event);
  } catch (failure) {
    report(`nobody could be told of ${event.kind}: ${String(failure)}`);
  }
}

/** For places that have nobody to tell: checks, examples, a gateway without providers. */
export const SILENT: Notices = { tell: async () => {} };
