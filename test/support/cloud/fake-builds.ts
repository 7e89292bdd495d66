/** CodeBuild as those see it who ask how a build ended; who runs builds is the test. */
import { type AwsService, type Json, jsonService, text } from './service.ts';

export interface BuildsBackend {
  /** As BatchGetBuilds gives it; null: no such build. */
  describe(id: string): Json | null;
  stop?(id: string): void;
}

/** The id of a build is `PROJECT:UUID`. */
export function fakeBuilds(account: string, region: string, backend: BuildsBackend): AwsService {
  const projectOf = (id: string) => `arn:aws:codebuild:${region}:${account}:project/${id.split(':')[0]}`;
  return jsonService('codebuild', 'CodeBuild_20161006', '1.1', {
    BatchGetBuilds: {
      needs: (input) =>
        ids(input).map((id) => ({ action: 'codebuild:BatchGetBuilds', resource: projectOf(id) })),
      answer(input) {
        const found = ids(input).map((id) => ({ id, build: backend.describe(id) }));
        return {
          builds: found.flatMap(({ build }) => build ?? []),
          buildsNotFound: found.filter(({ build }) => build === null).map(({ id }) => id),
        };
      },
    },
    StopBuild: {
      needs: (input) => [{ action: 'codebuild:StopBuild', resource: projectOf(text(input, 'id')) }],
      answer(input) {
        backend.stop?.(text(input, 'id'));
        return { build: backend.describe(text(input, 'id')) };
      },
    },
  });
}

function ids(input: Json): string[] {
  return Array.isArray(input.ids) ? input.ids.map(String) : [];
}
