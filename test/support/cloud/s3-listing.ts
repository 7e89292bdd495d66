/** What S3 says about a bucket and about which objects it has. */
import type { Bucket, Version } from './fake-s3.ts';
import { type XmlElement, xml } from './s3-xml.ts';
import type { AwsResponse } from './service.ts';

export const S3Listing = { answer, buckets };

function answer(name: string, bucket: Bucket, query: URLSearchParams): AwsResponse {
  if (query.has('location')) return answered(xml('LocationConstraint', 'eu-west-1'));
  if (query.has('versioning')) {
    return answered(xml('VersioningConfiguration', bucket.settings.versioned ? { Status: 'Enabled' } : []));
  }
  return answered(
    query.has('versions') ? listVersions(name, bucket, query) : listObjects(name, bucket, query),
  );
}

function buckets(names: readonly string[]): AwsResponse {
  const found = names.map(
    (name): XmlElement => ['Bucket', { Name: name, CreationDate: new Date(0).toISOString() }],
  );
  return answered(xml('ListAllMyBucketsResult', [['Buckets', found]]));
}

/** Version 1 and 2 of the request: they differ in how they go on. */
function listObjects(name: string, bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const most = Number(query.get('max-keys') ?? 1_000);
  const after = query.get('continuation-token') ?? query.get('start-after') ?? query.get('marker') ?? '';
  const contents: XmlElement[] = [];
  const folders = new Set<string>();
  let last: string | null = null;
  let more = false;
  for (const [key, newest] of standing(bucket)) {
    if (!key.startsWith(prefix) || key <= after) continue;
    if (contents.length + folders.size >= most) {
      more = true;
      break;
    }
    last = key;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end !== -1) folders.add(key.slice(0, end + delimiter.length));
    else contents.push(['Contents', described(key, newest)]);
  }
  const next: XmlElement[] =
    more && last !== null
      ? [
          ['NextContinuationToken', last],
          ['NextMarker', last],
        ]
      : [];
  return xml('ListBucketResult', [
    ['Name', name],
    ['Prefix', prefix],
    ['MaxKeys', most],
    ['KeyCount', contents.length + folders.size],
    ['IsTruncated', more],
    ...next,
    ...contents,
    ...[...folders].map((each): XmlElement => ['CommonPrefixes', { Prefix: each }]),
  ]);
}

function listVersions(name: string, bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const found = [...bucket.objects]
    .filter(([key]) => key.startsWith(prefix))
    .sort(byKey)
    .flatMap(([key, versions]) =>
      versions
        .toReversed()
        .map(
          (each, index): XmlElement => [
            each.deleted ? 'DeleteMarker' : 'Version',
            { ...described(key, each), VersionId: each.id, IsLatest: index === 0 },
          ],
        ),
    );
  return xml('ListVersionsResult', [['Name', name], ['Prefix', prefix], ['IsTruncated', false], ...found]);
}

function standing(bucket: Bucket): [string, Version][] {
  return [...bucket.objects]
    .flatMap(([key, versions]): [string, Version][] => {
      const newest = versions.at(-1);
      return newest === undefined || newest.deleted ? [] : [[key, newest]];
    })
    .sort(byKey);
}

/** By the bytes of UTF-8. */
function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]));
}

function described(key: string, { etag, modified, body }: Version) {
  return {
    Key: key,
    LastModified: modified.toISOString(),
    ETag: etag,
    Size: body.length,
    StorageClass: 'STANDARD',
  };
}

function answered(body: string): AwsResponse {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}
