/**
 * What is asked of one S3 bucket. Two adapters give it: one over the SDK's client, and a lean one (lean/clients.ts)
 * that only reads. Without `s3:ListBucket`, S3 answers AccessDenied for what is not there, and reading rejects.
 */
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { errorName } from './error-name.ts';
import { OBJECT_MS, within } from './within.ts';

export interface ObjectReader {
  /** Null where there is none. Rejects with ObjectTooLarge before it reads more than `most` bytes. */
  get(key: string, most: number): Promise<Uint8Array | null>;
}

export interface ObjectsApi extends ObjectReader {
  /** One winner, ever: `exists` means that somebody's object stands. */
  putNew(key: string, bytes: Uint8Array): Promise<'created' | 'exists'>;
  /** Keys in order; `after` is a key. */
  list(prefix: string, after: string | null, limit: number): Promise<ObjectKeys>;
}

export interface ObjectKeys {
  readonly keys: readonly string[];
  readonly more: boolean;
}

export class ObjectTooLarge extends Error {
  constructor(key: string, bytes: number | null, most: number) {
    super(`the object ${key} has ${bytes ?? 'unsaid'} bytes; ${most} are the most that is read of it`);
    this.name = 'ObjectTooLarge';
  }
}

export function overS3Client(client: S3Client, bucket: string, timeoutMs = OBJECT_MS): ObjectsApi {
  return {
    async get(key, most) {
      const { abortSignal } = within(timeoutMs);
      const found = await read(client, { Bucket: bucket, Key: key }, abortSignal);
      if (found === null) return null;
      const { Body: body, ContentLength: length } = found;
      if (body === undefined) throw new Error(`S3 gave no body for ${key}`);
      // What is dropped unread would keep its connection.
      const drop = (why?: Error) => {
        if ('destroy' in body && typeof body.destroy === 'function') body.destroy(why);
      };
      if (length === undefined || length > most) {
        drop();
        throw new ObjectTooLarge(key, length ?? null, most);
      }
      abortSignal.addEventListener('abort', () => drop(new Error(`S3 took too long to give ${key}`)));
      return body.transformToByteArray();
    },
    async putNew(key, bytes) {
      // Two conditional writes at once may both be told to come again; one of them then finds the other's object.
      for (let attempt = 1; ; attempt += 1) {
        try {
          await client.send(
            new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: '*' }),
            within(timeoutMs),
          );
          return 'created';
        } catch (error) {
          if (errorName(error) === 'PreconditionFailed') return 'exists';
          if (errorName(error) !== 'ConditionalRequestConflict' || attempt === CONFLICTS) throw error;
        }
      }
    },
    async list(prefix, after, limit) {
      const found = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          MaxKeys: limit,
          ...(after === null ? {} : { StartAfter: after }),
        }),
        within(timeoutMs),
      );
      const keys = (found.Contents ?? []).flatMap(({ Key }) => Key ?? []);
      return { keys, more: found.IsTruncated === true };
    },
  };
}

const CONFLICTS = 5;

async function read(
  client: S3Client,
  place: { readonly Bucket: string; readonly Key: string },
  abortSignal: AbortSignal,
): Promise<GetObjectCommandOutput | null> {
  try {
    return await client.send(new GetObjectCommand(place), { abortSignal });
  } catch (error) {
    if (errorName(error) === 'NoSuchKey') return null;
    throw error;
  }
}
