import { describe, expect, it } from 'vitest';
import type { Action, ResourceName } from '../../../lib/core/action.ts';
import type { FindingClass } from '../../../lib/core/finding.ts';
import { assessKubernetes, type KubernetesContext } from '../../../lib/core/kubernetes/consequences.ts';
import { type LiveObject, readLive } from '../../../lib/core/kubernetes/live.ts';
import { readManifest } from '../../../lib/core/kubernetes/manifest.ts';
import { decide } from '../../../lib/core/policy/decide.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';

type Fields = Record<string, unknown>;

function object(apiVersion: string, kind: string, more: Fields = {}, metadata: Fields = {}): Fields {
  return { apiVersion, kind, metadata: { name: 'a', ...metadata }, ...more };
}

function applyAction(
  dryRun: 'none' | 'client' | 'server' = 'none',
): Extract<Action, { kind: 'kubectl-apply' }> {
  return { kind: 'kubectl-apply', manifest: { from: 'argument' }, namespace: null, dryRun };
}

function apply(fields: Fields | Fields[], context: KubernetesContext = {}, dryRun?: 'none' | 'server') {
  const items = Array.isArray(fields) ? fields : [fields];
  const manifest = readManifest(
    new TextEncoder().encode(JSON.stringify({ kind: 'List', apiVersion: 'v1', items })),
  );
  if (!manifest.ok) throw new Error(manifest.problem);
  const action = applyAction(dryRun);
  const assessment = assessKubernetes(action, manifest.objects, {
    protectedNamespaces: DEFAULT_POLICY.protectedNamespaces,
    ...context,
  });
  return { ...assessment, ...decide(action, 'dev', DEFAULT_POLICY, assessment.findings) };
}

function remove(resource: string, live?: readonly LiveObject[]) {
  const action: Action = { kind: 'kubectl-delete', resource, name: 'a' as ResourceName, namespace: null };
  return assessKubernetes(action, [], live === undefined ? {} : { live });
}

const workload = (spec: Fields) => object('apps/v1', 'Deployment', { spec: { template: { spec } } });
const container = (securityContext: Fields) => workload({ containers: [{ name: 'c', securityContext }] });

describe('applying', () => {
  it('passes what is plain in dev', () => {
    const plain = [object('v1', 'ConfigMap'), object('v1', 'Service'), container({ runAsNonRoot: true })];
    expect(apply(plain)).toMatchObject({ decision: 'allow', findings: [], evaluation: { worst_tier: 1 } });
  });

  it.each<[string, Fields, FindingClass]>([
    ['a privileged container', container({ privileged: true }), 'protection_disabled'],
    ['privileged as YAML 1.1 says it', container({ privileged: 'yes' }), 'protection_disabled'],
    ['SYS_ADMIN', container({ capabilities: { add: ['CAP_SYS_ADMIN'] } }), 'protection_disabled'],
    ['the node’s processes', workload({ hostPID: true, containers: [] }), 'protection_disabled'],
    ['the node’s network', workload({ hostNetwork: true, containers: [] }), 'network_isolation_loss'],
    [
      'a folder of the node',
      workload({ containers: [], volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
      'protection_disabled',
    ],
    [
      'a privileged init container of a CronJob',
      object('batch/v1', 'CronJob', {
        spec: {
          jobTemplate: {
            spec: { template: { spec: { initContainers: [{ securityContext: { privileged: true } }] } } },
          },
        },
      }),
      'protection_disabled',
    ],
    [
      'a privileged pod of a custom resource',
      object('example.com/v1', 'Runner', {
        spec: { podTemplate: { spec: { containers: [{ securityContext: { privileged: true } }] } } },
      }),
      'protection_disabled',
    ],
    [
      'cluster-admin',
      object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', {
        roleRef: { name: 'cluster-admin' },
        subjects: [{ kind: 'User', name: 'bot' }],
      }),
      'iam_policy_change',
    ],
    [
      'rights for everybody',
      object('rbac.authorization.k8s.io/v1', 'RoleBinding', {
        roleRef: { name: 'reader' },
        subjects: [{ kind: 'Group', name: 'system:unauthenticated' }],
      }),
      'iam_policy_change',
    ],
    [
      'every verb',
      object('rbac.authorization.k8s.io/v1', 'Role', { rules: [{ resources: ['pods'], verbs: ['*'] }] }),
      'iam_policy_change',
    ],
    [
      'reading secrets',
      object('rbac.authorization.k8s.io/v1', 'Role', { rules: [{ resources: ['secrets'], verbs: ['get'] }] }),
      'iam_policy_change',
    ],
    [
      'a webhook',
      object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', { webhooks: [] }),
      'protection_disabled',
    ],
    [
      'an external address',
      object('v1', 'Service', { spec: { externalIPs: ['8.8.8.8'] } }),
      'expose_data_publicly',
    ],
    [
      'a token that stays',
      object('v1', 'Secret', { type: 'kubernetes.io/service-account-token' }),
      'credential_exposure',
    ],
    [
      'an identity of the cloud',
      object(
        'v1',
        'ServiceAccount',
        {},
        { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' } },
      ),
      'iam_policy_change',
    ],
    [
      'privileged pods in a namespace',
      object('v1', 'Namespace', {}, { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } }),
      'protection_disabled',
    ],
    ['no copies', object('apps/v1', 'Deployment', { spec: { replicas: 0 } }), 'scale_to_zero'],
    [
      'no copies, as only some readers see',
      object('apps/v1', 'Deployment', { spec: { replicas: '0e0' } }),
      'scale_to_zero',
    ],
    [
      'a role for the whole cluster that is not in the manifest',
      object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', {
        roleRef: { name: 'custom' },
        subjects: [{ kind: 'ServiceAccount', name: 'bot' }],
      }),
      'iam_policy_change',
    ],
    [
      'a protected namespace',
      object('v1', 'ConfigMap', {}, { namespace: 'kube-system' }),
      'protected_namespace',
    ],
    [
      'a protected Namespace itself',
      object('v1', 'Namespace', {}, { name: 'production' }),
      'protected_namespace',
    ],
  ])('%s needs a human, in dev too', (_what, fields, of) => {
    const { decision, findings } = apply([object('v1', 'ConfigMap'), fields]);
    expect(findings.map((each) => each.class)).toContain(of);
    expect(decision).toBe('escalate');
  });

  it('tells a new secret from a changed one', () => {
    const secret = object('v1', 'Secret', { data: { a: 'eA==' } });
    expect(apply(secret, { live: [] }).evaluation.changes[0]).toMatchObject({ action: 'create', tier: 1 });
    const [changed] = apply(secret).evaluation.changes;
    expect(changed).toMatchObject({ action: 'update', tier: 2, classes: ['kubernetes_secret_change'] });
  });

  it('compares with what runs', () => {
    const live = readLive(
      object('apps/v1', 'Deployment', { spec: { replicas: 10 } }, { namespace: 'default' }),
    );
    const less = apply(object('apps/v1', 'Deployment', { spec: { replicas: 2 } }), { live });
    expect(less.evaluation.changes[0]).toMatchObject({ classes: ['production_scale_down'] });
    const more = apply(object('apps/v1', 'Deployment', { spec: { replicas: 20 } }), { live });
    expect(more.findings).toEqual([]);
    const fresh = apply(object('apps/v1', 'Deployment', { spec: { replicas: 0 } }), { live: [] });
    expect(fresh.decision).toBe('allow');
  });

  it('loses volumes where a StatefulSet shrinks and its claims go', () => {
    const policy = { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } };
    const live = readLive(
      object('apps/v1', 'StatefulSet', { spec: { replicas: 3, ...policy } }, { namespace: 'default' }),
    );
    const { evaluation } = apply(object('apps/v1', 'StatefulSet', { spec: { replicas: 1, ...policy } }), {
      live,
    });
    expect(evaluation.changes[0]).toMatchObject({ tier: 4 });
    expect(evaluation.changes[0]?.classes).toContain('pv_delete');
  });

  it('has an evaluation and no findings for a dry run', () => {
    const dry = apply(container({ privileged: true }), {}, 'server');
    expect(dry).toMatchObject({ findings: [], decision: 'allow', evaluation: { worst_tier: 5 } });
  });
});

describe('deleting', () => {
  it.each<[string, number, string | null]>([
    ['ns', 4, 'namespace_delete'],
    ['pvc', 4, 'pv_delete'],
    ['pv', 4, 'pv_delete'],
    ['crd', 4, null],
    ['secrets.v1.', 4, 'secret_delete'],
    ['deploy', 1, 'production_scale_down'],
    ['netpol', 1, 'network_isolation_loss'],
    ['pdb', 1, 'protection_disabled'],
    ['clusterrolebinding', 1, 'iam_policy_change'],
    ['sts', 5, 'production_scale_down'],
    ['postgresqls.acid.zalan.do', 5, 'database_delete'],
    ['backups.velero.io', 5, 'backup_delete'],
    ['foos', 5, null],
  ])('%s is tier %i', (resource, tier, of) => {
    const [change] = remove(resource).evaluation.changes;
    expect(change).toMatchObject({ action: 'delete', tier });
    expect(change?.classes).toEqual(of === null ? [] : expect.arrayContaining([of]));
  });

  it('knows what the cluster keeps', () => {
    const claim = object(
      'v1',
      'PersistentVolumeClaim',
      { spec: { volumeName: 'v' } },
      { namespace: 'default' },
    );
    const volume = (policy: string) =>
      object('v1', 'PersistentVolume', { spec: { persistentVolumeReclaimPolicy: policy } }, { name: 'v' });
    const tierWith = (policy: string) =>
      remove('pvc', readLive({ items: [claim, volume(policy)] })).evaluation.worst_tier;
    expect(tierWith('Retain')).toBe(2);
    expect(tierWith('Delete')).toBe(4);
    const set = (whenDeleted: string) =>
      readLive(
        object(
          'apps/v1',
          'StatefulSet',
          { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted } } },
          { namespace: 'default' },
        ),
      );
    expect(remove('sts', set('Delete')).evaluation.worst_tier).toBe(4);
    expect(remove('sts', set('Retain')).evaluation.worst_tier).toBe(2);
  });

  it('knows who makes it again', () => {
    const owned = readLive(
      object(
        'v1',
        'Pod',
        {},
        {
          namespace: 'default',
          ownerReferences: [{ kind: 'ReplicaSet', name: 'web', controller: true }],
        },
      ),
    );
    expect(remove('pod', owned).evaluation.changes[0]?.why).toContain('ReplicaSet/web makes it again');
  });

  it('judges every type of a list', () => {
    expect(remove('cm,ns').evaluation).toMatchObject({ worst_tier: 4, total_changes: 2 });
    expect(remove('all,secrets').evaluation.changes.map((each) => each.type)).toContain('Secret');
  });
});
