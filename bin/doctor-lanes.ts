/**
 * The lanes of kubectl and the shell as the doctor tries them: freezing and judging are real, there is no
 * cluster, and nothing can be started. Whether there is a sandbox on this machine is another check's business.
 */
import { NO_OWN, ownMatcher } from '../lib/core/own.ts';
import { MemoryBlobs } from '../lib/doctor/played-terraform.ts';
import { NO_CLUSTER } from '../lib/executor/kubectl/cluster.ts';
import { kubectlLane } from '../lib/executor/kubectl/lane.ts';
import { shellLane } from '../lib/executor/shell/lane.ts';
import { pipeSource } from '../lib/executor/shell/pipes.ts';
import { programsIn } from '../lib/executor/shell/programs.ts';
import type { ActionLane } from '../lib/ports/lanes.ts';

/** `folder`: an empty one that stands for root and state. */
export function doctorLanes(
  environment: string,
  folder: string,
): { readonly kubectl: ActionLane; readonly shell: ActionLane } {
  const sandbox = { file: '/nonexistent/bwrap' };
  const kubectl = kubectlLane({
    settings: {
      file: '/nonexistent/kubectl',
      root: folder,
      stateFolder: folder,
      sandbox,
      env: { KUBECONFIG: '/nonexistent/kubeconfig' },
      cwd: folder,
      blobs: new MemoryBlobs(),
      own: ownMatcher(NO_OWN),
      sweep: async (text) => text,
    },
    run: () => Promise.reject(new Error('the doctor starts nothing')),
    cluster: async () => NO_CLUSTER,
  });
  const shell = shellLane({
    environment,
    root: folder,
    hidden: [],
    sandbox,
    container: false,
    unconfined: false,
    programs: programsIn([], []),
    pipes: pipeSource('/nonexistent/mkfifo'),
    kubectlRead: null,
    env: {},
  });
  return { kubectl, shell };
}
