/**
 * What identity policies, resource policies and the boundary say together: for each thing that matters, everybody in
 * the account who may do it. An administrator stands for every identity policy that somebody may yet write.
 */
import { describe, expect, test } from 'vitest';
import { DENIED_OVERRIDES } from '../../infra/machines.ts';
import { LANES } from '../../infra/names.ts';
import { TABLE_ROLES, type TableRole } from '../../lib/aws/record-places.ts';
import { cloudTemplate } from '../support/cloud/template.ts';
import { type Act, whoMay } from './who.ts';

const ALL_FIVE = ['mcp', 'control', 'ask-approval', 'authorize-run', 'finish-run'];

describe.each(['dev', 'staging', 'prod'])('%s', (environment) => {
  const template = cloudTemplate(environment);
  const { account, region } = template;
  const prefix = `recourse-${environment}`;
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
  const who = (act: Act): readonly string[] => whoMay(template, act);

  const onTable = (action: string, role: TableRole, index = ''): readonly string[] => {
    const name = `${prefix}-${role.replace('_', '-')}`;
    const policy = template.tables.get(name)?.document;
    expect(policy).toBeDefined();
    return who({ action: `dynamodb:${action}`, resource: arn('dynamodb', `table/${name}${index}`), policy });
  };
  const onObject = (action: string, bucket: string, key: string): readonly string[] => {
    const name = `${prefix}-${bucket}-${account}`;
    const policy = template.buckets.get(name)?.document;
    expect(policy).toBeDefined();
    return who({ action: `s3:${action}`, resource: `arn:aws:s3:::${name}/${key}`, policy });
  };
  const withKey = (action: string, key: string): readonly string[] => {
    const found = template.keys.get(`${prefix}-${key}`);
    expect(found).toBeDefined();
    return who({
      action: `kms:${action}`,
      resource: found?.arn ?? '',
      policy: found?.policy.document,
      decidedBy: 'resource',
      context: { 'kms:ResourceAliases': [`alias/${prefix}-${key}`] },
    });
  };

  describe('records', () => {
    test.each<[TableRole, string[]]>([
      ['proposals', ['mcp', 'finish-run']],
      ['approvals', ['mcp']],
      ['votes', ['control']],
      ['links', ['control', 'ask-approval']],
      ['runs', ['authorize-run', 'finish-run']],
      ['task_tokens', ['ask-approval']],
      ['audit', ALL_FIVE],
    ])('%s are written by %j', (role, writers) => {
      expect(onTable('PutItem', role)).toEqual(writers);
    });

    test.each<[TableRole, string[]]>([
      ['proposals', ALL_FIVE],
      ['approvals', ALL_FIVE],
      ['votes', ALL_FIVE],
      ['links', ['control', 'ask-approval']],
      ['runs', ALL_FIVE],
      ['task_tokens', ['control', 'ask-approval']],
    ])('%s are read by %j', (role, readers) => {
      expect(onTable('GetItem', role)).toEqual(readers);
    });

    test('listings are read by those who read items; nobody lists task tokens', () => {
      for (const role of TABLE_ROLES) {
        if (role === 'task_tokens' || role === 'audit') continue;
        expect(onTable('Query', role, '/index/listed')).toEqual(onTable('GetItem', role));
      }
      expect(onTable('Query', 'task_tokens', '/index/listed')).toEqual([]);
    });

    test('control reads the audit, and so may an auditor', () => {
      expect(onTable('Query', 'audit')).toEqual(['control', 'administrator']);
      expect(onTable('GetItem', 'audit')).toEqual([...ALL_FIVE, 'administrator']);
    });

    test('nobody deletes, changes in part, scans or writes around the adapter', () => {
      for (const role of TABLE_ROLES) {
        for (const action of [
          'DeleteItem',
          'UpdateItem',
          'BatchWriteItem',
          'PartiQLInsert',
          'PartiQLUpdate',
          'PartiQLDelete',
        ]) {
          expect([role, action, onTable(action, role)]).toEqual([role, action, []]);
        }
        if (role === 'audit') continue;
        for (const action of ['Scan', 'BatchGetItem', 'PartiQLSelect']) {
          expect([role, action, onTable(action, role)]).toEqual([role, action, []]);
        }
      }
    });
  });

  describe('objects', () => {
    test.each([
      ['GetObject', 'frozen/ab', ['authorize-run', 'finish-run']],
      ['PutObject', 'frozen/ab', ['finish-run']],
      ['GetObject', 'outputs/ab', ALL_FIVE],
      ['PutObject', 'outputs/ab', ['finish-run']],
      ['PutObject', 'jobs/shell/j1/job.zip', ['authorize-run', 'finish-run']],
      ['GetObject', 'results/shell/j1/result.zip', ['finish-run']],
    ])('%s %s', (action, key, expected) => {
      expect(onObject(action, 'artifacts', key)).toEqual(expected);
    });

    test.each(LANES)('the lane %s has its own jobs and results', (lane) => {
      expect(onObject('GetObject', 'artifacts', `jobs/${lane}/j1/job.zip`)).toEqual([
        'authorize-run',
        'finish-run',
        `lane-${lane}`,
      ]);
      expect(onObject('PutObject', 'artifacts', `results/${lane}/j1/result.zip`)).toEqual([`lane-${lane}`]);
    });

    test('checkpoints are written by the sealer; nobody shortens their time', () => {
      expect(onObject('PutObject', 'checkpoints', 'checkpoints/000000000001.json')).toEqual(['seal-audit']);
      expect(onObject('PutObjectRetention', 'checkpoints', 'checkpoints/000000000001.json')).toEqual([]);
      expect(onObject('GetObject', 'checkpoints', 'checkpoints/000000000001.json')).toEqual([
        'control',
        'seal-audit',
        'administrator',
      ]);
    });

    test('an object is decrypted for whoever may read its prefix', () => {
      const decrypt = (action: string, key: string): readonly string[] => {
        const data = template.keys.get(`${prefix}-data`);
        return who({
          action: `kms:${action}`,
          resource: data?.arn ?? '',
          policy: data?.policy.document,
          decidedBy: 'resource',
          context: {
            'kms:ViaService': [`s3.${region}.amazonaws.com`],
            'kms:EncryptionContext:aws:s3:arn': [`arn:aws:s3:::${prefix}-artifacts-${account}/${key}`],
            'kms:ResourceAliases': [`alias/${prefix}-data`],
          },
        }).filter((each) => each !== 'administrator' && each !== 'made by a lane');
      };
      expect(decrypt('Decrypt', 'frozen/ab')).toEqual(['authorize-run', 'finish-run']);
      expect(decrypt('Decrypt', 'jobs/shell/j1/job.zip')).toEqual([
        'authorize-run',
        'finish-run',
        'lane-shell',
      ]);
      expect(decrypt('Decrypt', 'outputs/ab')).toEqual(ALL_FIVE);
      expect(decrypt('GenerateDataKey', 'results/shell/j1/result.zip')).toEqual(['lane-shell']);
    });
  });

  describe('keys', () => {
    test.each([
      ['Sign', 'votes', ['control']],
      ['Sign', 'seals', ['seal-audit']],
      ['GenerateMac', 'mac', ['control', 'ask-approval', 'authorize-run', 'finish-run']],
      ['VerifyMac', 'mac', []],
    ])('%s with %s', (action, key, expected) => {
      expect(withKey(action, key)).toEqual(expected);
    });

    test('public keys are read by those who verify', () => {
      expect(withKey('GetPublicKey', 'votes')).toEqual([...ALL_FIVE, 'administrator', 'made by a lane']);
    });

    test('what a lane makes cannot hand a key on or take it away', () => {
      for (const action of ['CreateGrant', 'PutKeyPolicy', 'ScheduleKeyDeletion', 'DisableKey']) {
        for (const key of ['votes', 'seals', 'mac', 'data']) {
          expect(withKey(action, key)).toEqual(['administrator']);
        }
      }
    });
  });

  describe('machines, builds and functions', () => {
    const machine = (name: string) => arn('states', `stateMachine:${prefix}-${name}`);
    const start = (context: Act['context'], lane = 'shell'): readonly string[] =>
      who({
        action: 'codebuild:StartBuild',
        resource: arn('codebuild', `project/${prefix}-${lane}`),
        ...(context && { context }),
      });
    const one = { 'codebuild:environment.environmentVariables.name': ['RECOURSE_JOB'] };

    test.each([
      ['states:StartExecution', 'run', ['mcp', 'administrator']],
      ['states:StartExecution', 'approval', ['mcp', 'control', 'finish-run', 'administrator']],
      ['states:SendTaskSuccess', 'approval', ['control', 'administrator']],
      ['states:SendTaskFailure', 'approval', ['administrator']],
      ['states:UpdateStateMachine', 'run', ['administrator']],
    ])('%s of %s', (action, name, expected) => {
      expect(who({ action, resource: machine(name) })).toEqual(expected);
    });

    test('executions are stopped by control, and their history is read by nobody', () => {
      const resource = arn('states', `execution:${prefix}-run:att_1`);
      expect(who({ action: 'states:StopExecution', resource })).toEqual(['control', 'administrator']);
      expect(who({ action: 'states:GetExecutionHistory', resource })).toEqual(['administrator']);
    });

    test('only the run machine starts builds, with one variable and nothing overridden', () => {
      for (const lane of LANES) expect(start(one, lane)).toEqual(['machine-run', 'administrator']);
      expect(start(undefined)).toEqual(['machine-run', 'administrator']);
      expect(start({ 'codebuild:environment.environmentVariables.name': ['RECOURSE_JOB', 'PATH'] })).toEqual([
        'administrator',
      ]);
      for (const key of DENIED_OVERRIDES.given) {
        expect([key, start({ ...one, [`codebuild:${key}`]: ['x'] })]).toEqual([key, ['administrator']]);
      }
      for (const key of DENIED_OVERRIDES.whether) {
        expect([key, start({ ...one, [`codebuild:${key}`]: ['true'] })]).toEqual([key, ['administrator']]);
        expect([key, start({ ...one, [`codebuild:${key}`]: ['false'] })]).toEqual([
          key,
          ['machine-run', 'administrator'],
        ]);
      }
    });

    test.each([
      ['authorize-run', ['machine-run', 'administrator']],
      ['finish-run', ['machine-run', 'administrator']],
      ['ask-approval', ['machine-approval', 'administrator']],
      ['mcp', ['administrator']],
      ['control', ['administrator']],
    ])('%s is invoked by %j', (name, expected) => {
      expect(
        who({ action: 'lambda:InvokeFunction', resource: arn('lambda', `function:${prefix}-${name}`) }),
      ).toEqual(expected);
      expect(
        who({ action: 'lambda:UpdateFunctionCode', resource: arn('lambda', `function:${prefix}-${name}`) }),
      ).toEqual(['administrator']);
    });
  });

  test('what no role of the gateway may do at all', () => {
    const anything = `arn:aws:iam::${account}:role/anything`;
    for (const [action, resource] of [
      ['iam:PassRole', anything],
      ['iam:CreateRole', anything],
      ['sts:AssumeRole', anything],
      ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:other-AbCdEf')],
      ['ses:SendEmail', arn('ses', 'identity/other@example.com')],
      ['ssmmessages:CreateDataChannel', '*'],
      ['codebuild:RetryBuild', arn('codebuild', `project/${prefix}-shell`)],
      ['codebuild:StartBuildBatch', arn('codebuild', `project/${prefix}-shell`)],
      ['codebuild:UpdateProject', arn('codebuild', `project/${prefix}-shell`)],
    ] as const) {
      const roles = who({ action, resource }).filter(
        (each) => each !== 'administrator' && each !== 'made by a lane',
      );
      expect([action, roles]).toEqual([action, []]);
    }
  });
});
