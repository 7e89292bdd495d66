/**
 * Checking a git repository out at a ref that the operator allows. Nothing that the repository holds is run: no
 * hooks, filters, submodules or credential helpers, and no configuration but what is given here.
 */
import { mkdir, rm } from 'node:fs/promises';
import { isRefusal, type Refusal, refuse } from '../core/refusal.ts';
import { type ProcessResult, runProcess } from '../executor/process.ts';
import { isAllowedRef, isCommit } from '../workflow/source.ts';

export interface GitSource {
  readonly name: string;
  readonly url: string;
  readonly allowed: readonly string[];
  readonly defaultRef: string;
  /** For https, as the password; null for a repository that is open. */
  readonly token: string | null;
}

export interface GitMachine {
  /** Absolute path of git. */
  readonly git: string;
  /** Repositories may also lie in folders; only where the operator's url names one. */
  readonly timeoutMs: number;
}

/** The files at the ref are put into `folder`, which exists and is empty; no history is left there. */
export async function checkOutGit(
  machine: GitMachine,
  source: GitSource,
  ref: string | null,
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly commit: string } | Refusal> {
  const wanted = ref ?? source.defaultRef;
  const repository = `${folder}.git`;
  await mkdir(repository, { mode: 0o700 });
  const git = (...args: string[]) => run(machine, source, repository, args, signal);
  try {
    await must(git('init', '--quiet', '--bare', '.'));
    const found = isCommit(wanted)
      ? await fetchCommit(git, source, wanted)
      : await fetchNamed(git, source, wanted);
    if (isRefusal(found)) return found;
    const tree = await git(`--work-tree=${folder}`, 'checkout', '--quiet', '--force', found, '--', '.');
    if (tree.exitCode !== 0) return unreadable(source, tree);
    return { commit: found };
  } finally {
    await rm(repository, { recursive: true, force: true });
  }
}

type Git = (...args: string[]) => Promise<ProcessResult>;

/** A branch first, then a tag: by their full names, so that nothing else can answer to the name. */
async function fetchNamed(git: Git, source: GitSource, name: string): Promise<string | Refusal> {
  for (const full of [`refs/heads/${name}`, `refs/tags/${name}`]) {
    const listed = await git('ls-remote', '--quiet', '--exit-code', source.url, full);
    if (listed.exitCode === 2) continue;
    if (listed.exitCode !== 0) return unreadable(source, listed);
    const fetched = await git(
      'fetch',
      '--quiet',
      '--depth=1',
      '--no-tags',
      source.url,
      `+${full}:refs/recourse/wanted`,
    );
    if (fetched.exitCode !== 0) return unreadable(source, fetched);
    return (
      await must(git('rev-parse', '--verify', '--quiet', 'refs/recourse/wanted^{commit}'))
    ).stdout.trim();
  }
  return refuse('source_not_found', `ref: ${source.name} has no branch and no tag ${name}.`);
}

/** Only a commit that lies on an allowed branch or tag: others may be anybody's (a fork's, a pull request's). */
async function fetchCommit(git: Git, source: GitSource, commit: string): Promise<string | Refusal> {
  const listed = await git('ls-remote', '--quiet', '--heads', '--tags', '--refs', source.url);
  if (listed.exitCode !== 0) return unreadable(source, listed);
  const refs = listed.stdout
    .split('\n')
    .map((line) => line.split('\t')[1] ?? '')
    .filter((full) => isAllowedRef(source.allowed, full.replace(/^refs\/(heads|tags)\//, '')));
  for (const [index, full] of refs.entries()) {
    const into = `refs/recourse/allowed/${index}`;
    const fetched = await git('fetch', '--quiet', '--no-tags', source.url, `+${full}:${into}`);
    if (fetched.exitCode !== 0) return unreadable(source, fetched);
    const known = await git('cat-file', '-e', `${commit}^{commit}`);
    if (known.exitCode !== 0) continue;
    const holds = await git('merge-base', '--is-ancestor', commit, into);
    if (holds.exitCode === 0) return commit;
  }
  return refuse(
    'source_not_found',
    `ref: ${commit} does not lie on a branch or tag of ${source.name} that may be planned: ${source.allowed.join(', ')}.`,
  );
}

function run(
  { git, timeoutMs }: GitMachine,
  { url, token }: GitSource,
  repository: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProcessResult> {
  const settings: [string, string][] = [
    ['protocol.allow', 'never'],
    ['protocol.https.allow', 'always'],
    ...(url.startsWith('/') ? [['protocol.file.allow', 'always'] as [string, string]] : []),
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.attributesFile', '/dev/null'],
    ['credential.helper', ''],
    ['submodule.recurse', 'false'],
    ['safe.directory', '*'],
    ['http.followRedirects', 'false'],
    ['transfer.fsckObjects', 'true'],
    ...(token === null
      ? []
      : [
          [
            'http.extraHeader',
            `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
          ] as [string, string],
        ]),
  ];
  return runProcess({
    file: git,
    args: [`--git-dir=${repository}`, ...args],
    cwd: repository,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: repository,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '/bin/false',
      // In the environment, not among the arguments, which other processes can read.
      GIT_CONFIG_COUNT: String(settings.length),
      ...Object.fromEntries(
        settings.flatMap(([key, value], index) => [
          [`GIT_CONFIG_KEY_${index}`, key],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
    },
    timeoutMs,
    maxOutputBytes: 4 * 1024 * 1024,
    signal,
  });
}

async function must(result: Promise<ProcessResult>): Promise<ProcessResult> {
  const done = await result;
  if (done.exitCode !== 0)
    throw new Error(`git ended with ${done.exitCode ?? done.signal}: ${done.stderr.slice(0, 500)}`);
  return done;
}

function unreadable(source: GitSource, { stderr, timedOut }: ProcessResult): Refusal {
  const said = timedOut ? 'it took too long' : (stderr.trim().split('\n').at(-1) ?? '').slice(0, 300);
  const clean = source.token === null ? said : said.replaceAll(source.token, '…');
  return refuse(
    'source_not_found',
    `The source ${source.name} cannot be read: ${clean || 'git gave no reason'}.`,
  );
}
