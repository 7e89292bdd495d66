/**
 * A state that lies where the operator says, not where the source says: an agent that can change a source must not
 * be able to lead terraform to another state, or to an empty one that would build everything anew.
 */
import { posix } from 'node:path';
import { type Refusal, refuse } from '../../core/refusal.ts';
import type { BackendBlock } from '../../core/terraform/module-calls.ts';

export interface ConfiguredState {
  readonly bucket: string;
  /** Keys of this source's states lie under it: `<prefix>/<folder>/terraform.tfstate` unless the source names one. */
  readonly keyPrefix: string;
  readonly region: string;
  readonly kmsKey: string | null;
  /** Profile of the credentials that may read and write states; null where those of the environment may. */
  readonly profile: string | null;
}

/**
 * The settings of the s3 backend for a root module. A source that has a backend block must mean the same bucket and
 * a key under the prefix.
 */
export function s3Backend(
  state: ConfiguredState,
  folder: string,
  declared: BackendBlock | null,
): { readonly settings: Readonly<Record<string, unknown>> } | Refusal {
  const key =
    declared === null ? posix.join(state.keyPrefix, folder, 'terraform.tfstate') : keyOf(state, declared);
  if (key === null) return elsewhere(state, declared);
  return {
    settings: {
      bucket: state.bucket,
      key,
      region: state.region,
      encrypt: true,
      use_lockfile: true,
      workspace_key_prefix: `${posix.dirname(key)}/workspaces`,
      ...(state.profile === null ? {} : { profile: state.profile }),
      ...(state.kmsKey === null ? {} : { kms_key_id: state.kmsKey }),
    },
  };
}

function keyOf(state: ConfiguredState, { type, settings }: BackendBlock): string | null {
  const { bucket, key } = settings;
  if (type !== 's3' || bucket !== state.bucket || typeof key !== 'string') return null;
  const inside = key.startsWith(`${state.keyPrefix}/`) && posix.normalize(key) === key && !key.includes('${');
  // A lane that only plans may write locks: no state may have the name of one.
  return inside && !/\p{Cc}/u.test(key) && !/\.tflock(\/|$)/.test(key) ? key : null;
}

function elsewhere({ bucket, keyPrefix }: ConfiguredState, declared: BackendBlock | null): Refusal {
  return refuse(
    'invalid_arguments',
    `${declared?.file ?? 'The source'} keeps its state where the operator did not say. Leave the backend block out, or use s3 with bucket ${bucket} and a key under ${keyPrefix}/.`,
  );
}
