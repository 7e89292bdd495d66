/**
 * Terraform as the self-tests play it: it freezes and plans what it is told, and runs nothing. Everything that
 * judges, binds and gates around it is the real thing.
 */
import { type Digest, digestOf, sha256 } from '../core/canonical.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Snapshot, TerraformLane, TerraformPlanned } from '../ports/lanes.ts';
import { type Blobs, BlobTampered } from '../ports/store.ts';

/** What the played terraform does next. */
export interface PlayedTerraform {
  /** Files of the root module: path → text. */
  files: Readonly<Record<string, string>>;
  /** What `terraform show -json` would print. */
  planJson: unknown;
  /** What it prints for people. */
  text: string;
  /** What the plan refuses with, instead of planning. */
  refusal: Refusal | null;
  /** Planning waits for it. */
  gate: Promise<void>;
  /** The state's serial, a part of the digest. */
  serial: number;
  /** Whether there is a sandbox. */
  confined: boolean;
  /** How often it planned. */
  plans: number;
}

/** Bytes in memory, which a test may spoil. */
export class MemoryBlobs implements Blobs {
  readonly bytes = new Map<Digest, Uint8Array>();

  async put(bytes: Uint8Array): Promise<Digest> {
    const address = sha256(bytes);
    this.bytes.set(address, Uint8Array.from(bytes));
    return address;
  }

  async get(address: Digest): Promise<Uint8Array | null> {
    const found = this.bytes.get(address);
    if (found === undefined) return null;
    if (sha256(found) !== address) throw new BlobTampered(address);
    return found;
  }
}

export function playTerraform(play: PlayedTerraform, blobs: Blobs): TerraformLane {
  const open = async (address: Digest) => {
    const bytes = await blobs.get(address);
    return bytes === null ? null : snapshotOf(parse(bytes), address);
  };
  return {
    confined: play.confined,
    snapshot: async () => snapshotOf(play.files, await put(blobs, play.files)),
    reopen: open,
    fetchModules: async (_id, _target, source) =>
      (await open(source)) ?? { ...refuse('plan_tampered', 'The frozen source is gone.'), text: '' },
    plan: async (_id, target, source) => {
      play.plans += 1;
      await play.gate;
      return play.refusal === null
        ? planned(play, blobs, target.workspace, source)
        : { ...play.refusal, text: 'terraform said no' };
    },
    readBack: async ({ frozen }) => {
      if (frozen.kind !== 'terraform') return null;
      const artifact = await blobs.get(frozen.artifact);
      const json = await blobs.get(frozen.planJson);
      const snapshot = await open(frozen.snapshot);
      if (artifact === null || json === null || snapshot === null) return null;
      const { workspace, serial } = parse(artifact);
      const planJson = parse(json);
      const digest = digestOf(partsOf(snapshot.address, workspace, serial, planJson));
      return { digest, workspace, planJson, snapshot };
    },
  };
}

async function planned(
  play: PlayedTerraform,
  blobs: Blobs,
  workspace: string,
  source: Digest,
): Promise<TerraformPlanned> {
  const digestParts = partsOf(source, workspace, play.serial, play.planJson);
  return {
    frozen: {
      kind: 'terraform',
      snapshot: source,
      artifact: await put(blobs, { workspace, serial: play.serial }),
      planJson: await put(blobs, play.planJson),
      workspace,
      tool: { name: 'terraform', version: '1.11.4' },
    },
    digest: digestOf(digestParts),
    digestParts,
    planJson: play.planJson,
    text: play.text,
  };
}

function partsOf(snapshot: Digest, workspace: string, serial: number, planJson: unknown) {
  const part = (value: unknown, shown: string | null = null) => ({ hash: digestOf(value), shown });
  return {
    snapshot: part(snapshot),
    workspace: part(workspace),
    state: part(serial, `serial ${serial}`),
    changes: part(planJson),
  };
}

function snapshotOf(files: Readonly<Record<string, string>>, address: Digest): Snapshot {
  const entries = Object.entries(files).map(
    ([path, text]) => [path, { path, bytes: new TextEncoder().encode(text) }] as const,
  );
  return { address, rootModule: '', files: new Map(entries) };
}

function put(blobs: Blobs, value: unknown): Promise<Digest> {
  return blobs.put(new TextEncoder().encode(JSON.stringify(value)));
}

function parse(bytes: Uint8Array) {
  return JSON.parse(new TextDecoder().decode(bytes));
}
