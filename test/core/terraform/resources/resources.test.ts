import { describe, expect, it } from 'vitest';
import { RULES } from '../../../../lib/core/terraform/resources/registry.ts';
import type { ResourceRule } from '../../../../lib/core/terraform/rule.ts';
import { assess, create, del, keep, only, replace, update } from '../plans.ts';
import { AWS_CASES } from './aws.cases.ts';
import { AZURE_CASES } from './azure.cases.ts';
import type { Case } from './cases.ts';
import { FURTHER_CASES } from './further.cases.ts';
import { GOOGLE_CASES } from './google.cases.ts';
import { KUBERNETES_CASES } from './kubernetes.cases.ts';
import { NEWER_CASES } from './newer.cases.ts';
import { OTHER_CASES } from './other.cases.ts';

const CASES: readonly Case[] = [
  ...AWS_CASES,
  ...GOOGLE_CASES,
  ...AZURE_CASES,
  ...KUBERNETES_CASES,
  ...OTHER_CASES,
  ...NEWER_CASES,
  ...FURTHER_CASES,
];
const ACTIONS: Readonly<Record<Case[1], readonly string[]>> = {
  create: ['create'],
  update: ['update'],
  delete: ['delete'],
  replace: ['delete', 'create'],
};

describe('each rule says what the reference says', () => {
  it.each(CASES)('%s %s %j → %j is tier %i %j', (type, action, before, after, tier, classes) => {
    const change = only([{ type, actions: ACTIONS[action], before, after }]);
    expect(change.tier).toBe(tier);
    if (classes.length === 0) expect(change.classes).toEqual([]);
    else expect(change.classes).toEqual(expect.arrayContaining([...classes]));
  });
});

describe('every type with a rule', () => {
  const types = [...RULES.keys()];
  it('covers the providers', () => {
    const count = (prefix: RegExp): number => types.filter((type) => prefix.test(type)).length;
    expect(count(/^aws_/)).toBeGreaterThanOrEqual(90);
    expect(count(/^google_/)).toBeGreaterThanOrEqual(40);
    expect(count(/^azurerm_/)).toBeGreaterThanOrEqual(40);
    expect(count(/^(kubernetes|helm|kubectl)_/)).toBeGreaterThanOrEqual(15);
  });

  const GRANTS = /iam_policy_change|dns_change|kubernetes_secret_change/;
  it.each(types)('%s: tags alone are harmless, a forget only leaves state', (type) => {
    const tagged = only([update(type, { id: 'x', tags: { a: '1' } }, { id: 'x', tags: { a: '2' } })]);
    expect(tagged.tier).toBe(1);
    expect(tagged.classes.filter((kind) => !GRANTS.test(kind))).toEqual([]);
    expect(only([{ type, actions: ['forget'], before: {} }]).classes).toEqual(['state_forget']);
  });

  const DATA = /database_delete|backup_delete|pv_delete|cluster_delete|namespace_delete/;
  it.each(types)(
    '%s: a delete without any evidence is judged, and data is never called reversible',
    (type) => {
      const change = only([del(type, {})]);
      expect(change.why).not.toMatch(/no rule spoke/);
      if (change.classes.some((kind) => DATA.test(kind))) expect(change.tier).toBeGreaterThanOrEqual(2);
    },
  );

  it.each(types.filter((type) => type.startsWith('google_')))('%s: deletion_policy is read', (type) => {
    expect(only([del(type, { deletion_policy: 'ABANDON' })])).toMatchObject({
      tier: 1,
      classes: ['state_forget'],
    });
    expect(only([del(type, { deletion_policy: 'PREVENT' })]).tier).toBe(5);
  });

  it('a rule with several verdicts has cases that match and cases that do not', () => {
    const outcomes = new Map<ResourceRule, Set<string>>();
    for (const [type, action, before, after, tier, classes] of CASES) {
      const rule = RULES.get(type);
      if (rule === undefined) continue;
      const kind = action === 'delete' || action === 'replace' ? 'destroy' : 'live';
      const known = outcomes.get(rule) ?? new Set<string>();
      known.add(`${kind} ${tier} ${classes.join()} ${before === null} ${after === null}`);
      outcomes.set(rule, known);
    }
    const own = (type: string): number => (type.startsWith('google_') ? 2 : 0);
    // Verdicts that hang on neighbours or provider features are the next block's cases.
    const elsewhere =
      /^(aws_efs_file_system|aws_kms_replica|azurerm_(mssql|sql)_|azurerm_key_vault_|azurerm_(backup|data_protection)_|azurerm_(storage|netapp)_|azurerm_(api_management|app_configuration|cognitive_account|ai_services|machine_learning_workspace))/;
    const bare = types.filter((type) => {
      const rule = RULES.get(type);
      if (elsewhere.test(type) || rule === undefined || rule.destroy.length - own(type) < 3) return false;
      return [...(outcomes.get(rule) ?? [])].filter((outcome) => outcome.startsWith('destroy')).length < 2;
    });
    expect(bare).toEqual([]);
  });
});

describe('what the neighbours say', () => {
  const tierOf = (changes: Parameters<typeof only>[0], rest: object = {}): number => only(changes, rest).tier;
  const features = (block: object): object => ({
    configuration: { provider_config: { azurerm: { name: 'azurerm', expressions: { features: [block] } } } },
  });

  it('a file system with a backup policy, a volume that is retained, a vault with purge protection', () => {
    const policy = keep('aws_efs_backup_policy', {
      file_system_id: 'fs-1',
      backup_policy: [{ status: 'ENABLED' }],
    });
    expect(tierOf([del('aws_efs_file_system', { id: 'fs-1' }), policy])).toBe(3);
    expect(tierOf([del('aws_efs_file_system', { id: 'fs-2' }), policy])).toBe(4);
    const volume = keep('kubernetes_persistent_volume', {
      metadata: [{ name: 'v' }],
      spec: [{ persistent_volume_reclaim_policy: 'Retain' }],
    });
    expect(
      tierOf([del('kubernetes_persistent_volume_claim', { spec: [{ volume_name: 'v' }] }), volume]),
    ).toBe(2);
    const vault = keep('azurerm_key_vault', { id: '/s/VAULTS/kv', purge_protection_enabled: true });
    expect(tierOf([del('azurerm_key_vault_key', { key_vault_id: '/s/vaults/kv' }), vault])).toBe(3);
  });

  it('a storage account that keeps deleted containers, unless it goes too', () => {
    const account = {
      id: '/s/storageAccounts/acc',
      name: 'acc',
      blob_properties: [{ container_delete_retention_policy: [{ days: 7 }] }],
    };
    const container = del(
      'azurerm_storage_container',
      { storage_account_name: 'acc' },
      'azurerm_storage_container.c',
    );
    expect(tierOf([container, keep('azurerm_storage_account', account)])).toBe(3);
    expect(tierOf([container, del('azurerm_storage_account', account)])).toBe(4);
  });

  it('a database whose server goes too, a replica whose primary goes too', () => {
    const server = { id: '/s/servers/sql', name: 'sql' };
    const database = del('azurerm_mssql_database', { server_id: '/s/servers/sql' });
    expect(tierOf([database, keep('azurerm_mssql_server', server)])).toBe(3);
    expect(tierOf([database, del('azurerm_mssql_server', server)])).toBe(4);
    const replica = del(
      'aws_db_instance',
      { identifier: 'r', skip_final_snapshot: true, replicate_source_db: 'p' },
      'aws_db_instance.r',
    );
    expect(tierOf([replica, keep('aws_db_instance', { identifier: 'p' }, 'aws_db_instance.p')])).toBe(2);
  });

  it('provider features of azurerm decide', () => {
    const vault = [del('azurerm_key_vault', {})];
    expect(tierOf(vault)).toBe(4);
    const off = { key_vault: [{ purge_soft_delete_on_destroy: { constant_value: false } }] };
    expect(tierOf(vault, features(off))).toBe(3);
    expect(
      tierOf(
        vault,
        features({ key_vault: [{ purge_soft_delete_on_destroy: { references: ['var.purge'] } }] }),
      ),
    ).toBe(4);
    const group = { resource_group: [{ prevent_deletion_if_contains_resources: { constant_value: false } }] };
    expect(tierOf([del('azurerm_resource_group', {})], features(group))).toBe(4);
    const volumes = { netapp: [{ prevent_volume_destruction: { constant_value: false } }] };
    expect(tierOf([del('azurerm_netapp_volume', {})], features(volumes))).toBe(4);
    const workspace = {
      log_analytics_workspace: [{ permanently_delete_on_destroy: { constant_value: true } }],
    };
    expect(tierOf([del('azurerm_log_analytics_workspace', {})], features(workspace))).toBe(4);
  });

  it('backup items follow their vault and the provider features', () => {
    const item = [del('azurerm_backup_protected_vm', { recovery_vault_name: 'rsv' })];
    const purge = {
      recovery_service: [{ purge_protected_items_from_vault_on_destroy: { constant_value: true } }],
    };
    const retain = {
      recovery_service: [{ vm_backup_stop_protection_and_retain_data_on_destroy: { constant_value: true } }],
    };
    expect([tierOf(item), tierOf(item, features(purge)), tierOf(item, features(retain))]).toEqual([3, 4, 1]);
    const vault = (on: boolean) =>
      keep('azurerm_recovery_services_vault', { name: 'rsv', soft_delete_enabled: on });
    expect([tierOf([...item, vault(true)]), tierOf([...item, vault(false)])]).toEqual([3, 4]);
    const service = [del('azurerm_api_management', {})];
    expect(
      tierOf(
        service,
        features({ api_management: [{ purge_soft_delete_on_destroy: { constant_value: false } }] }),
      ),
    ).toBe(3);
    const workspace = [del('azurerm_machine_learning_workspace', {})];
    const hard = {
      machine_learning: [{ purge_soft_deleted_workspace_on_destroy: { constant_value: true } }],
    };
    expect([tierOf(workspace), tierOf(workspace, features(hard))]).toEqual([3, 4]);
  });

  it('a replica key whose primary goes too; shares and blobs of an account with soft delete', () => {
    const replica = del(
      'aws_kms_replica_key',
      { primary_key_arn: 'arn:aws:kms:r:1:key/p' },
      'aws_kms_replica_key.r',
    );
    const primary = { arn: 'arn:aws:kms:r:1:key/p' };
    const fate = (other: Parameters<typeof only>[0][number]): number | undefined =>
      assess([replica, other]).evaluation.changes.find((change) => change.address === replica.address)?.tier;
    expect([fate(keep('aws_kms_key', primary)), fate(del('aws_kms_key', primary))]).toEqual([2, 3]);
    const account = keep('azurerm_storage_account', {
      name: 'acc',
      share_properties: [{ retention_policy: [{ days: 7 }] }],
      blob_properties: [{ delete_retention_policy: [{ days: 7 }] }],
    });
    expect(tierOf([del('azurerm_storage_share', { storage_account_name: 'acc' }), account])).toBe(3);
    expect(tierOf([del('azurerm_storage_blob', { storage_account_name: 'acc' }), account])).toBe(3);
    expect(tierOf([del('azurerm_storage_blob', { storage_account_name: 'other' }), account])).toBe(4);
  });

  it('the same name at another address is a replacement', () => {
    const changes = [
      del('azurerm_storage_account', { name: 'acc' }),
      create('azurerm_storage_account', { name: 'acc' }),
    ];
    expect(tierOf(changes)).toBe(4);
  });

  it('a deciding value that is known only after apply is for a person', () => {
    const change = {
      ...update('aws_db_instance', { deletion_protection: true }, {}),
      unknown: { deletion_protection: true },
    };
    expect(only([change])).toMatchObject({ tier: 5, classes: ['protection_disabled'] });
    const replaced = {
      ...replace('aws_subnet', { id: 'x', kms_key_id: 'k' }, {}),
      unknown: { id: true, kms_key_id: true },
    };
    expect(tierOf([replaced])).toBe(2);
  });
});
