/**
 * A value and the blobs that it names, as one zip: `content.json`, and `blobs/` with 64 hex digits each. Its
 * entries are stored, not compressed, and any other is refused: what a lane hands over was within reach of the
 * code that it ran, and stored bytes cannot grow while they are read.
 */
import { unzipSync, zipSync } from 'fflate';
import { type Digest, sha256 } from '../core/canonical.ts';
import { type Parcel, ParcelTooLarge } from '../workflow/job.ts';

/** Of the whole file. */
export const MAX_PARCEL_BYTES = 200_000_000;
export const MAX_PARCEL_ENTRIES = 20_000;
/** Of the value itself, whose parts may take many times their text when they are read. */
export const MAX_CONTENT_BYTES = 4_000_000;

/** Refused: not what `packParcel` makes. */
export class BadParcel extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'BadParcel';
  }
}

/** The same bytes for the same content and blobs. Throws ParcelTooLarge where they are too many or too large. */
export function packParcel({ content, blobs }: Parcel): Uint8Array {
  const json = JSON.stringify(content);
  if (json === undefined) throw new TypeError('a parcel needs a content that JSON can say');
  if (json.length > MAX_CONTENT_BYTES)
    throw new ParcelTooLarge(`${json.length} characters of text; ${MAX_CONTENT_BYTES} are the most`);
  const entries = [...blobs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([address, bytes]) => [`blobs/${address.slice('sha256:'.length)}`, bytes] as const);
  const total = entries.reduce((sum, [, bytes]) => sum + bytes.length, json.length);
  if (entries.length >= MAX_PARCEL_ENTRIES) {
    throw new ParcelTooLarge(`${entries.length} files; ${MAX_PARCEL_ENTRIES} are the most`);
  }
  if (total > MAX_PARCEL_BYTES - 200 * (entries.length + 2)) {
    throw new ParcelTooLarge(`${total} bytes; ${MAX_PARCEL_BYTES} are the most`);
  }
  const files = Object.fromEntries([[CONTENT, new TextEncoder().encode(json)] as const, ...entries]);
  return zipSync(files, { level: 0, mtime: ALWAYS });
}

/** Every blob is what its address says. Throws BadParcel for anything that is not a parcel. */
export function unpackParcel(zip: Uint8Array): Parcel {
  if (zip.length > MAX_PARCEL_BYTES) throw new BadParcel(`a parcel of ${zip.length} bytes is too large`);
  const files = unzipStored(zip);
  const json = files.get(CONTENT);
  if (json === undefined) throw new BadParcel('a parcel without its content');
  if (json.length > MAX_CONTENT_BYTES) throw new BadParcel('a parcel whose content is too large');
  const blobs = new Map<Digest, Uint8Array>();
  for (const [name, bytes] of files) {
    if (name === CONTENT) continue;
    const address: Digest = `sha256:${name.slice('blobs/'.length)}`;
    if (sha256(bytes) !== address)
      throw new BadParcel(`the bytes of ${address} in a parcel do not match their hash`);
    blobs.set(address, bytes);
  }
  return { content: parsed(json), blobs };
}

const CONTENT = 'content.json';
/** Zip has no time zones: the same parts of the date everywhere. */
const ALWAYS = new Date(1980, 0, 1);

function unzipStored(zip: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const seen = new Set<string>();
  let total = 0;
  try {
    const files = unzipSync(zip, {
      filter({ name, size, originalSize, compression }) {
        if (name !== CONTENT && !/^blobs\/[0-9a-f]{64}$/.test(name))
          throw new BadParcel('a parcel with another file');
        if (seen.has(name)) throw new BadParcel('a parcel with a file twice');
        if (compression !== 0 || size !== originalSize)
          throw new BadParcel('a parcel with a compressed file');
        seen.add(name);
        total += size;
        if (seen.size > MAX_PARCEL_ENTRIES) throw new BadParcel('a parcel with too many files');
        if (!(total <= zip.length)) throw new BadParcel('a parcel with files that overlap');
        return true;
      },
    });
    return new Map(Object.entries(files));
  } catch (error) {
    if (error instanceof BadParcel) throw error;
    throw new BadParcel('not a parcel');
  }
}

function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    throw new BadParcel('a parcel whose content is not JSON');
  }
}
