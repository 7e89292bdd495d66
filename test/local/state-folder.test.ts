import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateStateFolder, type OpenRequest, openStateFolder } from '../../lib/local/state-folder.ts';

const now = new Date('2026-01-02T03:04:05.000Z');
let base: string;
let root: string;
let state: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'recourse-state-')));
  root = join(base, 'work', 'root');
  state = join(base, 'state');
  mkdirSync(root, { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function open(change: Partial<OpenRequest> = {}) {
  return openStateFolder({
    state,
    root,
    environment: 'dev',
    now,
    env: { XDG_STATE_HOME: join(base, 'xdg') },
    ...change,
  });
}

function opened(change: Partial<OpenRequest> = {}) {
  const answer = open(change);
  if (!answer.ok) throw new Error(answer.problem);
  return answer.folder;
}

function problem(change: Partial<OpenRequest> = {}): string {
  const answer = open(change);
  if (answer.ok) throw new Error(`opened ${answer.folder.path}`);
  return answer.problem;
}

describe('opening a state folder', () => {
  it('makes it for its owner alone and says what it belongs to', () => {
    const before = process.umask(0);
    try {
      const folder = opened({ state: join(base, 'deep', 'state'), policyPath: '/etc/policy.yaml' });
      expect(folder.path).toBe(join(base, 'deep', 'state'));
      expect(statSync(folder.path).mode & 0o777).toBe(0o700);
      expect(statSync(join(base, 'deep')).mode & 0o777).toBe(0o700);
      expect(readdirSync(folder.path)).toEqual(['gateway.json']);
      expect(statSync(join(folder.path, 'gateway.json')).mode & 0o777).toBe(0o600);
      expect(JSON.parse(readFileSync(join(folder.path, 'gateway.json'), 'utf8'))).toEqual({
        schema: 1,
        environment: 'dev',
        root,
        policy_path: '/etc/policy.yaml',
        created_at: '2026-01-02T03:04:05.000Z',
      });
    } finally {
      process.umask(before);
    }
  });

  it('opens it again, and keeps or changes the policy that it names', () => {
    opened({ policyPath: '/one.yaml' });
    expect(opened({ now: new Date() }).manifest).toMatchObject({
      policy_path: '/one.yaml',
      created_at: now.toISOString(),
    });
    expect(opened({ policyPath: '/two.yaml' }).manifest.policy_path).toBe('/two.yaml');
    expect(opened().manifest.policy_path).toBe('/two.yaml');
    expect(opened({ policyPath: null }).manifest.policy_path).toBeNull();
    expect(readdirSync(state)).toEqual(['gateway.json']);
  });

  it('takes a new or an empty folder, no other', () => {
    mkdirSync(state, { mode: 0o700 });
    expect(open().ok).toBe(true);
    const other = join(base, 'other');
    mkdirSync(other, { mode: 0o700 });
    writeFileSync(join(other, 'letters.txt'), 'dear');
    expect(problem({ state: other })).toMatch('holds other things');
    expect(readdirSync(other)).toEqual(['letters.txt']);
  });

  it('has one default for each root and environment', () => {
    const other = join(base, 'other');
    mkdirSync(other);
    const paths = [
      opened({ state: undefined }).path,
      opened({ state: undefined, environment: 'prod' }).path,
      opened({ state: undefined, root: other }).path,
    ];
    expect(new Set(paths).size).toBe(3);
    for (const path of paths) expect(dirname(path)).toBe(join(base, 'xdg', 'recourse'));
    symlinkSync(root, join(base, 'link-to-root'));
    expect(opened({ state: undefined, root: join(base, 'link-to-root') }).path).toBe(paths[0]);
  });

  it('finds the default home where XDG_STATE_HOME is unset or relative', () => {
    const home = join(base, 'home');
    for (const XDG_STATE_HOME of [undefined, '', 'relative']) {
      const { path } = opened({ state: undefined, env: { HOME: home, XDG_STATE_HOME } });
      expect(dirname(path)).toBe(join(home, '.local', 'state', 'recourse'));
    }
  });

  it.each([
    ['in the root', () => join(root, 'state')],
    ['deep in the root', () => join(root, 'a', 'b', 'c')],
    ['the root itself', () => root],
    ['in the root by way of ..', () => join(root, '..', 'root', 'x')],
  ])('refuses a folder %s, and makes nothing', (_, where) => {
    chmodSync(root, 0o700);
    expect(problem({ state: where() })).toMatch('inside the root');
    expect(readdirSync(root)).toEqual([]);
  });

  it('refuses a folder that is in the root by way of a link', () => {
    symlinkSync(root, join(base, 'way-in'));
    expect(problem({ state: join(base, 'way-in', 'state') })).toMatch('inside the root');
    expect(problem({ state: join(base, 'way-in', 'a', 'b') })).toMatch('inside the root');
    expect(readdirSync(root)).toEqual([]);
  });

  it('refuses a folder that the root lies in, but not a neighbour of a like name', () => {
    expect(problem({ state: join(base, 'work') })).toMatch(/the root .* lies inside the state folder/);
    expect(open({ state: `${root}-state` }).ok).toBe(true);
    expect(open({ state: join(base, '..state') }).ok).toBe(true);
  });

  it('refuses one of another environment or another root', () => {
    opened();
    expect(problem({ environment: 'prod' })).toMatch('belongs to environment dev, not prod');
    const other = join(base, 'other');
    mkdirSync(other);
    expect(problem({ root: other })).toMatch(`belongs to the root ${root}, not ${other}`);
  });

  it.each([0o750, 0o705, 0o701, 0o770])('refuses one that is open to other users: %o', (mode) => {
    opened();
    chmodSync(state, mode);
    expect(problem()).toBe(`the state folder ${state} is open to other users; run: chmod 700 ${state}`);
    expect(statSync(state).mode & 0o777).toBe(mode);
  });

  it('refuses one that is a link or a file', () => {
    opened({ state: join(base, 'real') });
    symlinkSync(join(base, 'real'), state);
    expect(problem()).toMatch('is a symlink');
    expect(problem({ state: `${state}/` })).toMatch('is a symlink');
    writeFileSync(join(base, 'file'), '');
    expect(problem({ state: join(base, 'file') })).toMatch('is not a folder');
    expect(problem({ state: join(base, 'file', 'below') })).toMatch('cannot be used');
  });

  it.skipIf(process.getuid?.() !== 0)('refuses one of another user (needs root to make one)', async () => {
    opened();
    const { chownSync } = await import('node:fs');
    chownSync(state, 12_345, 12_345);
    expect(problem()).toMatch('belongs to another user');
  });

  it.each([
    ['nothing', '', 'is not JSON'],
    ['a list', '[]', 'does not say'],
    ['a later schema', '{"schema":2}', 'schema 2, this recourse knows 1'],
    ['no root', '{"schema":1,"environment":"dev","policy_path":null,"created_at":"x"}', 'does not say'],
  ])('refuses one whose gateway.json holds %s, and leaves it', (_, text, message) => {
    opened();
    writeFileSync(join(state, 'gateway.json'), text);
    expect(problem()).toMatch(message);
    expect(readFileSync(join(state, 'gateway.json'), 'utf8')).toBe(text);
  });

  it('refuses a root that is not there or no folder', () => {
    expect(problem({ root: join(base, 'absent') })).toMatch('is not an existing folder');
    writeFileSync(join(base, 'file'), '');
    expect(problem({ root: join(base, 'file') })).toMatch('is not an existing folder');
    expect(existsSync(state)).toBe(false);
  });
});

describe('locating a state folder', () => {
  const locate = (change: object = {}) =>
    locateStateFolder({ root, env: { XDG_STATE_HOME: join(base, 'xdg') }, ...change });

  it('finds the only one of the root, from anywhere below it', () => {
    const { path } = opened({ state: undefined });
    mkdirSync(join(root, 'a', 'b'), { recursive: true });
    expect(locate()).toMatchObject({ ok: true, folder: { path } });
    expect(locate({ root: join(root, 'a', 'b') })).toMatchObject({ ok: true, folder: { path } });
    expect(locate({ root: base })).toMatchObject({ ok: false });
  });

  it('takes the nearest root', () => {
    const inner = join(root, 'inner');
    mkdirSync(inner);
    opened({ state: undefined });
    const { path } = opened({ state: undefined, root: inner });
    expect(locate({ root: inner })).toMatchObject({ folder: { path } });
  });

  it('asks which, where there are several', () => {
    opened({ state: undefined });
    const { path } = opened({ state: undefined, environment: 'prod' });
    expect(locate()).toMatchObject({
      ok: false,
      problem: `${root} has gateways for dev, prod; say which with -e or --state`,
    });
    expect(locate({ environment: 'prod' })).toMatchObject({
      folder: { path, manifest: { environment: 'prod' } },
    });
    expect(locate({ environment: 'staging' })).toMatchObject({ ok: false });
  });

  it('makes nothing', () => {
    expect(locate()).toMatchObject({ ok: false });
    expect(locate({ state })).toMatchObject({
      ok: false,
      problem: `${state} is not the state folder of a gateway; start one on it: recourse gateway serve -e ENV --state ${state}`,
    });
    mkdirSync(state, { mode: 0o700 });
    expect(locate({ state })).toMatchObject({ ok: false });
    expect(readdirSync(state)).toEqual([]);
    expect(existsSync(join(base, 'xdg'))).toBe(false);
  });

  it('takes the one that is named, with the same demands as on opening it', () => {
    opened();
    expect(locate({ state })).toMatchObject({ folder: { path: state } });
    expect(locate({ state, environment: 'prod' })).toMatchObject({ ok: false });
    chmodSync(state, 0o755);
    expect(locate({ state })).toMatchObject({ ok: false, problem: expect.stringContaining('chmod 700') });
  });

  it('passes over folders that are none', () => {
    const { path } = opened({ state: undefined });
    mkdirSync(join(base, 'xdg', 'recourse', 'stray'));
    writeFileSync(join(base, 'xdg', 'recourse', 'file'), '');
    symlinkSync(path, join(base, 'xdg', 'recourse', 'link'));
    expect(locate()).toMatchObject({ ok: true, folder: { path } });
  });
});
