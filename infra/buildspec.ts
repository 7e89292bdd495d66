/**
 * The fixed build of a lane: fetch pinned tools, compare their checksums, run the executor. Nothing in it comes from
 * a caller; the one variable that a build brings is read by the executor, never by this shell. CodeBuild ends a build at the
 * first command that fails.
 */
import type { EnvironmentConfig } from '../lib/aws/environment-config.ts';
import type { Policy } from '../lib/core/policy/policy.ts';
import type { Lane } from './names.ts';

/** The same absolute path in every build, for a plan is applied where it was made. */
export const TOOLS = '/tmp/recourse/bin';

/** JSON is YAML, and has one way of being read. */
export function buildspec(
  lane: Lane,
  tools: EnvironmentConfig['tools'],
  terraform: Policy['terraform']['tool'],
): string {
  return JSON.stringify(
    {
      version: '0.2',
      env: { shell: 'bash' },
      phases: {
        install: { commands: [`mkdir -p ${TOOLS}`, ...fetches(lane, tools, terraform)] },
        build: { commands: [`PATH=${TOOLS}:$PATH node lane.mjs`] },
      },
    },
    null,
    2,
  );
}

function fetches(
  lane: Lane,
  tools: EnvironmentConfig['tools'],
  terraform: Policy['terraform']['tool'],
): string[] {
  switch (lane) {
    // The source lane lets terraform download the modules that a source calls; nothing of them runs there.
    case 'source':
    case 'terraform-plan':
    case 'terraform-apply':
      return [
        ...fetch('/tmp/recourse/terraform.zip', tools.terraform),
        `unzip -q -o /tmp/recourse/terraform.zip ${terraform} -d ${TOOLS}`,
        `chmod 0555 ${TOOLS}/${terraform}`,
      ];
    case 'kubectl-read':
    case 'kubectl-write':
      return [...fetch(`${TOOLS}/kubectl`, tools.kubectl), `chmod 0555 ${TOOLS}/kubectl`];
    case 'shell':
      return [];
  }
}

function fetch(to: string, { url, sha256 }: EnvironmentConfig['tools']['kubectl']): string[] {
  return [
    `curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output ${to} '${url}'`,
    `echo '${sha256}  ${to}' | sha256sum --check --strict`,
  ];
}
