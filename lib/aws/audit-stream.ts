/**
 * The audit table's stream, as Lambda hands it over, as changes of the audit. Every record of it counts: what
 * cannot be read as an added event or an opened chain is told as something that does not belong there.
 */
import type { AuditChange } from '../audit/stream-seal.ts';

/** Records of a DynamoDBStreamEvent; null for anything else. */
export function auditChanges(event: unknown): readonly AuditChange[] | null {
  const records = members(event).Records;
  return Array.isArray(records) ? records.flatMap(changeOf) : null;
}

function changeOf(record: unknown): AuditChange[] {
  const { eventName, dynamodb } = members(record);
  const { Keys, NewImage } = members(dynamodb);
  const [pk, sk] = [textOf(Keys, 'pk'), textOf(Keys, 'sk')];
  const place = placeOf(pk, sk);
  if (eventName === 'REMOVE') return [{ kind: 'removed', place: place.name }];
  if (eventName === 'MODIFY') return [{ kind: 'changed', place: place.name }];
  if (eventName !== 'INSERT') return [{ kind: 'stray', place: place.name }];
  switch (place.kind) {
    case 'event':
      return [{ kind: 'added', chain: place.chain, seq: place.seq, value: parsed(textOf(NewImage, 'json')) }];
    case 'chain':
      return [];
    case 'stray':
      return [{ kind: 'stray', place: place.name }];
  }
}

type Place =
  | { readonly kind: 'event'; readonly name: string; readonly chain: string; readonly seq: number }
  | { readonly kind: 'chain'; readonly name: string }
  | { readonly kind: 'stray'; readonly name: string };

function placeOf(pk: string | null, sk: string | null): Place {
  const [, chain] = /^audit (.+)$/s.exec(pk ?? '') ?? [];
  if (chain !== undefined && sk !== null && /^\d{12}$/.test(sk)) {
    return { kind: 'event', name: `event ${Number(sk)} of chain ${chain}`, chain, seq: Number(sk) };
  }
  const [, opened] = /^chain (.+)$/s.exec(pk ?? '') ?? [];
  if (opened !== undefined && sk === '-') return { kind: 'chain', name: `the opening of chain ${opened}` };
  return { kind: 'stray', name: `the record ${JSON.stringify(pk)} ${JSON.stringify(sk)}` };
}

function parsed(json: string | null): unknown {
  try {
    return JSON.parse(json ?? '');
  } catch {
    return null;
  }
}

function textOf(image: unknown, name: string): string | null {
  const { S } = members(members(image)[name]);
  return typeof S === 'string' ? S : null;
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
