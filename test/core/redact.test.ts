import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REDACTED, redactArguments, redactAssignments, redactText } from '../../lib/core/redact.ts';
import { isSecretName } from '../../lib/core/secret-names.ts';

/** Made up here, so that no scanner takes this file for a leak. */
const made = (length: number, from = 1): string =>
  Array.from({ length }, (_, i) => 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7'[(i * 7 + from * 5 + i * i) % 27]).join('');

describe('redaction by value', () => {
  const secret = `p"a\\ss <w&rd>/+ü${made(8)}`;

  it.each([
    ['plain', secret],
    ['in JSON', JSON.stringify({ a: secret })],
    ['in JSON in JSON', JSON.stringify({ a: JSON.stringify({ b: secret }) })],
    ['in Go JSON', JSON.stringify(secret).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)],
    ['in a query', `https://x.io/?k=${encodeURIComponent(secret)}&z=1`],
    ['in a form', `k=${new URLSearchParams({ k: secret }).toString().slice(2)}&z`],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in base64 after a', Buffer.from(`a:${secret}`).toString('base64')],
    ['in base64 after ab', Buffer.from(`u:${secret}:tail`).toString('base64')],
    ['in base64 after abc', Buffer.from(`us:${secret}!`).toString('base64')],
  ])('finds it %s', (_, text) => {
    const clean = redactText(`before ${text} after`, [secret]);
    expect(clean).toContain(REDACTED);
    expect(clean).toMatch(/^before .* after$/);
    expect(clean).not.toContain(secret);
    expect(
      Buffer.from(clean.replaceAll(REDACTED, '').replace(/[^\w+/=-]/g, ''), 'base64').toString(),
    ).not.toContain(secret.slice(4, 12));
  });

  it('takes the longest, and all of those that overlap', () => {
    expect(redactText('x abcdefghij y', ['abcdef', 'abcdefghij'])).toBe(`x ${REDACTED} y`);
    expect(redactText('x abcdefghij y', ['abcdefg', 'efghij'])).toBe(`x ${REDACTED} y`);
    expect(redactText('abcdefabcdef,abcdef', ['abcdef'])).toBe(`${REDACTED},${REDACTED}`);
  });

  it('takes each long line of a secret of several lines', () => {
    const lines = [made(40, 1), made(40, 2)];
    const clean = redactText(`  ${lines[0]}\n    ${lines[1]}`, [
      `-----BEGIN X-----\n${lines.join('\n')}\n-----END X-----`,
    ]);
    expect(clean).toBe(`  ${REDACTED}\n    ${REDACTED}`);
  });

  it('leaves text without secrets, and secrets too short to tell', () => {
    expect(redactText('the value is ab12 and true', ['ab12', 'true', ''])).toBe('the value is ab12 and true');
    expect(redactText('', ['abcdef'])).toBe('');
    expect(redactText('abcdef', [])).toBe('abcdef');
  });

  it('leaves nothing of any secret in any text', () => {
    const word = fc.string({ minLength: 6, maxLength: 12, unit: fc.constantFrom('a', 'b', '"', ' ') });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(word, fc.string()), { maxLength: 6 }),
        (secrets, parts) => {
          const text = parts.join('');
          const clean = redactText(text, secrets);
          for (const secret of secrets) {
            for (const piece of clean.split(REDACTED)) expect(piece).not.toContain(secret);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('survives text that is no well-formed Unicode', () => {
    expect(redactText('x \ud800abcdef y', ['\ud800abcdef'])).toBe(`x ${REDACTED} y`);
  });

  it('stays linear where text and secrets are made to be slow', () => {
    const lengths = Array.from({ length: 1_000 }, (_, i) => `prefix${'q'.repeat(i + 1)}!`);
    const began = performance.now();
    redactText('prefix'.repeat(50_000), lengths);
    expect(redactText('a'.repeat(100_000), ['a'.repeat(5_000)])).toBe(REDACTED);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('of a thousand secrets in a megabyte is quick', () => {
    const secrets = Array.from({ length: 1_000 }, (_, i) => `${made(20, i)}-${i}`);
    const text = `arn:aws:iam::1234:role/x ${made(40)}\n`.repeat(16_000) + secrets[500];
    const began = performance.now();
    expect(redactText(text, secrets).endsWith(REDACTED)).toBe(true);
    // 100 ms is the aim on an idle machine; this bound only tells linear from not.
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('secret names', () => {
  it.each([
    'password',
    'DB_PASSWORD',
    'dbPassword',
    'PGPASSWORD',
    'db-passwd',
    'token',
    'authToken',
    'GITHUB_TOKEN',
    'api_key',
    'apiKey',
    'X-Api-Key',
    'AWS_SECRET_ACCESS_KEY',
    'aws_access_key_id',
    'privateKey',
    'private_key_pem',
    'connection_string',
    'connectionString',
    'client_secret',
    'clientSecret',
    'Authorization',
    'Cookie',
    'kubeconfig',
    'user_data',
    'userData',
    'user_data_base64',
    'credentials',
    'spec.auth.password',
    'primary_access_key',
    'secret_id',
    '--client-secret',
    'account_key',
  ])('%s is one', (name) => expect(isSecretName(name)).toBe(true));
  it.each([
    'name',
    'key',
    'keys',
    'password_length',
    'secret_arn',
    'token_ttl',
    'tokenType',
    'secretName',
    'monkey',
    'author',
    'keyboard',
    'passenger',
    'compass',
    'user',
    'data',
    'kms_key_id',
    'path',
    'replicas',
    '',
    'bucket_key_enabled',
  ])('%s is none', (name) => expect(isSecretName(name)).toBe(false));
});

describe('redaction of arguments', () => {
  const secret = made(16);

  it.each([
    ['a key', { password: secret }, { password: REDACTED }],
    ['a key deep down', { a: [{ b: { apiKey: secret } }] }, { a: [{ b: { apiKey: REDACTED } }] }],
    ['a whole object', { credentials: { user: 'x', pin: 7 } }, { credentials: REDACTED }],
    [
      'a pair',
      { env: [{ name: 'DB_PASSWORD', value: secret }] },
      { env: [{ name: 'DB_PASSWORD', value: REDACTED }] },
    ],
    [
      'a variable',
      { flag: 'var', name: 'db_password', value: secret },
      { flag: 'var', name: 'db_password', value: REDACTED },
    ],
    [
      'an assignment',
      { args: ['-var', `db_password=${secret}`] },
      { args: ['-var', `db_password=${REDACTED}`] },
    ],
    [
      'a flag',
      { command: ['mysql', '--password', secret, '-v'] },
      { command: ['mysql', '--password', REDACTED, '-v'] },
    ],
    ['a flag with =', { command: [`--token=${secret}`] }, { command: [`--token=${REDACTED}`] }],
    ['a named one', { region: 'eu', shape: secret }, { region: 'eu', shape: REDACTED }],
    ['a number', { pin_token: 1234 }, { pin_token: REDACTED }],
  ])('masks %s', (_, value, expected) => {
    expect(redactArguments(value, ['Shape'])).toEqual(expected);
  });

  it('leaves what is no secret', () => {
    const value = {
      cwd: 'infra',
      replicas: 0,
      on: true,
      none: null,
      list: ['a', 1],
      password_length: 16,
      token: null,
    };
    expect(redactArguments(value)).toEqual(value);
  });

  it('does not keep a Secret manifest', () => {
    const manifest = `apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: ${secret}\n`;
    expect(JSON.stringify(redactArguments({ manifest }))).not.toContain(secret);
    expect(
      JSON.stringify(redactArguments({ manifest: JSON.stringify({ kind: 'Secret', data: { a: secret } }) })),
    ).not.toContain(secret);
  });

  it('cuts what is long, wide or deep, and says so', () => {
    const cut = redactArguments({ text: 'x '.repeat(5_000), list: Array.from({ length: 3_000 }, () => 1) });
    expect(JSON.stringify(cut)).toContain('10000 characters in all');
    expect(JSON.stringify(cut)).toContain('3000 items in all');
    let deep: unknown = secret;
    for (let i = 0; i < 10_000; i += 1) deep = [deep];
    expect(JSON.stringify(redactArguments(deep))).toContain('nested too deeply');
  });

  it('leaves prototypes and its input alone', () => {
    const input = JSON.parse('{"__proto__":{"x":1},"password":"abcdefgh"}');
    const before = JSON.stringify(input);
    expect(Object.getPrototypeOf(redactArguments(input))).toBe(Object.prototype);
    expect(JSON.stringify(input)).toBe(before);
  });
});

describe('redaction of assignments in text', () => {
  const secret = made(16);

  it.each([
    [`password = "${secret}"`, `password = "${REDACTED}"`],
    [`  + db_password  = "${secret}" -> "x${secret}"`, `  + db_password  = "${REDACTED}"`],
    [`TOKEN=${secret} make`, `TOKEN=${REDACTED} make`],
    [`export API_KEY='${secret}'`, `export API_KEY='${REDACTED}'`],
    [`{"client_secret":"${secret}","a":1}`, `{"client_secret":"${REDACTED}","a":1}`],
    [`{\\"password\\":\\"${secret}\\",\\"a\\":1}`, `{\\"password\\":\\"${REDACTED}\\",\\"a\\":1}`],
    [`Authorization: Bearer ${secret}`, `Authorization: ${REDACTED}`],
    [`curl -H "Authorization: Basic ${secret}" x`, `curl -H "Authorization: ${REDACTED}" x`],
    [`Set-Cookie: sid=${secret}; Path=/`, `Set-Cookie: ${REDACTED}`],
    [`got bearer ${secret}`, `got bearer ${REDACTED}`],
    [`postgres://bob:${secret}@db:5432/x`, `postgres://bob:${REDACTED}@db:5432/x`],
    [`https://${secret}${secret}@github.com/x`, `https://${REDACTED}@github.com/x`],
    [`curl -u bob:${secret} https://x.io`, `curl -u bob:${REDACTED} https://x.io`],
    [`mysql --password ${secret} -e x`, `mysql --password ${REDACTED} -e x`],
    [`az login --client-secret=${secret}`, `az login --client-secret=${REDACTED}`],
    [`https://x.io/?token=${secret}&page=2`, `https://x.io/?token=${REDACTED}&page=2`],
    [`password: ${secret}`, `password: ${REDACTED}`],
    [`password: |\n  ${secret}\n  ${secret}\nuser: bob`, `password: |\n${REDACTED}\nuser: bob`],
    [
      `user_data = <<-EOT\n  #!/bin/sh\n  ${secret}\nEOT\nname = "x"`,
      `user_data = <<-EOT\n${REDACTED}\nEOT\nname = "x"`,
    ],
    [`password = "a\\"${secret}"`, `password = "${REDACTED}"`],
    [`password: two words`, `password: ${REDACTED}`],
    [`PASSWORD=a&b;${secret}`, `PASSWORD=${REDACTED}`],
    [`{\\"password\\":\\"a\\\\\\"${secret}\\",\\"a\\":1}`, `{\\"password\\":\\"${REDACTED}\\",\\"a\\":1}`],
    [`${'x'.repeat(500)}_password=${secret}`, `${'x'.repeat(500)}_password=${REDACTED}`],
    [`passwords = ["${secret}", "b"]`, `passwords = ${REDACTED}`],
  ])('%s', (text, expected) => {
    expect(redactAssignments(text)).toBe(expected);
  });

  it.each([
    'password = (sensitive value)',
    'password = (known after apply)',
    'password_length = 16',
    'name = "api" # the token is elsewhere',
    'https://example.com:8443/@scope/pkg',
    'manage_master_user_password = true',
    'the basic authentication scheme',
    'Plan: 1 to add, 0 to change, 0 to destroy.',
  ])('leaves %s', (text) => expect(redactAssignments(text)).toBe(text));

  it.each([
    ['words', 'a'],
    ['openings', 'password="'],
    ['names', 'password='],
    ['spaces', 'token '],
    ['heredocs', 'token = <<EOT\n'],
    ['schemes', '://a:'],
    ['brackets', 'token=['],
    ['backslashes', 'token="\\'],
    ['flags', '--token '],
    ['arrows', 'token=a -> '],
    ['bearers', 'bearer '],
    ['dots', 'token.'],
    ['dashes', '-'],
    ['digits', '1 '],
    ['lines', 'token\n'],
  ])('stays linear over a megabyte of %s', (_, unit) => {
    const text = unit.repeat(Math.floor(1_000_000 / unit.length));
    const began = performance.now();
    redactAssignments(text);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe('a pair inside what another name is given', () => {
  const secret = ['hunt', 'er22', 'x9'].join('');
  it.each([
    `INFO: password=${secret}`,
    `msg: token: ${secret}`,
    `level=info db_password=${secret}`,
    `line = "user=a password=${secret}"`,
    `{"log":"api_key=${secret} ok"}`,
    `2026-01-01T00:00:00Z app: DB_PASSWORD='${secret}'`,
  ])('%s', (text) => {
    expect(redactAssignments(text)).not.toContain(secret);
  });

  it('is looked for in linear time', () => {
    const text = `${'a:'.repeat(500_000)}password=${secret}`;
    const from = performance.now();
    expect(redactAssignments(text)).not.toContain(secret);
    expect(performance.now() - from).toBeLessThan(5_000);
  });
});
