/** "Exit 2: usage or bad input, one line: what, where, how to mend", for every command that there is. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { Place, recourse, spawnServe } from '../support/served.ts';

test.each([
  [[], /needs a command: gateway, approvals, .*see: recourse --help/],
  [['nosuch'], /'nosuch'; see: recourse --help/],
  [['gateway'], /recourse gateway needs a command: serve, doctor; see: recourse gateway --help/],
  [['gateway', 'serv'], /Did you mean serve\?.*recourse gateway --help/],
  [['gateway', 'serve'], /--env.*see: recourse gateway serve --help/],
  [['gateway', 'serve', '-e', 'prod', '--stat', 'x'], /Did you mean --state\?.*gateway serve --help/],
  [
    ['evaluate', 'shell', 'git', 'push', '-e', 'prod'],
    /too many arguments.*see: recourse evaluate shell --help/,
  ],
  [
    ['policy', 'override', '--action', 'x', '--ttl', '1h', '--reason', 'x'],
    /Allowed choices are terraform-plan/,
  ],
  [
    ['gateway', 'serve', '-e', 'prod', '--console', '0.0.0.0:0'],
    /--console 0\.0\.0\.0:0 .*loopback address such as/,
  ],
  [
    ['gateway', 'serve', '-e', 'prod', '--http', '0.0.0.0:0'],
    /--http 0\.0\.0\.0:0 .*loopback address such as/,
  ],
])('recourse %j', async (args, mend) => {
  const { code, stdout, stderr } = await recourse(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^recourse: [^\n]+\n$/);
  expect(stderr).toMatch(mend);
});

test('one wrong key of a policy is one line with file, line, column and the nearest name', async () => {
  const place = new Place({ 'policy.yaml': "recourseos:\n  version: '2.0'\n  shel: {}\n" });
  const file = `${place.root}/policy.yaml`;
  const { code, stderr } = await recourse(['evaluate', 'shell', 'ls', '-e', 'prod', '-p', file]);
  place.remove();
  expect(code).toBe(2);
  expect(stderr).toMatch(/^recourse: \S+policy\.yaml:3:3: unknown key "shel"[^\n]*did you mean shell\?\n$/);
});

test('--http and --agent may stand together: tokens say who an agent is', async () => {
  const place = new Place();
  const served = spawnServe(place, 'dev', ['--http', '127.0.0.1:0', '--no-console', '--agent', 'ci']);
  const { stderr } = served;
  if (stderr === null) throw new Error('no stderr');
  const [line] = await once(createInterface({ input: stderr }), 'line');
  served.kill('SIGTERM');
  await once(served, 'exit');
  place.remove();
  expect(line).toMatch(/is at http:\/\/127\.0\.0\.1:\d+\/mcp;/);
});
