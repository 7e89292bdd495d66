/** STS: roles that are assumed get sessions of their own, if both sides allow it. */
import type { Credentials, FakeAws } from './fake-aws.ts';
import { errorXml, xml } from './s3-xml.ts';
import { type AwsRequest, type AwsResponse, type AwsService, ServiceError } from './service.ts';

export interface AssumedRole {
  readonly role: string;
  readonly sessionName: string;
  readonly by: string;
  readonly credentials: Credentials;
}

export interface FakeSts {
  readonly service: AwsService;
  readonly assumed: AssumedRole[];
}

export function fakeSts(aws: FakeAws): FakeSts {
  const assumed: AssumedRole[] = [];
  const service: AwsService = {
    name: 'sts',
    accessDenied: 'AccessDenied',
    needs(request) {
      const form = formOf(request);
      if (form.get('Action') === 'GetCallerIdentity') return [];
      if (form.get('Action') !== 'AssumeRole') return null;
      const resource = form.get('RoleArn') ?? '';
      const theirs = aws.role(resource);
      const sessionName = form.get('RoleSessionName') ?? '';
      const foreign = (theirs?.account ?? aws.account) !== aws.account;
      return [
        {
          action: 'sts:AssumeRole',
          resource,
          policy: theirs?.trust,
          decidedBy: foreign ? 'both' : 'resource',
          context: {
            'sts:RoleSessionName': sessionName,
            ...(form.has('ExternalId') ? { 'sts:ExternalId': form.get('ExternalId') ?? '' } : {}),
          },
        },
      ];
    },
    async answer(request, caller) {
      const form = formOf(request);
      if (form.get('Action') === 'GetCallerIdentity') {
        return answered('GetCallerIdentity', [
          ['Arn', caller.role],
          ['UserId', caller.accessKeyId],
          ['Account', caller.account],
        ]);
      }
      const role = form.get('RoleArn') ?? '';
      const sessionName = form.get('RoleSessionName') ?? '';
      if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
        throw new ServiceError('ValidationError', 'RoleSessionName');
      const credentials = aws.session(role);
      assumed.push({ role, sessionName, by: caller.role, credentials });
      const { accessKeyId, secretAccessKey, sessionToken } = credentials;
      const arn = `${role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${sessionName}`;
      return answered('AssumeRole', [
        [
          'Credentials',
          {
            AccessKeyId: accessKeyId,
            SecretAccessKey: secretAccessKey,
            SessionToken: sessionToken,
            Expiration: new Date(Date.now() + 3_600_000).toISOString(),
          },
        ],
        ['AssumedRoleUser', { Arn: arn, AssumedRoleId: `AROA:${sessionName}` }],
      ]);
    },
    error: (status, code, message) => {
      const { headers } = errorXml(status, code, message);
      const error = xml(
        'ErrorResponse',
        [['Error', { Type: 'Sender', Code: code, Message: message }]],
        NAMESPACE,
      );
      return { status, ...(headers === undefined ? {} : { headers }), body: error };
    },
  };
  return { service, assumed };
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

type Content = Parameters<typeof xml>[1];

function answered(action: string, result: Content): AwsResponse {
  const body = xml(`${action}Response`, [[`${action}Result`, result]], NAMESPACE);
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

function formOf({ body }: AwsRequest): URLSearchParams {
  return new URLSearchParams(body.toString());
}
