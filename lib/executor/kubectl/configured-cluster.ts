/** A cluster that the operator configured, as kubectl will see it: known without asking kubectl. */
import { sha256 } from '../../core/canonical.ts';
import type { Cluster } from './cluster.ts';

export interface ConfiguredCluster {
  readonly name: string;
  /** https. */
  readonly endpoint: string;
  /** Certificate authority in base64. */
  readonly ca: string;
}

const USER = 'recourse';

/** What `readCluster` gives for the kubeconfig below; a plan is bound to it. */
export function clusterOf({ name, endpoint, ca }: ConfiguredCluster): Cluster {
  return {
    context: name,
    server: endpoint,
    user: USER,
    ca: sha256(Buffer.from(ca, 'base64')),
    tls_server_name: null,
    insecure: false,
    proxy: null,
  };
}

/** JSON is YAML. `token`: short-lived. */
export function kubeconfigOf({ name, endpoint, ca }: ConfiguredCluster, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: USER } }],
    clusters: [{ name, cluster: { server: endpoint, 'certificate-authority-data': ca } }],
    users: [{ name: USER, user: { token } }],
  });
}
