/** Opening what one machine keeps: for the gateway, and for the commands of the human side. */
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { newChainName, openAuditLog } from '../lib/audit/log.ts';
import { openFileBlobs } from '../lib/local/file-blobs.ts';
import { type LocalKeys, openLocalKeys } from '../lib/local/keys.ts';
import { localLiveness } from '../lib/local/liveness.ts';
import { openSqliteStore } from '../lib/local/sqlite-store.ts';
import { locateStateFolder, type Opened, type StateFolder } from '../lib/local/state-folder.ts';
import type { AuditLog } from '../lib/ports/audit-log.ts';
import type { Clock, Liveness, Random } from '../lib/ports/process.ts';
import type { Blobs, Store } from '../lib/ports/store.ts';
import { type LoadedPolicy, loadPolicy } from './policy-file.ts';
import { Stop } from './stop.ts';

export interface LocalState {
  readonly folder: StateFolder;
  readonly environment: string;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly keys: LocalKeys;
  readonly audit: AuditLog;
  readonly liveness: Liveness;
  readonly clock: Clock;
  readonly random: Random;
}

export async function openLocalState(folder: StateFolder): Promise<LocalState> {
  const store = await openSqliteStore(folder.files.records);
  const liveness = localLiveness();
  const clock = { now: () => new Date() };
  const random = (count: number) => randomBytes(count);
  const chain = newChainName(liveness.self, random);
  return {
    folder,
    environment: folder.manifest.environment,
    store,
    blobs: openFileBlobs(folder.files.blobs),
    keys: openLocalKeys(folder.files.keys),
    audit: openAuditLog({ store, chain, clock }),
    liveness,
    clock,
    random,
  };
}

export interface WhichState {
  readonly state?: string | undefined;
  readonly env?: string | undefined;
}

/** The state of a gateway that was started before, with the policy that it was started with. */
export async function openStartedState(which: WhichState): Promise<LocalState & LoadedPolicy> {
  const folder = located(which);
  return { ...(await openLocalState(folder)), ...loadPolicy(folder.manifest.policy_path) };
}

export function located(which: WhichState): StateFolder {
  const found = locateStateFolder({
    state: which.state,
    root: process.cwd(),
    environment: which.env,
    env: process.env,
  });
  return opened(found);
}

export function opened(result: Opened): StateFolder {
  if (!result.ok) throw new Stop(result.problem);
  return result.folder;
}

/** As whom the person at this machine votes. */
export function localApprover(): string {
  return `local:${userInfo().username}`;
}
