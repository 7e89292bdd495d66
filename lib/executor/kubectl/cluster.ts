/** Which cluster kubectl would talk to, by what cannot be forged from outside the operator's files. */
import { realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { sha256 } from '../../core/canonical.ts';

/** No credentials in it. All null: kubectl has no current context. */
export interface Cluster {
  readonly context: string | null;
  readonly server: string | null;
  /** Name of the kubeconfig's user, not what it logs in with. */
  readonly user: string | null;
  /** Hash of the certificate authority that the server must prove. */
  readonly ca: string | null;
  readonly tls_server_name: string | null;
  readonly insecure: boolean;
  readonly proxy: string | null;
}

export const NO_CLUSTER: Cluster = {
  context: null,
  server: null,
  user: null,
  ca: null,
  tls_server_name: null,
  insecure: false,
  proxy: null,
};

/** Prints only what is needed: credentials never leave kubectl. */
export const CLUSTER_ARGUMENTS: readonly string[] = [
  'config',
  'view',
  '--minify=true',
  '--raw=true',
  '--output=jsonpath={.current-context}{"\\n"}{.contexts[0].context.user}{"\\n"}{.clusters[0].cluster}',
];

/** Reads what CLUSTER_ARGUMENTS printed. */
export async function readCluster(printed: string): Promise<Cluster> {
  const [context = '', user = '', ...rest] = printed.split('\n');
  const fields = parse(rest.join('\n'));
  if (context === '' || fields === null) return NO_CLUSTER;
  const text = (key: string) => (typeof fields[key] === 'string' ? fields[key] : null);
  const [data, file] = [text('certificate-authority-data'), text('certificate-authority')];
  const ca = data !== null ? Buffer.from(data, 'base64') : file !== null ? await readFile(file) : null;
  return {
    context,
    server: withoutPassword(text('server')),
    user: user === '' ? null : user,
    ca: ca === null ? null : sha256(ca),
    tls_server_name: text('tls-server-name'),
    insecure: fields['insecure-skip-tls-verify'] === true,
    proxy: withoutPassword(text('proxy-url')),
  };
}

export function describeCluster({ context, server }: Cluster): string {
  return context === null
    ? 'no cluster (kubectl has no current context)'
    : `${context} at ${server ?? 'no server'}`;
}

/** The files of KUBECONFIG, absolute; the default file where it names none. */
export function kubeconfigFiles(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): readonly string[] {
  const named = (env.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '');
  return named.length > 0
    ? named.map((file) => path.resolve(cwd, file))
    : [path.join(env.HOME ?? homedir(), '.kube', 'config')];
}

/** Changes whenever one of the files may read differently. */
export function fingerprint(files: readonly string[]): string {
  return files
    .map((file) => {
      const found = statSync(file, { bigint: true, throwIfNoEntry: false });
      return found === undefined
        ? '-'
        : [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':');
    })
    .join(' ');
}

/** The first of the files that agents could write: it could name programs that kubectl runs. */
export function insideRoot(files: readonly string[], root: string): string | null {
  const closed = real(root);
  return (
    files.find((file) => [file, real(file)].some((place) => `${place}/`.startsWith(`${closed}/`))) ?? null
  );
}

function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function withoutPassword(address: string | null): string | null {
  if (address === null) return null;
  try {
    const url = new URL(address);
    if (url.username === '' && url.password === '') return address;
    url.username = '';
    url.password = '';
    return url.href;
  } catch {
    return address.replace(/\/\/[^/@]*@/, '//');
  }
}
