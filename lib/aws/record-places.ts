/** In which table each kind of record lies, and when DynamoDB may forget it. A new kind must be given both. */
import type { RecordKind, Records } from '../ports/records.ts';

export const TABLE_ROLES = [
  'proposals',
  'approvals',
  'votes',
  'links',
  'runs',
  'task_tokens',
  'audit',
] as const;
/** Who may read and write a table follows from its role; see "Who may touch what" in the documents. */
export type TableRole = (typeof TABLE_ROLES)[number];

interface Place<K extends RecordKind> {
  /** `checkpoints`: the bucket with Object Lock, not a table. */
  readonly in: TableRole | 'checkpoints';
  /**
   * From when on, and for how long, the record is kept. Null: for ever. `retention` is for what decisions hang on;
   * it is longer than any approval is valid, so that nothing that was used up can be used again.
   */
  readonly kept: {
    readonly from: (record: Records[K], now: Date) => string;
    readonly for: 'retention' | 'a week' | 'a day';
  } | null;
}

const PLACES: { readonly [K in RecordKind]: Place<K> } = {
  plan: { in: 'proposals', kept: { from: ends, for: 'retention' } },
  inline_blob: { in: 'proposals', kept: { from: ends, for: 'retention' } },
  quota: { in: 'proposals', kept: { from: ends, for: 'a day' } },
  mac_key: { in: 'proposals', kept: null },
  approval: { in: 'approvals', kept: { from: ends, for: 'retention' } },
  approval_pointer: {
    in: 'approvals',
    kept: { from: (_, now) => now.toISOString(), for: 'retention' },
  },
  withdrawal: { in: 'approvals', kept: { from: (withdrawal) => withdrawal.at, for: 'retention' } },
  override: { in: 'votes', kept: { from: ends, for: 'retention' } },
  break_glass: { in: 'votes', kept: { from: ends, for: 'retention' } },
  /** Open until somebody closes it, however long that takes. */
  review: { in: 'votes', kept: null },
  stop_request: { in: 'votes', kept: { from: (stop) => stop.at, for: 'retention' } },
  vote: { in: 'votes', kept: { from: ends, for: 'retention' } },
  token: { in: 'votes', kept: null },
  link: { in: 'links', kept: { from: ends, for: 'a day' } },
  link_use: { in: 'links', kept: { from: (use) => use.used_at, for: 'retention' } },
  notice: {
    in: 'links',
    kept: {
      from: (notice) => (notice.state === 'waiting' ? notice.next_at : notice.ended_at),
      for: 'retention',
    },
  },
  received: { in: 'links', kept: { from: ends, for: 'a day' } },
  spend: { in: 'runs', kept: { from: (spend) => spend.spent_at, for: 'retention' } },
  run: {
    in: 'runs',
    kept: { from: (run) => (run.state === 'running' ? run.started_at : run.finished_at), for: 'retention' },
  },
  lease: { in: 'runs', kept: { from: ends, for: 'a week' } },
  attempt: { in: 'runs', kept: { from: ends, for: 'a week' } },
  judgement: { in: 'runs', kept: { from: ends, for: 'retention' } },
  task_token: { in: 'task_tokens', kept: { from: ends, for: 'a day' } },
  chain: { in: 'audit', kept: null },
  audit: { in: 'audit', kept: null },
  checkpoint: { in: 'checkpoints', kept: null },
};

/** Throws for what is no kind at all. */
export function placeOf(kind: RecordKind): TableRole | 'checkpoints' {
  if (!Object.hasOwn(PLACES, kind)) throw new TypeError(`no such kind of record: ${JSON.stringify(kind)}`);
  return PLACES[kind].in;
}

/** Seconds since 1970 after which DynamoDB may delete the record; null: never, or it says no time. */
export function forgottenAt<K extends RecordKind>(
  kind: K,
  record: Records[K],
  now: Date,
  retentionDays: number,
): number | null {
  const { kept }: Place<K> = PLACES[kind];
  if (kept === null) return null;
  const days = { retention: retentionDays, 'a week': 7, 'a day': 1 }[kept.for];
  const from = Date.parse(kept.from(record, now));
  return Number.isNaN(from) ? null : Math.ceil(from / 1_000) + days * 86_400;
}

function ends(record: { readonly expires_at: string }): string {
  return record.expires_at;
}
