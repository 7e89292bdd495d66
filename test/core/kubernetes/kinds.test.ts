import { describe, expect, it } from 'vitest';
import { knownKind, readResourceTypes } from '../../../lib/core/kubernetes/kinds.ts';

const kindsOf = (text: string) => readResourceTypes(text)?.map((type) => type.known?.kind ?? null);

describe('resource types as kubectl takes them', () => {
  it.each([
    'ns',
    'namespace',
    'namespaces',
    'Namespace',
    'NAMESPACES',
    'namespaces.v1',
    'namespaces.v1.',
    'ns.',
  ])('%s is Namespace', (text) => expect(kindsOf(text)).toEqual(['Namespace']));

  it.each([
    ['secrets.v1', 'Secret'],
    ['secrets.v1.', 'Secret'],
    ['deploy', 'Deployment'],
    ['deployments.apps', 'Deployment'],
    ['deployments.v1.apps', 'Deployment'],
    ['deployments.v1beta1.extensions', 'Deployment'],
    ['sts', 'StatefulSet'],
    ['pvc', 'PersistentVolumeClaim'],
    ['crd', 'CustomResourceDefinition'],
    ['clusterroles.rbac.authorization.k8s.io', 'ClusterRole'],
  ])('%s is %s', (text, kind) => expect(kindsOf(text)).toEqual([kind]));

  it.each([
    'postgresqls',
    'services.serving.knative.dev',
    'secrets.example.com',
    'clusters.postgresql.cnpg.io',
  ])('%s is somebody’s own', (text) => expect(kindsOf(text)).toEqual([null]));

  it('sees every type of a list, and what all stands for', () => {
    expect(kindsOf('all,secrets')).toContain('Secret');
    expect(kindsOf('all,secrets')).toContain('StatefulSet');
    expect(kindsOf('cm,foos')).toEqual(['ConfigMap', null]);
  });

  it.each(['', '-n', 'pods/', 'pods,', ',pods', 'a b', 'pods --all', '*', 'pods..v1'])('%j is none', (text) =>
    expect(readResourceTypes(text)).toBeNull(),
  );

  it('tells a kind of Kubernetes from a namesake', () => {
    expect(knownKind('v1', 'Secret')?.plural).toBe('secrets');
    expect(knownKind('example.com/v1', 'Secret')).toBeNull();
    expect(knownKind('apps/v1', 'Deployment')?.namespaced).toBe(true);
    expect(knownKind('rbac.authorization.k8s.io/v1', 'ClusterRole')?.namespaced).toBe(false);
  });
});
