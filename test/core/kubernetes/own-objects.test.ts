import { describe, expect, it } from 'vitest';
import type { KubernetesAction, ResourceName } from '../../../lib/core/action.ts';
import { assessKubernetes } from '../../../lib/core/kubernetes/consequences.ts';
import { readManifest } from '../../../lib/core/kubernetes/manifest.ts';
import { ownMatcher } from '../../../lib/core/own.ts';
import { decide } from '../../../lib/core/policy/decide.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';

const own = ownMatcher({
  names: ['recourse-prod-*', 'recourse-lanes'],
  arns: ['arn:aws:iam::111122223333:role/gateway-read'],
  tags: { 'recourse.dev/environment': 'prod' },
});
const name = (text: string) => text as ResourceName;

function decisionOn(action: KubernetesAction, manifest: object | null = null): string {
  const read = manifest === null ? null : readManifest(new TextEncoder().encode(JSON.stringify(manifest)));
  if (read?.ok === false) throw new Error(read.problem);
  const { findings } = assessKubernetes(action, read?.objects ?? [], { own });
  return decide(action, 'dev', DEFAULT_POLICY, findings).decision;
}

const apply = (namespace: string | null = null, dryRun: 'none' | 'server' = 'none'): KubernetesAction => ({
  kind: 'kubectl-apply',
  manifest: { from: 'argument' },
  namespace,
  dryRun,
});
const object = (kind: string, metadata: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', ...metadata },
  ...more,
});

describe('what belongs to the gateway in a cluster', () => {
  it.each<[string, KubernetesAction, object | null]>([
    ['an object of its name', apply(), object('ClusterRole', { name: 'recourse-prod-read' })],
    ['an object in its namespace', apply(), object('ConfigMap', { namespace: 'recourse-lanes' })],
    ['into its namespace by argument', apply('recourse-lanes'), object('ConfigMap', {})],
    [
      'an object with its label',
      apply(),
      object('ConfigMap', { labels: { 'recourse.dev/environment': 'prod' } }),
    ],
    [
      'a service account with its role',
      apply(),
      object('ServiceAccount', {
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/gateway-read' },
      }),
    ],
    [
      'a binding of its group',
      apply(),
      object('ClusterRoleBinding', {}, { subjects: [{ kind: 'Group', name: 'recourse-prod-read' }] }),
    ],
    [
      'aws-auth with its role',
      apply(),
      object(
        'ConfigMap',
        { name: 'aws-auth' },
        {
          data: {
            mapRoles: '- rolearn: arn:aws:iam::111122223333:role/gateway-read\n  groups: [system:masters]\n',
          },
        },
      ),
    ],
    [
      'a cloud resource made by a controller',
      apply(),
      object('Bucket', {}, { spec: { name: 'recourse-prod-artifacts' } }),
    ],
    [
      'deleting it',
      { kind: 'kubectl-delete', resource: 'clusterrole', name: name('recourse-prod-read'), namespace: null },
      null,
    ],
    [
      'deleting in its namespace',
      { kind: 'kubectl-delete', resource: 'pod', name: name('a'), namespace: 'recourse-lanes' },
      null,
    ],
    [
      'scaling it',
      {
        kind: 'kubectl-scale',
        resource: 'deploy',
        name: name('recourse-prod-x'),
        namespace: null,
        replicas: 3,
      },
      null,
    ],
    [
      'a command in its pod',
      {
        kind: 'kubectl-exec',
        pod: name('recourse-prod-x'),
        command: ['ls'],
        namespace: null,
        container: null,
      },
      null,
    ],
  ])('%s is blocked', (_what, action, manifest) => expect(decisionOn(action, manifest)).toBe('block'));

  it.each<[string, KubernetesAction, object | null]>([
    ['another name', apply(), object('ConfigMap', { name: 'recourse-dev-x' })],
    [
      'its name in an annotation that tells',
      apply(),
      object('ConfigMap', { annotations: { owner: 'recourse-prod-team' } }),
    ],
    ['a dry run', apply(null, 'server'), object('ConfigMap', { name: 'recourse-prod-x' })],
    [
      'a read',
      { kind: 'kubectl-describe', resource: 'pod', name: name('recourse-prod-x'), namespace: null },
      null,
    ],
  ])('%s is not', (_what, action, manifest) => expect(decisionOn(action, manifest)).not.toBe('block'));
});
