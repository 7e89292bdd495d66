/**
 * As much of a Kubernetes API server as the real kubectl needs: discovery, tables, server-side apply with dry
 * runs, the scale subresource, logs. Objects live in memory; every request is kept for the tests to look at.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parse } from 'yaml';
import { KINDS, type ServedKind } from './served-kinds.ts';

export type Json = Record<string, unknown>;

export interface KubeApi {
  readonly url: string;
  /** `METHOD path?query` of every request other than discovery. */
  readonly requests: string[];
  /** Every object, by `resource/namespace/name`; namespace is empty for the cluster's own. */
  readonly objects: Map<string, Json>;
  put(object: Json): void;
  find(resource: string, namespace: string, name: string): Json | undefined;
  /** What a pod's log says. */
  logs: string;
  close(): Promise<void>;
}

export async function startKubeApi(objects: readonly Json[] = []): Promise<KubeApi> {
  const store = new Map<string, Json>();
  const requests: string[] = [];
  const api = { logs: 'started\n' };
  let version = 1;
  const put = (object: Json): void => {
    const kind = kindOf(object);
    const metadata = metadataOf(object);
    version += 1;
    const place = kind.namespaced ? String(metadata.namespace ?? 'default') : '';
    store.set(`${kind.plural}/${place}/${String(metadata.name)}`, {
      ...object,
      metadata: {
        creationTimestamp: '2026-01-01T00:00:00Z',
        uid: `00000000-0000-4000-8000-${String(version).padStart(12, '0')}`,
        ...metadata,
        ...(kind.namespaced ? { namespace: place } : {}),
        resourceVersion: String(version),
      },
    });
  };
  for (const object of objects) put(object);

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => send(response, 500, status(500, String(error))));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://api');
    const found = discovery(url.pathname);
    if (found !== null) return send(response, 200, found);
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    const place = placeOf(url.pathname);
    if (place === null) return send(response, 404, status(404, 'the server could not find the resource'));
    const body = await bodyOf(request);
    const { kind, namespace, name, sub } = place;
    const key = `${kind.plural}/${namespace}/${name ?? ''}`;
    const known = store.get(key);
    const missing = status(404, `${kind.plural} "${name}" not found`);
    if (sub === 'log') {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end(api.logs);
      return;
    }
    switch (request.method) {
      case 'GET': {
        if (name === null) return send(response, 200, list(place, url, request));
        if (known === undefined) return send(response, 404, missing);
        if (sub === 'scale') return send(response, 200, scaleOf(known));
        return send(response, 200, wantsTable(request) ? tableOf(kind, [known]) : known);
      }
      case 'PUT': {
        if (known === undefined) return send(response, 404, missing);
        const spec = { ...specOf(known), replicas: specOf(parse(body)).replicas };
        put({ ...known, spec });
        return send(response, 200, scaleOf({ ...known, spec }));
      }
      case 'PATCH': {
        if (sub === 'scale') {
          if (known === undefined) return send(response, 404, missing);
          put(merge(known, { spec: specOf(parse(body)) }));
          return send(response, 200, scaleOf(store.get(key) ?? {}));
        }
        const next = applied(known, parse(body), namespace, kind);
        if (url.searchParams.get('dryRun') === 'All') return send(response, 200, next);
        put(next);
        return send(response, known === undefined ? 201 : 200, store.get(key) ?? {});
      }
      case 'POST': {
        put(parse(body));
        return send(response, 201, parse(body));
      }
      case 'DELETE': {
        if (known === undefined) return send(response, 404, missing);
        store.delete(key);
        return send(response, 200, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
      }
      default:
        return send(response, 405, status(405, 'method not allowed'));
    }
  }

  function list({ kind, namespace, all }: Place, url: URL, request: IncomingMessage): Json {
    const wanted = url.searchParams.get('labelSelector');
    const items = [...store.entries()]
      .filter(([key]) => key.startsWith(all ? `${kind.plural}/` : `${kind.plural}/${namespace}/`))
      .map(([, object]) => object)
      .filter((object) => wanted === null || matches(object, wanted));
    if (wantsTable(request)) return tableOf(kind, items);
    return {
      kind: `${kind.kind}List`,
      apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
      metadata: { resourceVersion: String(version) },
      items,
    };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(api, {
    url: `http://127.0.0.1:${port}`,
    requests,
    objects: store,
    put,
    find: (resource: string, namespace: string, name: string) =>
      store.get(`${resource}/${namespace}/${name}`),
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

/** A kubeconfig for this server, with a namespace of its own that must never be used. */
export function kubeconfigFor(url: string, context = 'test'): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: 'cluster', cluster: { server: url } }],
    contexts: [
      { name: context, context: { cluster: 'cluster', user: 'gateway', namespace: 'from-context' } },
    ],
    users: [{ name: 'gateway', user: { token: 'token-of-the-gateway' } }],
  });
}

interface Place {
  readonly kind: ServedKind;
  readonly namespace: string;
  readonly name: string | null;
  readonly sub: string | null;
  readonly all: boolean;
}

function placeOf(pathname: string): Place | null {
  const match =
    /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))\/(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      pathname,
    );
  if (match === null) return null;
  const [, core, group = '', version = core, namespace, plural, name, sub] = match;
  const kind = KINDS.find(
    (each) => each.plural === plural && each.group === group && each.version === version,
  );
  if (kind === undefined) return null;
  return {
    kind,
    namespace: kind.namespaced ? (namespace ?? '') : '',
    name: name ?? null,
    sub: sub ?? null,
    all: kind.namespaced && namespace === undefined,
  };
}

function discovery(pathname: string): Json | null {
  if (pathname === '/version') return { major: '1', minor: '32', gitVersion: 'v1.32.0' };
  const schema = openApi(pathname);
  if (schema !== null) return schema;
  if (pathname === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  const groups = [...new Set(KINDS.filter((kind) => kind.group !== '').map((kind) => kind.group))];
  if (pathname === '/apis') {
    return {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groups.map((name) => {
        const version = KINDS.find((kind) => kind.group === name)?.version ?? 'v1';
        const served = { groupVersion: `${name}/${version}`, version };
        return { name, versions: [served], preferredVersion: served };
      }),
    };
  }
  const match = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))$/.exec(pathname);
  if (match === null) return null;
  const [, core, group = '', version = core] = match;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: KINDS.filter((kind) => kind.group === group && kind.version === version).flatMap((kind) => [
      {
        name: kind.plural,
        singularName: kind.kind.toLowerCase(),
        namespaced: kind.namespaced,
        kind: kind.kind,
        verbs: ['get', 'list', 'create', 'patch', 'update', 'delete', 'watch'],
        shortNames: kind.short,
        categories: kind.all ? ['all'] : [],
      },
      ...(kind.scalable
        ? [
            {
              name: `${kind.plural}/scale`,
              singularName: '',
              namespaced: true,
              group: 'autoscaling',
              version: 'v1',
              kind: 'Scale',
              verbs: ['get', 'patch', 'update'],
            },
          ]
        : []),
    ]),
  };
}

/** Enough OpenAPI to say that the server itself validates fields and knows dry runs. */
function openApi(pathname: string): Json | null {
  const places = [...new Set(KINDS.map((kind) => (kind.group === '' ? 'api/v1' : `apis/${kind.group}/v1`)))];
  if (pathname === '/openapi/v3') {
    return {
      paths: Object.fromEntries(places.map((at) => [at, { serverRelativeURL: `/openapi/v3/${at}` }])),
    };
  }
  const place = places.find((at) => pathname === `/openapi/v3/${at}`);
  if (place === undefined) return null;
  const parameters = ['fieldValidation', 'dryRun'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  }));
  const kinds = KINDS.filter((kind) => (kind.group === '' ? 'api/v1' : `apis/${kind.group}/v1`) === place);
  const paths = kinds.map((kind) => [
    `/${place}/namespaces/{namespace}/${kind.plural}/{name}`,
    {
      patch: {
        parameters,
        responses: {},
        'x-kubernetes-action': 'patch',
        'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind },
      },
    },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'test', version: 'v1' },
    paths: Object.fromEntries(paths),
    components: {},
  };
}

/** What server-side apply would give: the manifest over what is there, Secrets' plain values encoded. */
function applied(known: Json | undefined, given: Json, namespace: string, kind: ServedKind): Json {
  const { stringData, ...rest } = given;
  const encoded = Object.entries(isJson(stringData) ? stringData : {}).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  const whole = merge(
    known ?? {},
    encoded.length === 0 ? rest : merge(rest, { data: Object.fromEntries(encoded) }),
  );
  const drawn =
    known === undefined ? { uid: crypto.randomUUID(), creationTimestamp: new Date().toISOString() } : {};
  return {
    ...whole,
    metadata: { ...drawn, ...metadataOf(whole), ...(kind.namespaced ? { namespace } : {}) },
  };
}

function merge(base: Json, over: Json): Json {
  const out: Json = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const held = out[key];
    out[key] = isJson(held) && isJson(value) ? merge(held, value) : value;
  }
  return out;
}

function scaleOf(object: Json): Json {
  const { name, namespace, resourceVersion } = metadataOf(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, resourceVersion },
    spec: { replicas: specOf(object).replicas ?? 1 },
    status: { replicas: specOf(object).replicas ?? 1 },
  };
}

function wantsTable(request: IncomingMessage): boolean {
  return (request.headers.accept ?? '').includes('as=Table');
}

function tableOf(kind: ServedKind, items: readonly Json[]): Json {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
      { name: 'Kind', type: 'string', format: '', description: '', priority: 0 },
    ],
    rows: items.map((object) => ({
      cells: [metadataOf(object).name, kind.kind],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: metadataOf(object) },
    })),
  };
}

function matches(object: Json, selector: string): boolean {
  const labels = metadataOf(object).labels;
  return selector.split(',').every((term) => {
    const [key = '', value] = term.split('=');
    return isJson(labels) && labels[key] === value;
  });
}

function kindOf(object: Json): ServedKind {
  const [group, version] = String(object.apiVersion).includes('/')
    ? String(object.apiVersion).split('/')
    : ['', String(object.apiVersion)];
  const kind = KINDS.find(
    (each) => each.kind === object.kind && each.group === group && each.version === version,
  );
  if (kind === undefined)
    throw new Error(`no such kind here: ${String(object.apiVersion)} ${String(object.kind)}`);
  return kind;
}

function metadataOf(object: Json): Json {
  return isJson(object.metadata) ? object.metadata : {};
}

function specOf(object: Json): Json {
  return isJson(object.spec) ? object.spec : {};
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function status(code: number, message: string): Json {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message,
    reason: code === 404 ? 'NotFound' : 'InternalError',
    code,
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, code: number, body: Json): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
