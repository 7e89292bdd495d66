/** `recourse notices list|retry|test`: whether people are told, and trying again what they were not. */
import type { NoticeRecord } from '../../lib/core/delivery.ts';
import type { NoticeEvent } from '../../lib/core/notice.ts';
import { APPROVAL_PROVIDERS } from '../../lib/core/policy/providers.ts';
import { outbox } from '../../lib/notices/outbox.ts';
import { listNotices, retryNotice } from '../../lib/notices/retry.ts';
import { localNoticeDeps } from '../local-notices.ts';
import { localApprover, openStartedState, type WhichState } from '../local-state.ts';
import { Stop } from '../stop.ts';

type Options = WhichState & { readonly json?: boolean };

export async function list(options: Options & { readonly all?: boolean }): Promise<void> {
  const state = await openStartedState(options);
  try {
    const notices = await listNotices(state, options.all === true);
    if (options.json) process.stdout.write(`${JSON.stringify(notices)}\n`);
    else process.stdout.write(table(notices));
  } finally {
    await state.store.close();
  }
}

/** Without an id: everything that was given up. Whoever serves the console sends it. */
export async function retry(id: string | undefined, options: Options): Promise<void> {
  const state = await openStartedState(options);
  try {
    const dead = async () =>
      (await listNotices(state, false, 1000))
        .filter((each) => each.state === 'dead')
        .map((each) => each.notice_id);
    const wanted = id === undefined ? await dead() : [id];
    const outcomes = [];
    for (const each of wanted) {
      outcomes.push({ notice_id: each, outcome: await retryNotice(state, each, localApprover()) });
    }
    if (id !== undefined && outcomes.some(({ outcome }) => outcome === 'unknown')) {
      throw new Stop(`there is no notice ${id} that waits or was given up; see: recourse notices list`);
    }
    const count = outcomes.filter(({ outcome }) => outcome === 'waiting').length;
    process.stdout.write(
      options.json
        ? `${JSON.stringify(outcomes)}\n`
        : `${count} will be tried again by the running gateway\n`,
    );
  } finally {
    await state.store.close();
  }
}

/** Sends one now, by the provider's own settings, and says what came of it. */
export async function test(name: string, options: Options & { readonly to?: string }): Promise<void> {
  const provider = APPROVAL_PROVIDERS.find((each) => each === name);
  if (provider === undefined) {
    throw new Stop(
      `there is no provider ${JSON.stringify(name)}; there are ${APPROVAL_PROVIDERS.join(', ')}`,
    );
  }
  const state = await openStartedState(options);
  try {
    if (!state.policy.approvals.providers[provider]) {
      throw new Stop(`the policy has no settings under approvals.providers.${provider}`);
    }
    const report = (message: string) => process.stderr.write(`recourse: ${message}\n`);
    const deps = await localNoticeDeps(state, state.policy, null, report);
    const box = outbox(deps);
    const event: NoticeEvent = {
      ...{ kind: 'test', at: state.clock.now().toISOString(), environment: state.environment },
      ...{ provider, who: localApprover(), to: options.to ?? null },
    };
    const ids = await box.queue(event);
    if (ids.length === 0) {
      throw new Stop(
        'nobody would be told: give --to ADDRESS, or name people under approvals.providers.email.notify',
      );
    }
    const records = await Promise.all(ids.map((id) => box.attempt(id)));
    const found = records.filter((each) => each !== null);
    if (options.json) process.stdout.write(`${JSON.stringify(found)}\n`);
    else process.stdout.write(found.map((each) => `${each.recipient}: ${outcomeOf(each)}\n`).join(''));
    if (found.some((each) => each.state !== 'delivered')) process.exitCode = 1;
  } finally {
    await state.store.close();
  }
}

function table(notices: readonly NoticeRecord[]): string {
  if (notices.length === 0) return 'nothing is owed, and nothing was given up\n';
  const rows = notices.map((each) => [
    each.notice_id,
    each.state,
    each.provider,
    each.recipient,
    each.event.kind,
    `${each.attempts} ${each.attempts === 1 ? 'try' : 'tries'}`,
    outcomeOf(each),
  ]);
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function outcomeOf(notice: NoticeRecord): string {
  switch (notice.state) {
    case 'waiting':
      return notice.problem === null ? `due ${notice.next_at}` : `${notice.problem}; again ${notice.next_at}`;
    case 'delivered':
      return `delivered ${notice.ended_at}`;
    case 'skipped':
      return `nothing to tell: ${notice.problem}`;
    case 'dead':
      return `given up ${notice.ended_at}: ${notice.problem}`;
  }
}
