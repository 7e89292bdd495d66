import { BatchGetBuildsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { overCodeBuildClient } from '../../lib/aws/builds.ts';

const client = new CodeBuildClient({ region: 'eu-west-1' });
const mock = mockClient(client);
let reports: string[];
beforeEach(() => {
  mock.reset();
  reports = [];
});
const builds = overCodeBuildClient(client, (message) => reports.push(message));

describe('how a build ended', () => {
  it('is its status, and the phase that failed with what it says', async () => {
    mock.on(BatchGetBuildsCommand, { ids: ['shell:1'] }).resolves({
      builds: [
        {
          buildStatus: 'FAILED',
          phases: [
            { phaseType: 'SUBMITTED', phaseStatus: 'SUCCEEDED' },
            {
              phaseType: 'BUILD',
              phaseStatus: 'FAILED',
              contexts: [{ statusCode: 'COMMAND_EXECUTION_ERROR', message: 'exit status 1' }],
            },
            { phaseType: 'COMPLETED' },
          ],
        },
      ],
    });
    const log = 'COMMAND_EXECUTION_ERROR: exit status 1';
    expect(await builds.describe('shell:1')).toEqual({ status: 'FAILED', phase: 'BUILD', log });
    expect(reports).toEqual([]);
  });

  it('is bounded, and says what it can where little is known', async () => {
    const contexts = [{ statusCode: 'X', message: 'y'.repeat(10_000) }];
    const phases = [{ phaseType: 'BUILD' as const, phaseStatus: 'TIMED_OUT' as const, contexts }];
    mock.on(BatchGetBuildsCommand).resolves({ builds: [{ phases }] });
    const described = await builds.describe('shell:1');
    expect(described).toMatchObject({ status: 'UNKNOWN', phase: 'BUILD' });
    expect(described?.log).toHaveLength(4_000);
    mock.on(BatchGetBuildsCommand).resolves({ builds: [{ buildStatus: 'SUCCEEDED' }] });
    expect(await builds.describe('shell:1')).toEqual({ status: 'SUCCEEDED', phase: null, log: '' });
  });

  it('is unknown for a build that there is not', async () => {
    mock.on(BatchGetBuildsCommand).resolves({ builds: [], buildsNotFound: ['shell:2'] });
    expect(await builds.describe('shell:2')).toBeNull();
  });

  it.each(['ThrottlingException', 'TimeoutError', 'AccessDeniedException', 'InvalidInputException'])(
    'is unknown, and reported, where CodeBuild answers %s: a run is judged without it',
    async (name) => {
      mock.on(BatchGetBuildsCommand).rejects(Object.assign(new Error(name), { name }));
      expect(await builds.describe('shell:1')).toBeNull();
      expect(reports).toEqual([expect.stringContaining(`build shell:1 could not be looked at: ${name}`)]);
    },
  );
});
