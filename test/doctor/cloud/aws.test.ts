/** The doctor's look at AWS, against answers as AWS gives them. */
import { describe, expect, it } from 'vitest';
import { LANES, namesOf } from '../../../infra/names.ts';
import { TABLE_ROLES } from '../../../lib/aws/record-places.ts';
import { accountChecks, principalOf, whoAsks } from '../../../lib/doctor/cloud/account.ts';
import {
  type AwsAnswer,
  type AwsCall,
  type AwsRequest,
  answerOf,
} from '../../../lib/doctor/cloud/aws-call.ts';
import { denialChecks, denials } from '../../../lib/doctor/cloud/denials.ts';
import { placesOf } from '../../../lib/doctor/cloud/places.ts';

const DEPLOYED = { environment: 'prod', account: '111122223333', region: 'eu-west-1' };
const PLACES = placesOf(DEPLOYED);
const AGENT = 'arn:aws:iam::111122223333:role/ci';

/** Recorded from each service: how it says that an identity may not. */
const DENIED: Readonly<Record<string, AwsAnswer>> = {
  dynamodb: answerOf(
    400,
    null,
    '{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: x is not authorized"}',
  ),
  kms: answerOf(400, null, '{"__type":"AccessDeniedException","Message":"User: x is not authorized"}'),
  codebuild: answerOf(400, null, '{"__type":"AccessDeniedException","message":"x"}'),
  states: answerOf(400, null, '{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"x"}'),
  secretsmanager: answerOf(400, null, '{"__type":"AccessDeniedException","Message":"x"}'),
  lambda: answerOf(403, 'AccessDeniedException:http://internal.amazon.com/', '{"Message":"x"}'),
  s3: answerOf(
    403,
    null,
    '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
  ),
  sts: answerOf(
    403,
    null,
    '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code></Error></ErrorResponse>',
  ),
};

function refusing(except: (request: AwsRequest) => AwsAnswer | null = () => null): AwsCall {
  return async (request) => {
    const answer = except(request) ?? DENIED[request.service];
    if (answer === undefined) throw new Error(`nothing is recorded of ${request.service}`);
    return answer;
  };
}

const problems = async (call: AwsCall) =>
  (await denialChecks(call, PLACES))
    .filter(({ level }) => level !== 'ok')
    .map(({ id, message }) => ({ id, message }));

describe('what the agent must be denied', () => {
  it('holds where every service denies it', async () => {
    expect(await problems(refusing())).toEqual([]);
  });

  it.each(denials(PLACES).map((each) => [each.id, each] as const))(
    '%s fails where it is allowed',
    async (id, denial) => {
      const codes = [null, ...denial.open];
      for (const code of codes) {
        const allowed = { status: code === null ? 200 : 400, code, text: '{}' };
        // Requests are made anew for each run: this one is told by what it asks.
        const same = (request: AwsRequest) => JSON.stringify(request) === JSON.stringify(denial.request);
        const found = await problems(refusing((request) => (same(request) ? allowed : null)));
        expect(found).toEqual([{ id, message: expect.stringContaining('take that permission') }]);
      }
    },
  );

  it.each([
    [answerOf(400, null, '{"__type":"ThrottlingException"}'), 'AWS answered ThrottlingException'],
    [answerOf(403, null, '<Error><Code>InvalidClientTokenId</Code></Error>'), 'InvalidClientTokenId'],
    [answerOf(503, null, 'busy'), 'AWS answered 503'],
    [answerOf(400, null, '{"__type":"ValidationException"}'), 'ValidationException'],
  ])('fails where it could not be told: %j', async (answer, said) => {
    const found = await problems(refusing((request) => (request.service === 'kms' ? answer : null)));
    expect(found.map(({ id }) => id)).toEqual(['sign-votes', 'sign-seals', 'make-link-macs']);
    expect(found[0]?.message).toContain(said);
  });

  it('fails where AWS does not answer', async () => {
    const found = await problems(async () => {
      throw new Error('connect ETIMEDOUT');
    });
    expect(found).toHaveLength(denials(PLACES).length);
  });

  it('does nothing where it is allowed after all', () => {
    for (const { id, request } of denials(PLACES)) {
      const body = request.headers['content-type']?.includes('json') ? JSON.parse(request.body) : {};
      const target = request.headers['x-amz-target'] ?? '';
      const harmless =
        body.DryRun === true ||
        body.ConditionExpression === 'attribute_exists(pk) AND attribute_not_exists(pk)' ||
        /GetItem$/.test(target) ||
        /doctor-none$/.test(body.projectName ?? body.stateMachineArn ?? '') ||
        body.taskToken === 'doctor' ||
        body.VersionId === '00000000-0000-4000-8000-000000000000' ||
        request.headers['x-amz-invocation-type'] === 'DryRun' ||
        (request.service === 's3' && request.headers['content-md5'] !== undefined && request.body === 'x') ||
        (request.service === 'sts' && new URLSearchParams(request.body).get('Policy')?.includes('"Deny"'));
      expect([id, harmless]).toEqual([id, true]);
    }
  });
});

describe('where things are', () => {
  it('is where the stack puts them', () => {
    const names = namesOf(DEPLOYED as Parameters<typeof namesOf>[0]);
    for (const role of TABLE_ROLES) {
      const dashed = role.replace('_', '-');
      expect(PLACES.table(dashed)).toBe(names.table(role));
      expect(PLACES.tableArn(dashed)).toBe(names.tableArn(role));
    }
    for (const lane of LANES) {
      expect(PLACES.projectArn(lane)).toBe(names.projectArn(lane));
      expect(PLACES.roleArn(`lane-${lane}`)).toBe(names.roleArn(`lane-${lane}`));
    }
    for (const key of ['votes', 'seals', 'mac']) expect(PLACES.keyAlias(key)).toBe(names.alias(key));
    expect(PLACES.artifacts).toBe(names.bucket('artifacts'));
    expect(PLACES.artifactsArn).toBe(names.bucketArn('artifacts', '/*'));
    expect(PLACES.functionArn('control')).toBe(names.functionArn('control'));
    expect(PLACES.function('control')).toBe(names.function('control'));
    expect(PLACES.machineArn('run')).toBe(names.machineArn('run'));
  });

  it('covers every table that agents must not write, and every lane', () => {
    const ids = denials(PLACES).map(({ id }) => id);
    for (const role of TABLE_ROLES) expect(ids).toContain(`write-${role.replace('_', '-')}`);
    for (const lane of LANES) expect(ids).toContain(`assume-lane-${lane}`);
  });
});

const SES_OUT = { ProductionAccessEnabled: true, SendingEnabled: true, EnforcementStatus: 'HEALTHY' };
const QUOTAS = [
  { QuotaName: 'Concurrently running builds for ARM/Small environment', Value: 20 },
  { QuotaName: 'Concurrently running builds for ARM Lambda/2GB environment', Value: 10 },
  { QuotaName: 'Concurrently running builds for Linux/Small environment', Value: 0 },
];
const simulated = (decision: string) =>
  `<SimulatePrincipalPolicyResponse><EvalDecision>${decision}</EvalDecision></SimulatePrincipalPolicyResponse>`;

interface Account {
  readonly ses?: unknown;
  readonly pages?: readonly unknown[];
  readonly decide?: (action: string, resource: string) => string;
  readonly agent?: string | null;
}

async function account({
  ses = SES_OUT,
  pages = [{ Quotas: QUOTAS }],
  decide = () => 'implicitDeny',
  agent = AGENT,
}: Account) {
  const call: AwsCall = async ({ service, body }) => {
    if (service === 'ses') return answerOf(200, null, JSON.stringify(ses));
    if (service === 'servicequotas') {
      const page = Number(JSON.parse(body).NextToken ?? 0);
      return answerOf(200, null, JSON.stringify(pages[page]));
    }
    const form = new URLSearchParams(body);
    const [action, resource] = [
      form.get('ActionNames.member.1') ?? '',
      form.get('ResourceArns.member.1') ?? '',
    ];
    expect(form.get('PolicySourceArn')).toBe(AGENT);
    return answerOf(200, null, simulated(decide(action, resource)));
  };
  const checks = await accountChecks({ call, places: PLACES, agent });
  return Object.fromEntries(checks.map(({ id, level, message }) => [id, `${level}: ${message}`]));
}

describe('the account', () => {
  it('holds', async () => {
    const found = await account({});
    expect(found).toEqual({
      mail: 'ok: SES sends mail to anybody',
      'build-quotas': 'ok: CodeBuild runs 20 on small ARM machines, 10 on ARM Lambda with 2 GB at once',
      'agent-grants': `ok: IAM grants ${AGENT} nothing of the gateway’s own`,
    });
  });

  it.each([
    [{ ...SES_OUT, ProductionAccessEnabled: false }, 'problem: SES is in its sandbox'],
    [{ ...SES_OUT, SendingEnabled: false }, 'problem: SES does not send'],
    [{}, 'problem: SES does not send'],
    [{ ...SES_OUT, EnforcementStatus: 'PROBATION' }, 'advice: SES sends mail; its status is PROBATION'],
  ])('mail: %j', async (ses, said) => {
    expect((await account({ ses })).mail).toContain(said);
  });

  it.each([
    [[{ Quotas: QUOTAS.slice(0, 1), NextToken: '1' }, { Quotas: QUOTAS.slice(1) }], 'ok: CodeBuild runs'],
    [[{ Quotas: [{ ...QUOTAS[0], Value: 0 }, QUOTAS[1]] }], 'problem: CodeBuild would run nothing'],
    [[{ Quotas: [{ ...QUOTAS[0], Value: 1 }, QUOTAS[1]] }], 'advice: builds wait for each other'],
    [[{ Quotas: [QUOTAS[0]] }], 'problem: CodeBuild’s quotas were not found'],
    [[{}], 'problem: CodeBuild’s quotas were not found'],
  ])('quotas: %j', async (pages, said) => {
    expect((await account({ pages }))['build-quotas']).toContain(said);
  });

  it('grants of what the trial had to leave alone', async () => {
    for (const wanted of ['codebuild:StartBuild', 's3:PutObject', 'states:StartExecution']) {
      const found = await account({ decide: (action) => (action === wanted ? 'allowed' : 'implicitDeny') });
      expect(found['agent-grants']).toMatch(
        new RegExp(`^problem: IAM grants ${AGENT}: ${wanted} on arn:aws:`),
      );
    }
    expect((await account({ decide: () => '' }))['agent-grants']).toMatch(/^problem/);
    expect((await account({ agent: null }))['agent-grants']).toMatch(/^advice/);
  });

  it('that refuses to be looked at fails', async () => {
    const denied = answerOf(403, 'AccessDeniedException', '{}');
    const checks = await accountChecks({ call: async () => denied, places: PLACES, agent: AGENT });
    expect(checks.map(({ level }) => level)).toEqual(['problem', 'problem', 'problem']);
  });
});

describe('who asks', () => {
  const identity = `<GetCallerIdentityResponse><Arn>arn:aws:sts::111122223333:assumed-role/ci/x</Arn><UserId>A:x</UserId><Account>111122223333</Account></GetCallerIdentityResponse>`;

  it('is what STS says, or nobody', async () => {
    expect(await whoAsks(async () => answerOf(200, null, identity))).toEqual({
      arn: 'arn:aws:sts::111122223333:assumed-role/ci/x',
      account: '111122223333',
    });
    const expired = answerOf(403, null, '<Error><Code>ExpiredToken</Code></Error>');
    await expect(whoAsks(async () => expired)).rejects.toThrow('ExpiredToken');
  });

  it('is, of a role, the role itself with its path', async () => {
    const role = 'arn:aws:iam::111122223333:role/build/ci';
    const call: AwsCall = async () => answerOf(200, null, `<Role><Arn>${role}</Arn></Role>`);
    expect(await principalOf(call, 'arn:aws:sts::111122223333:assumed-role/ci/x')).toBe(role);
    expect(await principalOf(call, 'arn:aws:iam::111122223333:user/ci')).toBe(
      'arn:aws:iam::111122223333:user/ci',
    );
    const none = answerOf(404, null, '<Error><Code>NoSuchEntity</Code></Error>');
    expect(await principalOf(async () => none, 'arn:aws:sts::1:assumed-role/ci/x')).toBe(
      'arn:aws:sts::1:assumed-role/ci/x',
    );
    expect(await principalOf(async () => none, 'arn:aws:sts::111122223333:assumed-role/ci/x')).toBeNull();
  });
});
