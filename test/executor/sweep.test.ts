import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sweepSecrets } from '../../lib/executor/sweep.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const R = '[redacted]';

/** Made up here, so that no scanner takes this file for a leak. */
const made = (length: number, from = 1, letters = `${LETTERS}${LETTERS.toUpperCase()}0123456789`): string => {
  let out = '';
  for (let block = 0; out.length < length; block += 1) {
    for (const byte of createHash('sha256').update(`${from} ${block}`).digest())
      out += letters[byte % letters.length];
  }
  return out.slice(0, length);
};
const join = (...parts: string[]): string => parts.join('');
const frame = (edge: string, kind: string): string => join('-----', edge, ' ', kind, 'PRIVATE KEY-----');
const pem = (kind: string, lines: number, seam = '\n'): string =>
  [frame('BEGIN', kind), ...Array.from({ length: lines }, (_, i) => made(64, i)), frame('END', kind)].join(
    seam,
  );
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const jwt = `${base64('{"alg":"HS256","typ":"JWT"}').replace(/=/g, '')}.${base64('{"sub":"1234567890"}').replace(/=/g, '')}.${made(43)}`;

describe('the sweep takes out', () => {
  it.each([
    ['an RSA key', pem('RSA ', 12)],
    ['an EC key of two lines', pem('EC ', 2)],
    ['an OpenSSH key', pem('OPENSSH ', 20)],
    ['a PKCS 8 key', pem('', 12)],
    ['an encrypted key', pem('ENCRYPTED ', 12)],
    ['a key with CRLF', pem('RSA ', 12, '\r\n')],
    ['a key in JSON', pem('RSA ', 12, '\\n')],
    ['a key in JSON in JSON', pem('RSA ', 12, '\\\\n')],
    ['a key in a diff', pem('RSA ', 12, '\n  + ')],
    ['a key that is cut off', pem('RSA ', 12).slice(0, 400)],
    ['a key in base64', base64(pem('RSA ', 12))],
    ['a JSON web token', jwt],
    ['a JSON web token without its signature', jwt.split('.').slice(0, 2).join('.')],
    ['a GitHub token', join('ghp', '_', made(36))],
    ['a GitHub server token', join('ghs', '_', made(36))],
    ['a GitLab token', join('glpat', '-', made(20))],
    ['an npm token', join('npm', '_', made(36))],
    ['a Slack token', join('xoxb', '-123456789012-123456789012-', made(24))],
    ['a SendGrid key', join('SG', '.', made(22), '.', made(43))],
    ['a Stripe key', join('sk', '_live_', made(24))],
    ['an OpenAI key', join('sk', '-proj-', made(48))],
    ['an Anthropic key', join('sk', '-ant-api03-', made(93), 'AA')],
    ['a Google API key', join('AI', 'za', made(35))],
    ['a Vault token', join('hvs', '.', made(90))],
    ['a Terraform Cloud token', join(made(14), '.atlas', 'v1.', made(67))],
    ['a DigitalOcean token', join('dop', '_v1_', made(64, 1, '0123456789abcdef'))],
    ['an Azure client secret', join('abc', '8Q', '~', made(34))],
    ['a password hash', join('$6', '$', made(16), '$', made(86))],
    ...[1, 2, 3, 4, 5].map((from): [string, string] => ['an AWS secret key alone', made(40, from)]),
  ])('%s', async (_, secret) => {
    expect(await sweepSecrets(`before "${secret}" after`)).toBe(`before "${R}" after`);
  });

  it.each([
    ['aws_secret_access_key = ', ''],
    ['AWS_SECRET_ACCESS_KEY=', ' make'],
    ['{"SecretAccessKey": "', '", "Expiration": "x"}'],
    ['{\\"SecretAccessKey\\":\\"', '\\"}'],
    ['{"aws_session_token":"', '"}'],
    ['<SecretAccessKey> secret_access_key: ', '</SecretAccessKey>'],
  ])('an AWS secret key after %s', async (before, after) => {
    for (const secret of [made(40), join(made(20), '/+', made(18))]) {
      const swept = await sweepSecrets(`x ${before}${secret}${after}`);
      for (let i = 0; i + 8 <= secret.length; i += 1) expect(swept).not.toContain(secret.slice(i, i + 8));
    }
  });

  it('a password in a connection string, and the key of a storage account', async () => {
    const secret = made(12);
    for (const text of [
      `postgres://bob:${secret}@db.internal:5432/x`,
      `https://bob:${secret}@example.com/x`,
      `AccountName=x;AccountKey=${made(86)}==;EndpointSuffix=y`,
      `https://x.blob.core.windows.net/c?sv=1&sig=${made(43)}%3D`,
      `{"auths":{"r.io":{"auth":"${base64(`bob:${secret}`)}"}}}`,
      `https://hooks.slack.com/services/T00000000/B00000000/${made(24)}`,
    ]) {
      const swept = await sweepSecrets(text);
      expect(swept).toContain(R);
      expect(swept).not.toContain(made(12));
      expect(swept).not.toContain(base64(`bob:${secret}`));
    }
  });

  it('what a comment in the text tells the library to leave', async () => {
    const token = join('ghp', '_', made(36));
    const comment = join('secretlint', '-disable');
    for (const text of [
      `// ${comment}\n${token}`,
      `# ${comment} -- no\n${token}`,
      `<!-- ${comment} -->${token}`,
    ]) {
      expect(await sweepSecrets(text)).not.toContain(token);
    }
  });

  it('every one of several, with a byte order mark before them', async () => {
    const tokens = [1, 2, 3].map((from) => join('ghp', '_', made(36, from)));
    expect(await sweepSecrets(`\ufeff${tokens.join(' and ')}`)).toBe(`\ufeff${R} and ${R} and ${R}`);
  });
});

describe('the sweep leaves', () => {
  it.each([
    ['a commit', made(40, 1, '0123456789abcdef')],
    ['a digest', `sha256:${made(64, 1, '0123456789abcdef')}`],
    ['an ARN', 'arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole'],
    ['a long name', 'AmazonEC2ContainerServiceforEC2RoleSecur'],
    ['a path', 'modules/network/private/subnets/variables.tf'],
    ['a URL', 'https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_instance'],
    ['an id of the gateway', 'plan_0123456789abcdefghjkmnpqrs and apr_0123456789abcdefghjkmnpqrs'],
    ['a certificate', ['-----BEGIN CERTIFICATE-----', 'MIIB', '-----END CERTIFICATE-----'].join('\n')],
    [
      'a plan',
      '  # aws_db_instance.main will be destroyed\n  - resource "aws_db_instance" "main" {\n      - id = "db-1" -> null\n    }',
    ],
    ['nothing', ''],
  ])('%s', async (_, text) => {
    expect(await sweepSecrets(text)).toBe(text);
  });
});

describe('the sweep of large text', () => {
  const line = 'aws_subnet.private: Refreshing state... [id=subnet-0123456789abcdef0]\n';

  it('finds secrets on every seam of its windows', async () => {
    const token = join('ghp', '_', made(36));
    for (const shift of [-60, -20, 0, 20]) {
      for (const seam of [1 << 20, (1 << 20) - (1 << 14)]) {
        const head = line.repeat(20_000).slice(0, seam + shift);
        const swept = await sweepSecrets(`${head} ${token} ${line.repeat(5_000)}`);
        expect(swept).not.toContain(token.slice(8, 30));
        expect(swept.startsWith(`${head} ${R} aws_subnet`)).toBe(true);
      }
    }
  });

  it('finds a key that is longer than a window', async () => {
    const swept = await sweepSecrets(`x\n${pem('RSA ', 20_000)}\ny`);
    expect(swept).toBe(`x\n${R}\ny`);
  });

  it('stays quick where a text is made to be slow', async () => {
    for (const unit of [
      'a',
      frame('BEGIN', 'RSA '),
      `${frame('BEGIN', 'RSA ')}\nAA "`,
      'https://x:',
      join('np', 'm_'),
      '"auth": "',
      'eyJ',
      '=',
    ]) {
      const began = performance.now();
      await sweepSecrets(unit.repeat(Math.floor(300_000 / unit.length)));
      expect(performance.now() - began).toBeLessThan(3_000);
    }
  });

  it('costs no more the more often it is done', async () => {
    const time = async (): Promise<number> => {
      const began = performance.now();
      for (let i = 0; i < 500; i += 1) await sweepSecrets(`line ${i}`);
      return performance.now() - began;
    };
    await time();
    const first = await time();
    for (let i = 0; i < 3; i += 1) await time();
    expect(await time()).toBeLessThan(first * 5 + 200);
  });
});
