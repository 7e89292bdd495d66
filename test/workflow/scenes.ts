/** What agents ask for in these tests, and what honest lanes make of it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Action } from '../../lib/core/action.ts';
import { sha256 } from '../../lib/core/canonical.ts';
import { isRefusal } from '../../lib/core/refusal.ts';
import { encodeObservation, type Observation } from '../../lib/executor/kubectl/observe.ts';
import { takeSnapshot } from '../../lib/executor/terraform/snapshot.ts';
import { ParcelBlobs } from '../../lib/workflow/parcel-blobs.ts';
import { rootPath } from '../support/sample-records.ts';
import { type Left, type PlayedLane, RAN } from './machine.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/terraform-plans/generated');

/** An action as it comes out of a record. */
function action(fields: object): Action {
  return JSON.parse(JSON.stringify(fields));
}

export const READS = action({ kind: 'shell', command: 'ls -l', cwd: '.', timeoutMs: 10_000 });
export const READS_SOURCE = action({ kind: 'shell', command: 'ls -l', cwd: 'network', timeoutMs: 10_000 });
export const APPLIES = action({
  kind: 'kubectl-apply',
  manifest: { from: 'argument' },
  namespace: null,
  dryRun: 'none',
});
export const SCALES = action({
  kind: 'kubectl-scale',
  resource: 'deployments',
  name: 'shop',
  namespace: 'default',
  replicas: 3,
});
export const PLANS = action({
  kind: 'terraform-apply',
  cwd: 'network/a',
  workspace: 'default',
  ref: null,
  args: [],
});

export const HARMLESS = 'resource "terraform_data" "a" {\n  input = "one"\n}\n';
export const RUNS_CODE = 'data "external" "x" {\n  program = ["true"]\n}\n';

export function manifest(colour: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'shop', namespace: 'default' },
    data: { colour },
  });
}

export function observation(diff: string | null): Uint8Array {
  const seen: Observation = {
    diff,
    diffHash: diff === null ? null : sha256(diff),
    live: [],
    notes: [],
  };
  return encodeObservation(seen);
}

export interface Honest {
  readonly main?: string;
  readonly diff?: string;
}

export function honest({ main = HARMLESS, diff = 'diff -u\n+colour: green' }: Honest = {}): PlayedLane {
  return async (job) => {
    switch (job.kind) {
      case 'fetch-source':
        return job.want === 'module' ? fetchedModule(main) : fetchedBytes('all the files');
      case 'observe': {
        const seen = observation(job.action.kind === 'kubectl-apply' ? diff : null);
        return {
          result: { kind: 'observed', manifest: job.manifest, observation: sha256(seen) },
          texts: [seen, ...(job.manifest === null ? [] : [await sent(job.manifest)])],
        };
      }
      case 'plan':
        return planned();
      case 'fetch-modules':
        throw new Error('there are no modules');
      case 'run':
        return { result: RAN };
    }
  };

  function sent(address: string): Promise<string> {
    const text = ['blue', 'green', 'red'].map(manifest).find((each) => sha256(each) === address);
    return text === undefined ? Promise.reject(new Error('another manifest')) : Promise.resolve(text);
  }
}

function fetchedBytes(text: string): Left {
  return { result: { kind: 'fetched', content: sha256(text), commit: 's3:1' }, texts: [text] };
}

export async function fetchedModule(main: string, cwd = 'network/a'): Promise<Left> {
  const root = mkdtempSync(path.join(tmpdir(), 'recourse-source-'));
  try {
    mkdirSync(path.join(root, cwd), { recursive: true });
    writeFileSync(path.join(root, cwd, 'main.tf'), main);
    const blobs = new ParcelBlobs();
    const snapshot = await takeSnapshot({ root, cwd: rootPath(cwd), blobs });
    if (isRefusal(snapshot)) throw new Error(snapshot.why);
    const texts = [...blobs.held.values()];
    return { result: { kind: 'fetched', content: snapshot.address, commit: 's3:1' }, texts };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function planned(): Left {
  const artifact = readFileSync(path.join(FIXTURES, 'tf111-mixed.tfplan'));
  const json = readFileSync(path.join(FIXTURES, 'tf111-mixed.json'));
  const tool = { name: 'terraform', version: '1.11.4' };
  return {
    result: {
      kind: 'planned',
      artifact: sha256(artifact),
      plan_json: sha256(json),
      text: sha256('the plan'),
      tool,
      secret_variables: [],
    },
    texts: [artifact, json, 'the plan'],
  };
}
