/** kubectl on this machine: how it is started, and which cluster it talks to. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { laneEnvironment } from '../lane-environment.ts';
import { type ProcessResult, runProcess } from '../process.ts';
import { RESOLVER_FOLDERS, sandboxed } from '../sandbox.ts';
import {
  CLUSTER_ARGUMENTS,
  type Cluster,
  fingerprint,
  insideRoot,
  kubeconfigFiles,
  NO_CLUSTER,
  readCluster,
} from './cluster.ts';
import type { KubectlSettings } from './settings.ts';

export interface KubectlCall {
  readonly lane: 'kubectl-read' | 'kubectl-write';
  readonly args: readonly string[];
  readonly input?: Uint8Array;
  readonly timeoutMs: number;
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
}

export interface Kubectl {
  readonly settings: KubectlSettings;
  /** Rejects where kubectl cannot be started. */
  run(call: KubectlCall): Promise<ProcessResult>;
  /** The cluster of the operator's current context, as the files say it now. */
  cluster(): Promise<Cluster>;
}

const MAX_OUTPUT = 32 * 1024 * 1024;
const CONFIG_TIMEOUT_MS = 10_000;

export function openKubectl(settings: KubectlSettings): Kubectl {
  const files = kubeconfigFiles(settings.env, settings.cwd);
  const cache = path.join(settings.stateFolder, 'kubectl');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  let known: { readonly print: string; readonly cluster: Cluster } | null = null;

  const run = (call: KubectlCall): Promise<ProcessResult> => {
    const { lane, input, timeoutMs, signal } = call;
    const command = {
      file: settings.file,
      args: [`--cache-dir=${cache}`, ...call.args],
      cwd: '/',
    };
    return runProcess({
      ...confined(settings, command, cache, files),
      env: environment(settings, lane, files),
      timeoutMs,
      maxOutputBytes: call.maxOutputBytes ?? MAX_OUTPUT,
      stopSignal: 'SIGINT',
      ...(input === undefined ? {} : { input }),
      ...(signal === undefined ? {} : { signal }),
    });
  };

  const cluster = async (): Promise<Cluster> => {
    const print = fingerprint(files);
    if (known?.print === print) return known.cluster;
    const said = await run({ lane: 'kubectl-read', args: CLUSTER_ARGUMENTS, timeoutMs: CONFIG_TIMEOUT_MS });
    const found = said.exitCode === 0 ? await readCluster(said.stdout) : NO_CLUSTER;
    // Files that changed while they were read are read again next time.
    known = said.exitCode === 0 && fingerprint(files) === print ? { print, cluster: found } : null;
    return found;
  };

  return { settings, run, cluster };
}

function environment(
  settings: KubectlSettings,
  lane: KubectlCall['lane'],
  files: readonly string[],
): Record<string, string> {
  const allowed = laneEnvironment(lane, settings.env, [settings.root]);
  // kubectl starts `diff` and the log-in programs of the kubeconfig by name: never from where agents write.
  const folders = (allowed.PATH ?? '')
    .split(':')
    .filter((folder) => insideRoot([folder], settings.root) === null);
  return {
    ...allowed,
    PATH: folders.join(':'),
    ...(settings.env.KUBECONFIG ? { KUBECONFIG: files.join(path.delimiter) } : {}),
    ...(settings.sandbox === null ? {} : { TMPDIR: '/tmp' }),
  };
}

type Command = { readonly file: string; readonly args: readonly string[]; readonly cwd: string };

function confined(
  { sandbox, stateFolder, env }: KubectlSettings,
  command: Command,
  cache: string,
  files: readonly string[],
): Command {
  if (sandbox === null) return command;
  const home = env.HOME === undefined ? [] : [env.HOME];
  // /tmp is empty inside; a kubeconfig there, and the certificates beside it, must stay readable.
  const visible = [...home, ...files.map((file) => path.dirname(file)), command.file].filter((place) =>
    place.startsWith('/tmp/'),
  );
  return sandboxed(sandbox, command, {
    visible,
    shared: home.flatMap((folder) => LOGIN_CACHES.map((name) => path.join(folder, name))).filter(existsSync),
    hidden: [stateFolder],
    readOnly: RESOLVER_FOLDERS,
    writable: [cache],
    network: true,
  });
}

/** Where the log-in programs that a kubeconfig names keep short-lived tokens. */
const LOGIN_CACHES = ['.kube/cache', '.aws/cli/cache', '.aws/sso/cache', '.azure', '.config/gcloud'];
