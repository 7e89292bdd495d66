/** The stream of a table, from the writes that the fake DynamoDB tells of (`onWrite`). Whole items only: PutItem and DeleteItem. */
import type { DynamoOptions } from './fake-dynamodb.ts';
import { type Json, members } from './service.ts';

export interface TableStream {
  readonly onWrite: NonNullable<DynamoOptions['onWrite']>;
  /** What came since the last call, as Lambda would hand it over. */
  take(): { readonly Records: readonly Json[] };
}

export function streamOf(isThis: (table: string) => boolean): TableStream {
  const standing = new Map<string, unknown>();
  let waiting: Json[] = [];
  return {
    onWrite({ table, operation, input }) {
      if (!isThis(table)) return;
      const whole = operation === 'PutItem' ? members(input.Item) : members(input.Key);
      const Keys = { pk: whole.pk, sk: whole.sk };
      const key = JSON.stringify([table, Keys]);
      const OldImage = standing.get(key);
      const removed = operation === 'DeleteItem';
      if (removed && OldImage === undefined) return;
      waiting.push({
        eventID: String(waiting.length),
        eventName: removed ? 'REMOVE' : OldImage === undefined ? 'INSERT' : 'MODIFY',
        eventSource: 'aws:dynamodb',
        dynamodb: {
          Keys,
          ...(removed ? {} : { NewImage: whole }),
          ...(OldImage === undefined ? {} : { OldImage }),
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
      });
      if (removed) standing.delete(key);
      else standing.set(key, whole);
    },
    take() {
      const Records = waiting;
      waiting = [];
      return { Records };
    },
  };
}
