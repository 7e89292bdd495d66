/**
 * AWS on one loopback port, for the SDK's clients, terraform and our own signed requests. Callers are known by
 * their access key id; every request is judged against the policies that the server was given, refused as the
 * service would refuse it, and recorded. Signatures are not verified.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type Access, access, type PolicyDocument } from './iam.ts';
import {
  type AwsRequest,
  type AwsResponse,
  type AwsService,
  type Caller,
  type Need,
  readRequest,
  ServiceError,
} from './service.ts';

export interface FakeRole {
  readonly name: string;
  readonly policies: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument | undefined;
  /** Who may assume it. */
  readonly trust?: PolicyDocument | undefined;
  /** Default: the server's. */
  readonly account?: string;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/**
 * One permission that somebody used, or was refused. A request may need several: what a service does for its caller
 * (decrypting for a table, say) has the caller's `service` and another service's `action`.
 */
export interface Call {
  readonly service: string;
  readonly action: string;
  readonly resource: string;
  /** The partition key of a DynamoDB item, where one is named. */
  readonly key: string | null;
  /** The role's name; `owner` for whoever sets the test up. */
  readonly role: string;
  readonly allowed: boolean;
}

export interface FakeAws {
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  /** May do everything. */
  readonly owner: Credentials;
  readonly calls: Call[];
  addRole(role: FakeRole): { readonly arn: string; readonly credentials: Credentials };
  /** A further session of a role. */
  session(arn: string): Credentials;
  role(arn: string): FakeRole | null;
  /** What the policies say, without a request. */
  judge(arn: string, need: Need): Access;
  stop(): Promise<void>;
}

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

/** `makeServices` may keep what it is given: it is complete once this resolves. */
export async function startFakeAws(
  makeServices: (aws: FakeAws) => readonly AwsService[],
  { account: ours = ACCOUNT, region = REGION }: { readonly account?: string; readonly region?: string } = {},
): Promise<FakeAws> {
  const roles = new Map<string, FakeRole>();
  const sessions = new Map<string, string>();
  const calls: Call[] = [];
  const services = new Map<string, AwsService>();
  const owner = newCredentials('OWNER');

  const session = (arn: string): Credentials => {
    if (!roles.has(arn)) throw new Error(`no such role: ${arn}`);
    const credentials = newCredentials('ASIA');
    sessions.set(credentials.accessKeyId, arn);
    return credentials;
  };

  function judge(arn: string, need: Need): Access {
    const role = roles.get(arn);
    if (role === undefined) return { allowed: false, because: 'no allow' };
    const account = role.account ?? ours;
    const context = new Map<string, readonly string[]>([
      ['aws:securetransport', ['true']],
      ['aws:principalarn', [arn]],
      ['aws:principalaccount', [account]],
      ['aws:principaltype', ['AssumedRole']],
      ['aws:requestedregion', [region]],
      ['aws:resourceaccount', [ours]],
      ['s3:tlsversion', ['1.3']],
      ['aws:viaawsservice', ['false']],
    ]);
    for (const [name, value] of Object.entries(need.context ?? {})) {
      context.set(name.toLowerCase(), typeof value === 'string' ? [value] : value);
    }
    return access(
      { action: need.action, resource: need.resource, principal: { role: arn, account }, context },
      {
        identity: role.policies,
        boundary: role.boundary,
        resource: need.policy,
        decidedBy: need.decidedBy ?? 'either',
      },
    );
  }

  async function answer(request: AwsRequest): Promise<AwsResponse> {
    const scope = scopeOf(request);
    const service = services.get(scope?.service ?? 's3');
    if (service === undefined) return { status: 501, body: `no service ${scope?.service}` };
    const isOwner = scope?.accessKeyId === owner.accessKeyId;
    const arn = isOwner ? 'owner' : sessions.get(scope?.accessKeyId ?? '');
    if (scope === null || arn === undefined) {
      return service.error(
        403,
        'UnrecognizedClientException',
        'The security token in the request is invalid.',
      );
    }
    const role = isOwner ? 'owner' : (roles.get(arn)?.name ?? '');
    const may = (need: Need): boolean => isOwner || judge(arn, need).allowed;
    try {
      const needs = service.needs(request);
      if (needs === null)
        return service.error(400, 'UnknownOperationException', request.headers.get('x-amz-target') ?? '');
      for (const need of needs) {
        const allowed = may(need);
        const { action, resource, context } = need;
        const key = context?.['dynamodb:LeadingKeys']?.[0] ?? null;
        calls.push({ service: service.name, action, resource, key, role, allowed });
        if (!allowed) {
          const why = `User: ${arn} is not authorized to perform: ${need.action} on resource: ${need.resource}`;
          return service.error(403, service.accessDenied, why);
        }
      }
      const account = roles.get(arn)?.account ?? ours;
      const caller: Caller = { role: arn, account, accessKeyId: scope.accessKeyId, may };
      return await service.answer(request, caller);
    } catch (error) {
      if (error instanceof ServiceError) return service.error(error.status, error.code, error.message);
      return service.error(500, 'InternalFailure', String(error));
    }
  }

  const server = createServer((message, response) => {
    readRequest(message)
      .then(answer)
      .catch((error): AwsResponse => ({ status: 500, body: String(error) }))
      .then((answered) => send(response, message.method, answered));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake AWS listens nowhere');

  const aws: FakeAws = {
    endpoint: `http://127.0.0.1:${address.port}`,
    account: ours,
    region,
    owner,
    calls,
    addRole(role) {
      const arn = `arn:aws:iam::${role.account ?? ours}:role/${role.name}`;
      roles.set(arn, role);
      return { arn, credentials: session(arn) };
    },
    session,
    role: (arn) => roles.get(arn) ?? null,
    judge,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  for (const service of makeServices(aws)) services.set(service.name, service);
  return aws;
}

function send(response: ServerResponse, method: string | undefined, answered: AwsResponse): void {
  const body = Buffer.from(answered.body ?? '');
  response.writeHead(answered.status, {
    'x-amzn-requestid': randomBytes(8).toString('hex'),
    'content-length': String(body.length),
    ...answered.headers,
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** From the header, or from the query of a presigned URL. */
function scopeOf(request: AwsRequest): { readonly accessKeyId: string; readonly service: string } | null {
  const credential =
    /Credential=([^,\s]+)/.exec(request.headers.get('authorization') ?? '')?.[1] ??
    request.query.get('X-Amz-Credential') ??
    '';
  const [accessKeyId, , , service] = credential.split('/');
  return accessKeyId === undefined || service === undefined ? null : { accessKeyId, service };
}

function newCredentials(kind: string): Credentials {
  const accessKeyId = `${kind}${randomBytes(8).toString('hex').toUpperCase()}`;
  return {
    accessKeyId,
    secretAccessKey: randomBytes(16).toString('hex'),
    sessionToken: `session of ${accessKeyId}`,
  };
}
