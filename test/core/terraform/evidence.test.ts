import { describe, expect, it } from 'vitest';
import { evidenceLines } from '../../../lib/control/pages/evidence.ts';
import { del, only, update } from './plans.ts';

describe('evidence', () => {
  it('of a delete that nothing makes better is what did not: set values first, then what is not set', () => {
    const { tier, evidence } = only([
      del('aws_db_instance', {
        skip_final_snapshot: true,
        deletion_protection: false,
        backup_retention_period: 7,
      }),
    ]);
    expect(tier).toBe(4);
    expect(evidence.slice(0, 3)).toEqual([
      { path: 'deletion_protection', value: false },
      { path: 'skip_final_snapshot', value: true },
      { path: 'backup_retention_period', value: 7 },
    ]);
    expect(evidence).toContainEqual({ path: 'delete_automated_backups', value: null });
    expect(evidence.length).toBeLessThanOrEqual(8);
  });

  it('of a delete that something decides is that alone', () => {
    const { evidence } = only([
      del('aws_db_instance', { skip_final_snapshot: true, deletion_protection: true }),
    ]);
    expect(evidence).toEqual([{ path: 'deletion_protection', value: true }]);
  });

  it('is masked there too', () => {
    const { evidence } = only([
      {
        ...del('aws_db_instance', {
          skip_final_snapshot: true,
          final_snapshot_identifier: 'name-that-is-secret',
        }),
        sensitive: { final_snapshot_identifier: true },
      },
    ]);
    expect(JSON.stringify(evidence)).not.toContain('name-that-is-secret');
  });

  it('reads as a change where rules name both sides, each fact once', () => {
    const { evidence } = only([
      update('aws_db_instance', { backup_retention_period: 7 }, { backup_retention_period: 0 }),
    ]);
    expect(evidenceLines([...evidence, ...evidence])).toEqual(['backup_retention_period: 7 → 0']);
    expect(evidenceLines([{ path: 'ebs_block_device', value: null }])).toEqual([
      'ebs_block_device is not set',
    ]);
    const unset = [
      { path: 'kms_key_id', value: 'key' },
      { path: 'after.kms_key_id', value: null },
    ];
    expect(evidenceLines(unset)).toEqual(['kms_key_id: "key" → not set']);
    expect(evidenceLines([{ path: 'x', value: 'not set' }])).toEqual(['x = "not set"']);
    expect(evidenceLines([{ path: 'after.acl', value: 'public-read' }])).toEqual([
      'acl becomes "public-read"',
    ]);
  });
});
