/** How a build ended, from CodeBuild: for people to read, and never to decide by. */
import { BatchGetBuildsCommand, type CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { Builds } from '../workflow/job.ts';
import { CALL_MS, within } from './within.ts';

export function overCodeBuildClient(client: CodeBuildClient, report: (message: string) => void): Builds {
  return {
    async describe(buildId) {
      try {
        const { builds } = await client.send(new BatchGetBuildsCommand({ ids: [buildId] }), within(CALL_MS));
        const build = builds?.[0];
        if (build === undefined) return null;
        const failed = build.phases?.find(
          ({ phaseStatus }) => phaseStatus !== undefined && phaseStatus !== 'SUCCEEDED',
        );
        const said = (failed?.contexts ?? []).flatMap(({ statusCode, message }) => [statusCode, message]);
        return {
          status: build.buildStatus ?? 'UNKNOWN',
          phase: failed?.phaseType ?? null,
          log: said
            .filter((text) => text !== undefined && text !== '')
            .join(': ')
            .slice(0, 4_000),
        };
      } catch (failure) {
        report(`build ${buildId} could not be looked at: ${String(failure)}`);
        return null;
      }
    },
  };
}
