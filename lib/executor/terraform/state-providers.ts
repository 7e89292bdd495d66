/**
 * A state names providers, and `init` asks their hosts for each of them, also for those that the configuration no
 * longer has. On one machine agents can write the state. So it may name only what the frozen lock file pins: that
 * was judged with the source, and what is not allowed there waits for a human before anything runs.
 */
import { posix } from 'node:path';
import type { TerraformTarget } from '../../core/action.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import { LOCK_FILE_NAME, readLockFile } from '../../core/terraform/scan/lock-file.ts';
import { parseNative } from '../../core/terraform/scan/native-parser.ts';
import { BUILTIN_TERRAFORM } from '../../core/terraform/scan/provider-address.ts';
import { stateProviders } from '../../core/terraform/scan/state-file.ts';
import { Unreadable } from '../../core/terraform/scan/token.ts';
import type { Snapshot } from '../../ports/lanes.ts';
import { planAgain } from './errors.ts';

/** `bytes`: the state, or null where there is none on this machine. Null: init may begin. */
export async function refuseUnpinnedProviders(
  bytes: Uint8Array | null,
  snapshot: Snapshot,
  target: TerraformTarget,
): Promise<Refusal | null> {
  const text = bytes === null ? '' : new TextDecoder().decode(bytes);
  if (text.trim() === '') return null;
  try {
    const named = stateProviders(text).filter((address) => address !== BUILTIN_TERRAFORM);
    if (named.length === 0) return null;
    const pinned = await pinnedProviders(snapshot);
    const [first] = named.filter((address) => !pinned.has(address));
    return first === undefined
      ? null
      : refuse(
          'execution_failed',
          `The state of workspace ${target.workspace} names the provider ${first}, which ${LOCK_FILE_NAME} does not pin. Pin it with "terraform providers lock", so that it is judged with the source, then plan again.`,
          planAgain(target),
        );
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return refuse(
      'execution_failed',
      `The state of workspace ${target.workspace} cannot be read for the providers that it names: ${error.message}.`,
      planAgain(target),
    );
  }
}

async function pinnedProviders(snapshot: Snapshot): Promise<ReadonlySet<string>> {
  const file = snapshot.files.get(posix.join(snapshot.rootModule, LOCK_FILE_NAME));
  if (file === undefined) return new Set();
  const { body } = await parseNative(LOCK_FILE_NAME, new TextDecoder().decode(file.bytes));
  return new Set(Object.keys(readLockFile(body).providers));
}
