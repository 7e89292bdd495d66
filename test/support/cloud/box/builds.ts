/** CodeBuild in a box: a build runs the lane's bundle as a process, with its project's variables and role. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Json } from '../service.ts';

export interface BuildRun {
  readonly id: string;
  readonly project: string;
  readonly job: string;
  status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';
  log: string;
}

export interface Builds {
  readonly runs: BuildRun[];
  /** Done before a build of a project starts; a rejection fails the build. */
  before: ((run: BuildRun) => Promise<void>) | null;
  /** Done when a build has ended, before anybody is told. */
  after: ((run: BuildRun) => Promise<void>) | null;
  /** Resolves when the build is over, well or not. */
  start(project: string, job: string): Promise<BuildRun>;
  describe(id: string): Json | null;
}

export interface BuildsOptions {
  /** Folder with lane.mjs and config.json. */
  readonly bundle: string;
  /** The same in every build; emptied before each. */
  readonly place: string;
  readonly environment: (project: string) => Record<string, string>;
}

/** One at a time, for all of them have the same place. */
export function openBuilds({ bundle, place, environment }: BuildsOptions): Builds {
  let queue: Promise<unknown> = Promise.resolve();
  const builds: Builds = {
    runs: [],
    before: null,
    after: null,
    start: (project, job) => {
      const done = queue.then(() => run(project, job));
      queue = done.catch(() => undefined);
      return done;
    },
    describe: (id) => {
      const found = builds.runs.find((each) => each.id === id);
      if (found === undefined) return null;
      const phases =
        found.status === 'FAILED'
          ? [
              {
                phaseType: 'BUILD',
                phaseStatus: 'FAILED',
                contexts: [{ statusCode: 'COMMAND_EXECUTION_ERROR', message: found.log.slice(-300) }],
              },
            ]
          : [];
      return { id, buildStatus: found.status, phases };
    },
  };

  async function run(project: string, job: string): Promise<BuildRun> {
    const build: BuildRun = {
      id: `${project}:${randomUUID()}`,
      project,
      job,
      status: 'IN_PROGRESS',
      log: '',
    };
    builds.runs.push(build);
    try {
      await builds.before?.(build);
    } catch (failure) {
      build.log = String(failure);
      build.status = 'FAILED';
      return build;
    }
    rmSync(place, { recursive: true, force: true });
    const child = spawn(process.execPath, [path.join(bundle, 'lane.mjs')], {
      cwd: bundle,
      env: { ...environment(project), RECOURSE_JOB: job, RECOURSE_PLACE: place },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        build.log += String(data);
      });
    const code = await new Promise((resolve) => child.once('close', resolve));
    await builds.after?.(build);
    build.status = code === 0 ? 'SUCCEEDED' : 'FAILED';
    return build;
  }

  return builds;
}
