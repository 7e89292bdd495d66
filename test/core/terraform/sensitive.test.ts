import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessTerraformPlan, sensitiveValues } from '../../../lib/core/terraform/consequences.ts';
import { redactorFor } from '../../../lib/core/terraform/redaction.ts';
import { MASK } from '../../../lib/core/terraform/secret-attributes.ts';
import { assess, del, only, parsed, planJson, update } from './plans.ts';

describe('what is sensitive', () => {
  it('by mark, by name, in outputs, state, variables of every module', () => {
    const plan = parsed(
      planJson(
        [
          {
            ...del('x_y', {
              plain: 'visible-1',
              secretive: 'marked-01',
              list: [{ a: 'marked-02' }],
              master_password: 'named-001',
            }),
            sensitive: { secretive: true, list: [{ a: true }] },
          },
          { ...del('x_z', { all: { of: { it: 'marked-03' } } }), sensitive: { all: true } },
          del('kubernetes_secret', { data: { any: 'typed-0001' } }),
        ],
        {
          output_changes: { o: { actions: ['update'], before: 'output-01', before_sensitive: true } },
          variables: { pw: { value: 'variable-1' }, db_password: { value: 'variable-2' } },
          prior_state: {
            values: {
              outputs: { p: { sensitive: true, value: 'state-001' } },
              root_module: {
                child_modules: [
                  {
                    resources: [
                      {
                        address: 'a.b',
                        type: 'a',
                        values: { v: 'state-002' },
                        sensitive_values: { v: true },
                      },
                    ],
                  },
                ],
              },
            },
          },
          configuration: {
            root_module: {
              variables: { pw: { sensitive: true, default: 'default-1' } },
              module_calls: {
                m: {
                  expressions: { key: { constant_value: 'argument-1' } },
                  module: { variables: { key: { ephemeral: true, default: 'default-2' } } },
                },
              },
            },
          },
        },
      ),
    );
    const found = sensitiveValues(plan).sort();
    expect(found).toEqual(
      [
        'argument-1',
        'default-1',
        'default-2',
        'marked-01',
        'marked-02',
        'marked-03',
        'named-001',
        'output-01',
        'state-001',
        'state-002',
        'typed-0001',
        'variable-1',
        'variable-2',
      ].sort(),
    );
  });

  it('names that only sound like secrets are left alone', () => {
    const values = {
      secret_id: 'projects/p',
      token_type: 'bearer-x',
      kms_key_id: 'arn:aws:kms',
      password_length: 'longer',
      key_name: 'deploy',
    };
    expect(sensitiveValues(parsed(planJson([del('x_y', values)])))).toEqual([]);
  });
});

describe('no report shows a secret', () => {
  it('a marked value is masked as evidence and inside every other text', () => {
    const secret = 'hunter2-"quoted"';
    const before = {
      id: 'x',
      final_snapshot_identifier: `snap-${secret}`,
      skip_final_snapshot: false,
      pw: secret,
    };
    const changes = [
      {
        ...del('aws_db_instance', before, `aws_db_instance.db[${JSON.stringify(secret)}]`),
        sensitive: { pw: true },
      },
    ];
    const text = JSON.stringify(assess(changes));
    expect(text).toContain(MASK);
    expect(text).not.toContain('hunter2');
  });

  it('evidence is masked by mark even where the value is short', () => {
    const change = {
      ...update('aws_ecs_service', { desired_count: 7 }, { desired_count: 0 }),
      sensitive: { desired_count: true },
    };
    expect(only([change]).evidence).toContainEqual({ path: 'desired_count', value: MASK });
  });

  it('what the operator gave for a variable is masked, though nothing says that it is sensitive', () => {
    const given = {
      pin: { value: 'swordfish-4711' },
      code: { value: 471_147 },
      list: { value: [{ a: 'sea-bass' }] },
    };
    const before = {
      id: 'x',
      final_snapshot_identifier: 'of swordfish-4711',
      backup_retention_period: 471_147,
      skip_final_snapshot: true,
      tags: { 'sea-bass': 'y' },
    };
    const gone = del('aws_db_instance', before, 'aws_db_instance.db["swordfish-4711"]');
    const seen = (secretVariables: readonly string[]) =>
      JSON.stringify(
        assessTerraformPlan(
          parsed(planJson([gone], { variables: given })),
          undefined,
          undefined,
          secretVariables,
        ),
      );
    expect(seen([])).toContain('swordfish');
    expect(seen([])).toContain('471147');
    for (const secret of ['swordfish', '471147', 'sea-bass'])
      expect(seen(['pin', 'code', 'list', 'absent'])).not.toContain(secret);
    expect(sensitiveValues(parsed(planJson([gone], { variables: given })), ['list'])).toEqual(['sea-bass']);
  });

  it('redacts any secret anywhere in any text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 6 }), { minLength: 1, maxLength: 8 }),
        fc.string(),
        fc.string(),
        (secrets, left, right) => {
          const redactor = redactorFor(secrets);
          for (const secret of secrets) {
            const clean = redactor(`${left}${secret}${right}`);
            expect(
              secret.includes(MASK) ||
                MASK.includes(secret) ||
                !clean.includes(secret) ||
                left.concat(right).includes(secret),
            ).toBe(true);
          }
        },
      ),
    );
  });

  it('thousands of secrets and long texts stay quick', () => {
    const secrets = Array.from({ length: 5000 }, (_, index) => `secret-value-${index}`);
    const clean = redactorFor(secrets)(`${'x'.repeat(200_000)}secret-value-77 and secret-value-4999`);
    expect(clean.endsWith(`x${MASK} and ${MASK}`)).toBe(true);
  });
});
