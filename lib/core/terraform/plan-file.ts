/**
 * Reads a saved terraform plan: a zip with the plan (protobuf), the state that it starts from, the
 * configuration and the lock file. Terraform does not sign it; these are claims of the file, to be bound by
 * its SHA-256. Layout checked with terraform 1.11.4 (plan version 3).
 */
import { inflateRawSync } from 'node:zlib';

export interface PlanFile {
  readonly terraformVersion: string;
  /** The workspace that the plan was made for, as the plan itself says. */
  readonly workspace: string;
  readonly backend: {
    readonly type: string;
    /** The encoded settings; may hold credentials. */
    readonly config: Uint8Array;
  };
  /** Where the state stood; serial 0 and lineage '' for a state that does not exist yet. */
  readonly state: { readonly serial: number; readonly lineage: string };
  /** Every configuration file, modules included: `m-MODULE/FILE` → bytes; and the module list without folders. */
  readonly configuration: ReadonlyMap<string, Uint8Array>;
  readonly lockFile: Uint8Array;
}

export type ReadPlanFile =
  | { readonly ok: true; readonly file: PlanFile }
  | { readonly ok: false; readonly problem: string };

/** Never throws. `problem` is one line. */
export function readPlanFile(bytes: Uint8Array): ReadPlanFile {
  try {
    return { ok: true, file: read(bytes) };
  } catch (error) {
    return {
      ok: false,
      problem: `not a readable plan file (${error instanceof Error ? error.message : 'unknown'})`,
    };
  }
}

function read(bytes: Uint8Array): PlanFile {
  const entries = unzip(bytes);
  const plan = protobufFields(need(entries, 'tfplan'));
  const backend = protobufFields(messageAt(plan, PLAN_BACKEND));
  const configuration = new Map<string, Uint8Array>();
  for (const [name, content] of entries) {
    if (!name.startsWith('tfconfig/')) continue;
    const inner = name.slice('tfconfig/'.length);
    configuration.set(inner, inner === 'modules.json' ? withoutFolders(content) : content);
  }
  return {
    terraformVersion: textAt(plan, PLAN_TERRAFORM_VERSION),
    workspace: textAt(backend, BACKEND_WORKSPACE),
    backend: { type: textAt(backend, BACKEND_TYPE), config: messageAt(backend, BACKEND_CONFIG) },
    state: readState(need(entries, 'tfstate')),
    configuration,
    lockFile: entries.get('.terraform.lock.hcl') ?? new Uint8Array(),
  };
}

function readState(bytes: Uint8Array): PlanFile['state'] {
  const state: unknown = JSON.parse(text(bytes));
  if (typeof state !== 'object' || state === null || !('serial' in state) || !('lineage' in state)) {
    throw new Error('its state has no serial and lineage');
  }
  const { serial, lineage } = state;
  if (typeof serial !== 'number' || !Number.isSafeInteger(serial) || typeof lineage !== 'string') {
    throw new Error('its state has no serial and lineage');
  }
  return { serial, lineage };
}

/** Where a module was downloaded to differs from plan to plan; what it is does not. */
function withoutFolders(bytes: Uint8Array): Uint8Array {
  const modules: unknown = JSON.parse(text(bytes));
  if (!Array.isArray(modules)) throw new Error('its module list is not a list');
  const kept = modules.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) throw new Error('its module list is malformed');
    return Object.fromEntries(Object.entries(entry).filter(([name]) => name !== 'Dir'));
  });
  return new TextEncoder().encode(JSON.stringify(kept));
}

// -------------------------------------------------------------------------------------------------- zip

const MAX_ENTRIES = 20_000;
const MAX_UNPACKED = 512 * 1024 * 1024;

/** By the central directory, as terraform reads it. A name that occurs twice could mean two things: refused. */
function unzip(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endRecord(view);
  const count = view.getUint16(end + 10, true);
  if (count > MAX_ENTRIES) throw new Error('it has too many entries');
  const entries = new Map<string, Uint8Array>();
  let room = MAX_UNPACKED;
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index++) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error('its zip directory is damaged');
    const method = view.getUint16(at + 10, true);
    const packed = view.getUint32(at + 20, true);
    const size = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    const name = text(bytes.subarray(at + 46, at + 46 + nameLength));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (entries.has(name)) throw new Error(`${name} occurs twice in it`);
    room -= size;
    if (room < 0) throw new Error('it unpacks to too much');
    entries.set(name, unpack(bytes, view, local, method, packed, size));
  }
  return entries;
}

function endRecord(view: DataView): number {
  const lowest = Math.max(0, view.byteLength - 65_557);
  for (let at = view.byteLength - 22; at >= lowest; at--) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  throw new Error('it is no zip');
}

function unpack(
  bytes: Uint8Array,
  view: DataView,
  local: number,
  method: number,
  packed: number,
  size: number,
): Uint8Array {
  if (view.getUint32(local, true) !== 0x04034b50) throw new Error('its zip entries are damaged');
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const raw = bytes.subarray(start, start + packed);
  if (method !== 0 && method !== 8) throw new Error('it is packed in an unknown way');
  const content = method === 0 ? raw : inflateRawSync(raw, { maxOutputLength: Math.max(1, size) });
  if (content.byteLength !== size) throw new Error('an entry has another size than it says');
  return content;
}

// --------------------------------------------------------------------------------------------- protobuf

// Field numbers of `Plan` and `Backend` in terraform's planfile.proto.
const PLAN_BACKEND = 13;
const PLAN_TERRAFORM_VERSION = 14;
const BACKEND_TYPE = 1;
const BACKEND_CONFIG = 2;
const BACKEND_WORKSPACE = 3;

/** Length-delimited fields only: number → contents. The last of a repeated number wins, as protobuf says. */
function protobufFields(bytes: Uint8Array): Map<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('its plan record is cut off');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key % 8;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new Error('its plan record is cut off');
      fields.set(Math.floor(key / 8), bytes.subarray(at, at + length));
      at += length;
    } else throw new Error('its plan record is malformed');
  }
  return fields;
}

function messageAt(fields: ReadonlyMap<number, Uint8Array>, number: number): Uint8Array {
  const value = fields.get(number);
  if (value === undefined) throw new Error('it does not say its backend');
  return value;
}

function textAt(fields: ReadonlyMap<number, Uint8Array>, number: number): string {
  return text(messageAt(fields, number));
}

function need(entries: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const entry = entries.get(name);
  if (entry === undefined) throw new Error(`it has no ${name}`);
  return entry;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
