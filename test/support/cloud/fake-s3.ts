/** S3 in memory, path style: versions, conditional puts, Object Lock, listings, and the errors that clients decide by. */
import { createHash, randomBytes } from 'node:crypto';
import type { PolicyDocument } from './iam.ts';
import { S3Listing } from './s3-listing.ts';
import { errorXml, xml } from './s3-xml.ts';
import {
  type AwsRequest,
  type AwsResponse,
  type AwsService,
  type Caller,
  type Need,
  ServiceError,
} from './service.ts';

export interface BucketSettings {
  readonly versioned?: boolean;
  readonly policy?: PolicyDocument;
  /** What reading (`kms:Decrypt`) and writing (`kms:GenerateDataKey`) objects needs on top. */
  readonly key?: { readonly arn: string; readonly policy: PolicyDocument };
  /** How long each new version cannot be deleted by anybody. */
  readonly lockedForDays?: number;
}

export interface Version {
  readonly id: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly modified: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly deleted: boolean;
}

export interface FakeS3 {
  readonly service: AwsService;
  makeBucket(name: string, settings?: BucketSettings): void;
  /** Behind everybody's back: the newest bytes, or null. */
  peek(bucket: string, key: string): Buffer | null;
  poke(bucket: string, key: string, body: Uint8Array | null): void;
  keys(bucket: string): readonly string[];
}

export interface Bucket {
  readonly settings: BucketSettings;
  /** Newest last. */
  readonly objects: Map<string, Version[]>;
}

export function fakeS3(region = 'eu-west-1'): FakeS3 {
  const buckets = new Map<string, Bucket>();

  const bucketOf = (name: string): Bucket => {
    const bucket = buckets.get(name);
    if (bucket === undefined)
      throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404);
    return bucket;
  };

  function need(action: string, bucket: string, key: string | null, context = {}): Need[] {
    const { settings } = bucketOf(bucket);
    const resource = `arn:aws:s3:::${bucket}${key === null ? '' : `/${key}`}`;
    const own: Need = { action, resource, policy: settings.policy, context };
    const cipher = KMS_FOR.get(action);
    if (settings.key === undefined || cipher === undefined) return [own];
    const { arn, policy } = settings.key;
    const via = {
      'kms:ViaService': `s3.${region}.amazonaws.com`,
      'kms:EncryptionContext:aws:s3:arn': resource,
    };
    return [own, { action: cipher, resource: arn, policy, decidedBy: 'resource', context: via }];
  }

  function needs(request: AwsRequest): readonly Need[] | null {
    const { bucket, key } = placeOf(request);
    if (bucket === '') return [{ action: 's3:ListAllMyBuckets', resource: 'arn:aws:s3:::*' }];
    if (key === '') return bucketNeeds(request, bucket);
    const versioned = request.query.has('versionId') ? 'Version' : '';
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return need(`s3:GetObject${versioned}`, bucket, key);
      case 'DELETE':
        return need(`s3:DeleteObject${versioned}`, bucket, key);
      case 'PUT': {
        const source = copySource(request);
        const condition = request.headers.get('if-none-match');
        const put = need('s3:PutObject', bucket, key, condition ? { 's3:if-none-match': condition } : {});
        return source === null ? put : [...need('s3:GetObject', source.bucket, source.key), ...put];
      }
      default:
        return null;
    }
  }

  function bucketNeeds({ method, query }: AwsRequest, bucket: string): readonly Need[] | null {
    if (method !== 'GET' && method !== 'HEAD') return null;
    if (query.has('location')) return need('s3:GetBucketLocation', bucket, null);
    if (query.has('versioning')) return need('s3:GetBucketVersioning', bucket, null);
    const prefix = query.get('prefix');
    const context = { ...(prefix === null ? {} : { 's3:prefix': prefix }) };
    return need(query.has('versions') ? 's3:ListBucketVersions' : 's3:ListBucket', bucket, null, context);
  }

  /** Without the right to list, nobody learns what is not there. */
  function absent(name: string, caller: Caller): ServiceError {
    const mayKnow = need('s3:ListBucket', name, null).every((each) => caller.may(each));
    return mayKnow
      ? new ServiceError('NoSuchKey', 'The specified key does not exist.', 404)
      : new ServiceError('AccessDenied', 'Access Denied', 403);
  }

  function readObject(request: AwsRequest, caller: Caller): AwsResponse {
    const { bucket, key } = placeOf(request);
    const versions = bucketOf(bucket).objects.get(key) ?? [];
    const wanted = request.query.get('versionId');
    const found = wanted === null ? versions.at(-1) : versions.find((each) => each.id === wanted);
    if (found === undefined || found.deleted) throw absent(bucket, caller);
    return { status: 200, headers: { ...found.headers, ...described(found) }, body: found.body };
  }

  function putObject(request: AwsRequest, caller: Caller): AwsResponse {
    const { bucket, key } = placeOf(request);
    const { settings, objects } = bucketOf(bucket);
    const versions = objects.get(key) ?? [];
    const newest = versions.at(-1);
    const standing = newest === undefined || newest.deleted ? null : newest;
    const failed = new ServiceError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
    );
    if (request.headers.get('if-none-match') === '*' && standing !== null) throw failed;
    const match = request.headers.get('if-match');
    if (match !== undefined && standing === null) throw absent(bucket, caller);
    if (match !== undefined && match !== standing?.etag) throw failed;
    const source = copySource(request);
    if (settings.lockedForDays !== undefined && source === null && !isChecked(request)) {
      const why =
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters';
      throw new ServiceError('InvalidRequest', why, 400);
    }
    const copied = source === null ? null : readCopied(source, caller);
    const version = newVersion(copied?.body ?? request.body, kept(request));
    objects.set(key, settings.versioned ? [...versions, version] : [version]);
    if (source === null) return { status: 200, headers: described(version) };
    const { etag, modified } = version;
    return {
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: xml('CopyObjectResult', { ETag: etag, LastModified: modified.toISOString() }),
    };
  }

  function readCopied({ bucket, key }: { bucket: string; key: string }, caller: Caller): Version {
    const found = bucketOf(bucket).objects.get(key)?.at(-1);
    if (found === undefined || found.deleted) throw absent(bucket, caller);
    return found;
  }

  function deleteObject(request: AwsRequest): AwsResponse {
    const { bucket, key } = placeOf(request);
    const { settings, objects } = bucketOf(bucket);
    const versions = objects.get(key) ?? [];
    const wanted = request.query.get('versionId');
    if (wanted !== null || !settings.versioned) {
      const gone = versions.filter((each) => wanted === null || each.id === wanted);
      const until = (settings.lockedForDays ?? 0) * 86_400_000;
      if (gone.some((each) => !each.deleted && Date.now() < each.modified.getTime() + until)) {
        throw new ServiceError('AccessDenied', 'Access Denied because object protected by object lock.', 403);
      }
      objects.set(
        key,
        versions.filter((each) => !gone.includes(each)),
      );
    } else if (versions.length > 0) {
      objects.set(key, [...versions, { ...newVersion(Buffer.alloc(0), {}), deleted: true }]);
    }
    return { status: 204 };
  }

  const service: AwsService = {
    name: 's3',
    accessDenied: 'AccessDenied',
    needs,
    async answer(request, caller) {
      const { bucket, key } = placeOf(request);
      if (bucket === '') return S3Listing.buckets([...buckets.keys()]);
      if (key === '') {
        const found = bucketOf(bucket);
        if (request.method === 'HEAD')
          return { status: 200, headers: { 'x-amz-bucket-region': 'eu-west-1' } };
        return S3Listing.answer(bucket, found, request.query);
      }
      switch (request.method) {
        case 'PUT':
          return putObject(request, caller);
        case 'DELETE':
          return deleteObject(request);
        default:
          return readObject(request, caller);
      }
    },
    error: (status, code, message) => errorXml(status, code, message),
  };

  const put = (bucket: string, key: string, version: Version): void => {
    const { objects } = bucketOf(bucket);
    objects.set(key, [...(objects.get(key) ?? []), version]);
  };
  return {
    service,
    makeBucket(name, settings = {}) {
      buckets.set(name, { settings, objects: new Map() });
    },
    peek(bucket, key) {
      const found = bucketOf(bucket).objects.get(key)?.at(-1);
      return found === undefined || found.deleted ? null : found.body;
    },
    poke(bucket, key, body) {
      if (body === null) bucketOf(bucket).objects.delete(key);
      else put(bucket, key, newVersion(Buffer.from(body), {}));
    },
    keys: (bucket) =>
      [...bucketOf(bucket).objects]
        .filter(([, versions]) => versions.at(-1)?.deleted === false)
        .map(([key]) => key)
        .sort(),
  };
}

const KMS_FOR: ReadonlyMap<string, string> = new Map([
  ['s3:GetObject', 'kms:Decrypt'],
  ['s3:GetObjectVersion', 'kms:Decrypt'],
  ['s3:PutObject', 'kms:GenerateDataKey'],
]);

function newVersion(body: Buffer, headers: Readonly<Record<string, string>>): Version {
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  const id = randomBytes(12).toString('hex');
  return { id, body: Buffer.from(body), etag, modified: new Date(), headers, deleted: false };
}

function described({ etag, id, modified }: Version): Record<string, string> {
  return { etag, 'x-amz-version-id': id, 'last-modified': modified.toUTCString() };
}

function kept({ headers }: AwsRequest): Record<string, string> {
  const names = [...headers.keys()].filter(
    (name) => name === 'content-type' || name.startsWith('x-amz-meta-'),
  );
  return Object.fromEntries(names.map((name) => [name, headers.get(name) ?? '']));
}

function isChecked({ headers }: AwsRequest): boolean {
  return [...headers.keys()].some((name) => /^(content-md5|x-amz-checksum-.+|x-amz-trailer)$/.test(name));
}

function placeOf({ path }: AwsRequest): { readonly bucket: string; readonly key: string } {
  const [bucket = '', ...rest] = path.slice(1).split('/');
  return { bucket, key: rest.join('/') };
}

function copySource({ headers }: AwsRequest): { bucket: string; key: string } | null {
  const source = headers.get('x-amz-copy-source');
  if (source === undefined) return null;
  const [bucket = '', ...rest] = decodeURIComponent(source).replace(/^\//, '').split('/');
  return { bucket, key: rest.join('/') };
}
