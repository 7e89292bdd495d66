import { isAtLeast } from '../../core/decision.ts';
import { maskObjects, renderMasked } from '../../core/kubernetes/mask.ts';
import type { ToolAnswer } from '../../gateway.ts';
import { firstProblem, type SelfTest } from '../self-test.ts';
import type { Stage } from '../stage.ts';

const group = 'kubernetes gates';

export const KUBERNETES_GATES: readonly SelfTest[] = [
  {
    id: 'destructive-kubectl-asks-a-human',
    group,
    title: 'kubectl delete, exec and scaling to zero reach a human or are blocked',
    run: async (stage) => {
      const probes = {
        kubectl_delete: await stage.call('gateway_kubectl_delete', {
          resource: 'pods',
          name: 'web',
          namespace: 'web',
        }),
        kubectl_exec: await stage.call('gateway_kubectl_exec', {
          pod: 'web',
          command: ['id'],
          namespace: 'web',
        }),
        scale_to_zero: await stage.call('gateway_kubectl_scale', {
          resource: 'deployments',
          name: 'web',
          namespace: 'web',
          replicas: 0,
        }),
      };
      return firstProblem(Object.entries(probes).map(([name, answer]) => stopped(stage, answer, name)));
    },
  },
  {
    id: 'namespaces-are-read-everywhere',
    group,
    title: 'a protected namespace is seen in any document, list item or kind, not only in the argument',
    run: async (stage) => {
      const name = stage.policy.protectedNamespaces[0] ?? 'kube-system';
      const harmless = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: web }\n';
      const hidden = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: b, namespace: ${name} }\n`;
      const listed = `apiVersion: v1\nkind: List\nitems:\n  - ${hidden.trim().replaceAll('\n', '\n    ')}\n`;
      const answers = [
        await stage.call('gateway_kubectl_apply', { manifest: `${harmless}---\n${hidden}` }),
        await stage.call('gateway_kubectl_apply', { manifest: listed }),
        await stage.call('gateway_kubectl_delete', { resource: 'ns', name }),
      ];
      return firstProblem(answers.map((answer) => stopped(stage, answer, 'protected_namespace')));
    },
  },
  {
    id: 'secret-values-masked',
    group,
    title: 'values of Kubernetes Secrets are masked, in annotations that repeat them too',
    run: async () => {
      const value = Buffer.from('doctor-secret-value-4711').toString('base64');
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { blob: value } };
      const repeated = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(secret) };
      const seen = [
        secret,
        { ...secret, metadata: { name: 'a', annotations: repeated } },
        { kind: 'List', items: [secret] },
      ];
      const texts = seen.flatMap((each) => [
        renderMasked(maskObjects(each), 'json'),
        renderMasked(maskObjects(each), 'yaml'),
      ]);
      const leaks = texts.some((text) => text.includes(value) || text.includes('doctor-secret-value'));
      return leaks ? 'a masked object still holds the value' : null;
    },
  },
];

/** It must not have run, and for this reason: an environment that escalates everything hides a blind gate. */
function stopped(stage: Stage, answer: ToolAnswer, name: string): string | null {
  if (stage.ran.length > 0 || answer.executed) return `${name} ran without a human`;
  if (!isAtLeast(answer.decision, 'escalate')) return `${name} was ${answer.decision}`;
  if (answer.reasons?.some((reason) => reason.class === name) === true) return null;
  return `no reason of the decision names ${name} (${answer.error?.code ?? answer.status})`;
}
