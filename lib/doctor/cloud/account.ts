/** What an operator can see of the account: whether mail goes out, builds can run, and what agents were granted. */
import { type AwsCall, formRequest, jsonRequest } from './aws-call.ts';
import { advice, type CloudCheck, ok, problem, type Said, tried } from './check.ts';
import type { Places } from './places.ts';

export interface AccountOptions {
  /** As the operator. */
  readonly call: AwsCall;
  readonly places: Places;
  /** ARN of the IAM role or user whose credentials the agent has; null: not known. */
  readonly agent: string | null;
}

export async function accountChecks(options: AccountOptions): Promise<CloudCheck[]> {
  const check = (id: string, run: () => Promise<Said>) => tried(id, 'the account', run);
  return Promise.all([
    check('mail', () => mail(options.call)),
    check('build-quotas', () => quotas(options.call)),
    check('agent-grants', () => grants(options)),
  ]);
}

async function mail(call: AwsCall): Promise<Said> {
  const answer = await call({
    service: 'ses',
    host: 'email',
    method: 'GET',
    path: '/v2/email/account',
    headers: {},
    body: '',
  });
  if (answer.code !== null) return problem(`SES answered ${answer.code}`);
  const {
    ProductionAccessEnabled: out,
    SendingEnabled: sends,
    EnforcementStatus: status,
  } = JSON.parse(answer.text);
  if (sends !== true) return problem('SES does not send mail for this account');
  if (out !== true) {
    return problem(
      'SES is in its sandbox: only addresses that were verified get mail. Ask for production access.',
    );
  }
  return status === 'HEALTHY'
    ? ok('SES sends mail to anybody')
    : advice(`SES sends mail; its status is ${status}`);
}

/** Who asks, as STS says. Rejects where the credentials are none. */
export async function whoAsks(call: AwsCall): Promise<{ readonly arn: string; readonly account: string }> {
  const answer = await call(formRequest('sts', '2011-06-15', { Action: 'GetCallerIdentity' }));
  const arn = /<Arn>([^<]+)<\/Arn>/.exec(answer.text)?.[1];
  const account = /<Account>(\d{12})<\/Account>/.exec(answer.text)?.[1];
  if (answer.code !== null || arn === undefined || account === undefined) {
    throw new Error(`AWS does not take these credentials: ${answer.code ?? 'no identity'}`);
  }
  return { arn, account };
}

/** What IAM calls the principal behind a caller: a role's sessions do not show its path. Null where it is not told. */
export async function principalOf(call: AwsCall, arn: string): Promise<string | null> {
  const role = /^arn:[a-z-]+:sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (role === undefined) return arn;
  const answer = await call(formRequest('iam', '2010-05-08', { Action: 'GetRole', RoleName: role }));
  return answer.code === null ? (/<Arn>([^<]+)<\/Arn>/.exec(answer.text)?.[1] ?? null) : null;
}

/** Kinds of machine on which lanes run, and how CodeBuild names the quota of each. */
const KINDS = [
  { what: 'small ARM machines', name: /^(?=.*\barm\b)(?=.*small)(?!.*lambda).*running builds/i },
  { what: 'ARM Lambda with 2 GB', name: /^(?=.*\barm\b)(?=.*lambda)(?=.*\b2 ?gb\b).*running builds/i },
] as const;

async function quotas(call: AwsCall): Promise<Said> {
  const found: { readonly QuotaName: string; readonly Value: number }[] = [];
  let token: string | undefined;
  do {
    const answer = await call(
      jsonRequest('servicequotas', 'ServiceQuotasV20190624.ListServiceQuotas', {
        ServiceCode: 'codebuild',
        MaxResults: 100,
        ...(token !== undefined && { NextToken: token }),
      }),
    );
    if (answer.code !== null) return problem(`Service Quotas answered ${answer.code}`);
    const page = JSON.parse(answer.text);
    found.push(...(page.Quotas ?? []));
    token = page.NextToken;
  } while (token !== undefined && token !== null);
  const values = KINDS.map(({ what, name }) => ({
    what,
    value: found.find(({ QuotaName }) => name.test(QuotaName))?.Value ?? null,
  }));
  const shown = values.map(({ what, value }) => `${value ?? 'unknown'} on ${what}`).join(', ');
  if (values.some(({ value }) => value === null))
    return problem(`CodeBuild’s quotas were not found: ${shown}`);
  if (values.some(({ value }) => Number(value) < 1)) {
    return problem(`CodeBuild would run nothing: ${shown} at once. Ask for more in Service Quotas.`);
  }
  return values.some(({ value }) => Number(value) < 2)
    ? advice(`builds wait for each other: ${shown} at once. Ask for more in Service Quotas.`)
    : ok(`CodeBuild runs ${shown} at once`);
}

/** On the very resources that the agent's own trial had to leave alone, because asking might have been doing. */
async function grants({ call, places, agent }: AccountOptions): Promise<Said> {
  if (agent === null)
    return advice('the grants of the agent were not looked at: no AWS credentials of the agent');
  const asked = [
    { action: 'codebuild:StartBuild', resource: places.projectArn('terraform-apply') },
    { action: 'codebuild:StartBuild', resource: places.projectArn('shell') },
    { action: 'states:StartExecution', resource: places.machineArn('run') },
    { action: 'lambda:InvokeFunction', resource: places.functionArn('control') },
    { action: 's3:GetObject', resource: places.artifactsArn },
    { action: 's3:PutObject', resource: places.artifactsArn },
    { action: 'dynamodb:PutItem', resource: places.tableArn('votes') },
    { action: 'dynamodb:GetItem', resource: places.tableArn('task-tokens') },
  ];
  const answers = await Promise.all(
    asked.map(({ action, resource }) =>
      call(
        formRequest('iam', '2010-05-08', {
          Action: 'SimulatePrincipalPolicy',
          PolicySourceArn: agent,
          'ActionNames.member.1': action,
          'ResourceArns.member.1': resource,
        }),
      ),
    ),
  );
  const refused = answers.find(({ code }) => code !== null);
  if (refused !== undefined) return problem(`IAM answered ${refused.code} when it was asked about ${agent}`);
  const allowed = asked.filter((_, index) => !isImplicitlyDenied(answers[index]?.text ?? ''));
  return allowed.length === 0
    ? ok(`IAM grants ${agent} nothing of the gateway’s own`)
    : problem(
        `IAM grants ${agent}: ${allowed.map(({ action, resource }) => `${action} on ${resource}`).join('; ')}`,
      );
}

/** Anything but a plain denial counts as a grant. */
function isImplicitlyDenied(xml: string): boolean {
  const decisions = [...xml.matchAll(/<EvalDecision>([^<]*)<\/EvalDecision>/g)].map((found) => found[1]);
  return (
    decisions.length > 0 && decisions.every((each) => each === 'implicitDeny' || each === 'explicitDeny')
  );
}
