/** Asking AWS as somebody, without its clients: one signed request, and what came back. */

export interface AwsRequest {
  /** As signatures and addresses name it: `dynamodb`, `kms`, … */
  readonly service: string;
  /** The address, where it is not `<service>.<region>`. */
  readonly host?: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AwsAnswer {
  readonly status: number;
  /** AWS's name for what went wrong, such as `AccessDeniedException`; null where nothing did. */
  readonly code: string | null;
  readonly text: string;
}

/** Rejects where nothing came back. */
export type AwsCall = (request: AwsRequest) => Promise<AwsAnswer>;

/** For the services that take JSON and name the operation in a header. */
export function jsonRequest(service: string, target: string, body: unknown, version = '1.1'): AwsRequest {
  return {
    service,
    method: 'POST',
    path: '/',
    headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target },
    body: JSON.stringify(body),
  };
}

/** For the services that take forms: STS, IAM. */
export function formRequest(
  service: string,
  version: string,
  fields: Readonly<Record<string, string>>,
): AwsRequest {
  return {
    service,
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Version: version, ...fields }).toString(),
  };
}

/** What a response means: services name what went wrong in a header, in JSON or in XML. */
export function answerOf(status: number, header: string | null, text: string): AwsAnswer {
  if (status < 300) return { status, code: null, text };
  const named =
    header ??
    /"__type"\s*:\s*"([^"]+)"/.exec(text)?.[1] ??
    /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ??
    `${status}`;
  return { status, code: named.split(':')[0]?.split('#').at(-1) ?? `${status}`, text };
}

export function isDenied({ code }: AwsAnswer): boolean {
  return DENIED.test(code ?? '');
}

const DENIED =
  /^(?:AccessDenied(?:Exception)?|AuthorizationErrorException|UnauthorizedOperation|NotAuthorized(?:Exception)?)$/;
