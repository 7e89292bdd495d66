/** The lane with a kubectl that records what it was told, for what needs no cluster. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action, ResourceName, RootPath } from '../../../lib/core/action.ts';
import type { AuthorizedPlan } from '../../../lib/core/authorize.ts';
import { digestOf } from '../../../lib/core/canonical.ts';
import { NO_OWN, ownMatcher } from '../../../lib/core/own.ts';
import type { JudgedPlan } from '../../../lib/core/plan.ts';
import { DEFAULT_POLICY } from '../../../lib/core/policy/defaults.ts';
import { executeKubectl } from '../../../lib/executor/kubectl/execute.ts';
import { type Kubectl, openKubectl } from '../../../lib/executor/kubectl/kubectl.ts';
import { kubectlLane } from '../../../lib/executor/kubectl/lane.ts';
import { readManifestFile } from '../../../lib/executor/kubectl/manifest-file.ts';
import type { FrozenAction } from '../../../lib/ports/lanes.ts';
import { MemoryBlobs } from '../../support/harness.ts';

const name = 'web' as ResourceName;
const CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

const STUB = `#!/bin/sh
case "$*" in
  *"config view"*)
    printf 'here\\nme\\n{"server":"https://user:hunter22@%s","certificate-authority-data":"Y2E="}' "$(cat "$KUBECONFIG")"
    exit 0 ;;
  *" diff "*) echo "no diff here" >&2; exit 2 ;;
  *"--ignore-not-found"*) exit 0 ;;
esac
for each in "$@"; do printf '%s\\0' "$each" >> "$KUBECONFIG.args"; done
cat > "$KUBECONFIG.stdin"
echo "password=hunter22hunter22"
exit \${STUB_EXIT:-0}
`;

describe('the kubectl lane', () => {
  let folder: string;
  let root: string;
  let blobs: MemoryBlobs;
  let kubectl: Kubectl;
  const config = () => path.join(folder, 'kubeconfig');
  const lane = () => kubectlLane(kubectl);

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'recourse-kubectl-stub-')));
    root = path.join(folder, 'root');
    mkdirSync(root);
    mkdirSync(path.join(folder, 'state'));
    writeFileSync(path.join(folder, 'kubectl'), STUB);
    chmodSync(path.join(folder, 'kubectl'), 0o755);
    writeFileSync(config(), 'one.example');
    blobs = new MemoryBlobs();
    kubectl = open({ KUBECONFIG: config() });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function open(env: Record<string, string>): Kubectl {
    return openKubectl({
      file: path.join(folder, 'kubectl'),
      root,
      stateFolder: path.join(folder, 'state'),
      sandbox: null,
      env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
      cwd: folder,
      blobs,
      own: ownMatcher(NO_OWN),
      sweep: async (text) => text,
    });
  }

  async function freeze(action: Action, manifest: string | null = null): Promise<FrozenAction> {
    const frozen = await lane().freeze(action, { manifest }, DEFAULT_POLICY);
    if ('refused' in frozen) throw new Error(frozen.why);
    return frozen;
  }

  function planOf(action: Action, { frozen, digestParts }: FrozenAction): JudgedPlan {
    const plan: Partial<JudgedPlan> = { action, frozen, digestParts, digest: digestOf(digestParts) };
    return plan as JudgedPlan;
  }

  function execute(action: Action, frozen: FrozenAction, signal = new AbortController().signal) {
    const authorized: Partial<AuthorizedPlan> = { plan: planOf(action, frozen) };
    return executeKubectl(kubectl, authorized as AuthorizedPlan, signal);
  }

  const given = () => readFileSync(`${config()}.args`, 'utf8').split('\0').slice(1, -1);
  const textOf = async (blob: `sha256:${string}` | null) =>
    blob === null ? '' : new TextDecoder().decode((await blobs.get(blob)) ?? new Uint8Array());

  it('runs exactly the command that was frozen, in the context that was looked at', async () => {
    const action: Action = {
      kind: 'kubectl-exec',
      pod: name,
      command: ['sh', '-c', 'echo "$HOME"; rm -rf /', '--', '-x'],
      namespace: 'shop',
      container: null,
    };
    const frozen = await freeze(action);
    expect(frozen.text).toContain('here at https://one.example');
    const result = await execute(action, frozen);
    expect(result).toMatchObject({ exit_code: 0, error: null });
    expect(given()).toEqual(['--context=here', 'exec', '--namespace=shop', 'web', '--', ...action.command]);
    expect(await textOf(result.output)).toBe('password=[redacted]\n');
  });

  it('pipes exactly the frozen bytes, whatever the file says by then', async () => {
    const text = `# kept as it is\n${CM}\n\n`;
    writeFileSync(path.join(root, 'a.yaml'), text);
    const action: Action = {
      kind: 'kubectl-apply',
      manifest: { from: 'file', file: 'a.yaml' as RootPath },
      namespace: null,
      dryRun: 'none',
    };
    const frozen = await freeze(action);
    writeFileSync(path.join(root, 'a.yaml'), CM.replace('name: a', 'name: b'));
    await execute(action, frozen);
    expect(readFileSync(`${config()}.stdin`, 'utf8')).toBe(text);
    expect(frozen.evaluation?.notes.join()).toContain('no server-side diff');
  });

  it('freezes the same again, and notices what was changed', async () => {
    const action: Action = {
      kind: 'kubectl-apply',
      manifest: { from: 'argument' },
      namespace: null,
      dryRun: 'none',
    };
    const frozen = await freeze(action, CM);
    const again = await lane().refreeze(planOf(action, frozen), DEFAULT_POLICY);
    expect(again).toEqual(frozen);
    const other = await freeze(action, `${CM}data: {a: b}\n`);
    expect(other.digestParts.manifest?.hash).not.toBe(frozen.digestParts.manifest?.hash);
    blobs.bytes.clear();
    expect(await lane().refreeze(planOf(action, frozen), DEFAULT_POLICY)).toBeNull();
  });

  it('keeps credentials out of the cluster that it names, and stops where it is another', async () => {
    const action: Action = { kind: 'kubectl-delete', resource: 'pods', name, namespace: null };
    const frozen = await freeze(action);
    expect(JSON.stringify(frozen)).not.toContain('hunter22');
    writeFileSync(config(), 'two.example.org');
    const result = await execute(action, frozen);
    expect(result.error?.code).toBe('plan_stale');
    expect(result.error?.message).toContain('two.example.org');
    expect(() => given()).toThrow();
  });

  it("says kubectl's failure, redacted, and a stop", async () => {
    const action: Action = { kind: 'kubectl-scale', resource: 'deploy', name, namespace: null, replicas: 1 };
    kubectl = open({ KUBECONFIG: config(), AWS_X: '1' });
    writeFileSync(
      path.join(folder, 'kubectl'),
      STUB.replace(/STUB_EXIT:-0/, 'STUB_EXIT:-3').replace('echo "pass', 'echo >&2 "pass'),
    );
    const frozen = await freeze(action);
    const result = await execute(action, frozen);
    expect(result).toMatchObject({ exit_code: 3, error: { code: 'execution_failed' } });
    expect(result.error?.message).toContain('password=[redacted]');
    expect((await execute(action, frozen, AbortSignal.abort())).error?.code).toBe('interrupted');
  });

  it('does not use a kubeconfig that agents could write', async () => {
    writeFileSync(path.join(root, 'kubeconfig'), 'one.example');
    kubectl = open({ KUBECONFIG: path.join(root, 'kubeconfig') });
    const action: Action = { kind: 'kubectl-describe', resource: 'pods', name, namespace: null };
    const refused = await lane().freeze(action, { manifest: null }, DEFAULT_POLICY);
    expect(refused).toMatchObject({ refused: true, code: 'tool_unavailable' });
  });

  it('reads one file of the root, and nothing else', () => {
    writeFileSync(path.join(root, 'a.yaml'), CM);
    expect(readManifestFile(root, 'a.yaml' as RootPath)).toEqual(new TextEncoder().encode(CM));
    expect(readManifestFile(root, '.' as RootPath)).toMatchObject({ code: 'invalid_arguments' });
    expect(readManifestFile(root, 'none.yaml' as RootPath)).toMatchObject({ code: 'invalid_arguments' });
  });
});
