/** The configured sources as the `source` lane reads them: git repositories and S3 prefixes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { canonicalJson, sha256 } from '../core/canonical.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import { checkOutGit } from '../lanes/git-source.ts';
import type { SourceReader } from '../lanes/machine.ts';
import type { SourceConfig } from './environment-config.ts';
import type { ObjectsApi } from './objects-api.ts';

export interface LaneSourcesDeps {
  readonly sources: readonly SourceConfig[];
  readonly bucket: (name: string) => Pick<ObjectsApi, 'get' | 'list'>;
  readonly secret: (arn: string) => Promise<string>;
  /** Absolute path of git; null where there is none. */
  readonly git: string | null;
  readonly timeoutMs: number;
}

export function laneSources(deps: LaneSourcesDeps): SourceReader {
  return {
    checkOut: async (name, ref, folder, signal) => {
      const source = deps.sources.find((each) => each.name === name);
      if (source === undefined) return refuse('source_not_found', `There is no source ${name}.`);
      if (source.s3 !== undefined)
        return checkOutS3(deps.bucket(source.s3.bucket), source.s3.prefix, folder, name);
      if (source.git === undefined) return refuse('source_not_found', `The source ${name} has no place.`);
      if (deps.git === null) {
        return refuse('tool_unavailable', 'git is not installed in the source lane. Tell the operator.');
      }
      const { url, refs: allowed, default_ref: defaultRef, secret } = source.git;
      const token = secret === undefined ? null : (await deps.secret(secret)).trim();
      const machine = { git: deps.git, timeoutMs: deps.timeoutMs };
      return checkOutGit(machine, { name, url, allowed, defaultRef, token }, ref, folder, signal);
    },
  };
}

const MAX_FILES = 20_000;
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_BYTES = 256 * 1024 * 1024;
const PAGE = 1_000;
const AT_ONCE = 8;

/** The version of a prefix is the hash over its files: equal files are one version, wherever they come from. */
async function checkOutS3(
  objects: Pick<ObjectsApi, 'get' | 'list'>,
  prefix: string,
  folder: string,
  name: string,
): Promise<{ readonly commit: string } | Refusal> {
  const keys = await allKeys(objects, `${prefix}/`);
  if (keys === null)
    return refuse('source_not_found', `The source ${name} has more than ${MAX_FILES} files.`);
  if (keys.length === 0) return refuse('source_not_found', `The source ${name} holds no files.`);
  const hashes: [string, string][] = [];
  let total = 0;
  const waiting = [...keys];
  const fetchNext = async (): Promise<Refusal | null> => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      const path = key.slice(prefix.length + 1);
      if (path.endsWith('/')) continue;
      if (!isPlain(path))
        return refuse(
          'source_not_found',
          `The source ${name} holds ${JSON.stringify(path)}, which is no path of a file.`,
        );
      const bytes = await objects.get(key, MAX_FILE_BYTES);
      if (bytes === null)
        return refuse('source_not_found', `The source ${name} changed while it was read. Try again.`);
      total += bytes.length;
      if (total > MAX_BYTES)
        return refuse('source_not_found', `The source ${name} is larger than ${MAX_BYTES >> 20} MB.`);
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes, { flag: 'wx', mode: 0o644 });
      hashes.push([path, sha256(bytes)]);
    }
    return null;
  };
  const ended = await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
  const refusal = ended.find((each) => each !== null);
  if (refusal) return refusal;
  return {
    commit: `s3:${sha256(canonicalJson(hashes.sort(([a], [b]) => (a < b ? -1 : 1)))).slice('sha256:'.length)}`,
  };
}

async function allKeys(objects: Pick<ObjectsApi, 'list'>, prefix: string): Promise<string[] | null> {
  const keys: string[] = [];
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<ObjectsApi['list']>> = await objects.list(prefix, after, PAGE);
    keys.push(...page.keys);
    if (keys.length > MAX_FILES) return null;
    after = page.keys.at(-1) ?? null;
    if (!page.more || after === null) return keys;
  }
}

/** Never out of the folder, no control characters, no empty or dotted steps. */
function isPlain(path: string): boolean {
  return (
    !/[\p{Cc}\\]/u.test(path) &&
    posix.normalize(path) === path &&
    !path.startsWith('../') &&
    !posix.isAbsolute(path)
  );
}
