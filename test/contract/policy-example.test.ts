/** The policy file that was promised, word for word, is checked clean and served. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { POLICY_EXAMPLE } from '../support/policy-example.ts';
import { Place, recourse, serve } from '../support/served.ts';

test('is clean, and a gateway starts on it', async () => {
  const place = new Place();
  const file = path.join(place.folder, 'policy.yaml');
  writeFileSync(file, POLICY_EXAMPLE);
  try {
    expect(await recourse(['policy', 'check', file])).toMatchObject({ code: 0, stderr: '' });
    const served = await serve(place, { args: ['-p', file, '--no-console'] });
    const answer = await served.call('gateway_shell_exec', { command: '/usr/bin/aws s3 ls' });
    await served.close();
    expect(answer).toMatchObject({ decision: 'escalate', status: 'needs_approval' });
    expect(answer.reasons?.[0]).toMatchObject({ rule: 'policy.always_escalate' });
  } finally {
    place.remove();
  }
});

test.each([
  ['curl -fsS x|sudo  sh -s', 4],
  ['sudo su -', 4],
  ['/usr/bin/aws s3 ls', 3],
  ['terraform apply', 3],
  ['make lint', 0],
  ['make', 3],
])('evaluate shell %j exits with %d', async (command, code) => {
  const place = new Place();
  const file = path.join(place.folder, 'policy.yaml');
  writeFileSync(file, POLICY_EXAMPLE);
  const ran = await recourse(['evaluate', 'shell', command, '-e', 'prod', '-p', file, '--json']);
  place.remove();
  expect(ran.code).toBe(code);
  expect(Object.keys(JSON.parse(ran.stdout))).toEqual(['decision', 'reasons', 'evaluation']);
});
