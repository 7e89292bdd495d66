import { describe, expect, it } from 'vitest';
import { customApply, customDelete } from '../../../lib/core/kubernetes/custom-effects.ts';

const applied = (spec: object) =>
  customApply({ apiVersion: 'x/v1', kind: 'X', name: 'a', namespace: 'b', fields: { spec } }).map(
    ({ class: kind }) => kind,
  );

describe('custom resources that tell', () => {
  it.each([
    [{ mtls: { mode: 'DISABLE' } }, 'remove_encryption'],
    [{ portLevelMtls: { 80: {} }, mtls: { mode: 'PERMISSIVE' } }, 'remove_encryption'],
    [{ ingress: [{ fromEntities: ['cluster', 'world'] }] }, 'network_isolation_loss'],
    [{ instances: 0 }, 'production_scale_down'],
    [{ deletionProtection: false }, 'protection_disabled'],
  ])('%j is %s', (spec, kind) => expect(applied(spec)).toEqual([kind]));

  it.each([
    [{ mtls: { mode: 'STRICT' } }],
    [{ mode: 'DISABLE' }],
    [{ ingress: [{ fromEntities: ['cluster'] }] }],
    [{ instances: 3 }],
    [{ deletionProtection: true }],
  ])('%j tells nothing', (spec) => expect(applied(spec)).toEqual([]));
});

it.each([
  ['schedules.velero.io', 'backup_retention_reduction'],
  ['scheduledbackups.postgresql.cnpg.io', 'backup_retention_reduction'],
  ['backups.velero.io', 'backup_delete'],
  ['schedules.example.com', null],
  ['clusters.postgresql.cnpg.io', 'database_delete'],
])('the delete of %s is %s', (text, kind) => expect(customDelete(text).class).toBe(kind));
