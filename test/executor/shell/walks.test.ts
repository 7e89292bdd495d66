/** What walks over folders by itself shows no file that nobody may name. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSecretPath } from '../../../lib/core/shell/secrets.ts';
import { describeWith } from '../../support/tools.ts';
import { type ShellPlace, shellPlace } from './place.ts';

const SECRET =
  `.env .env.production prod.env .envrc .netrc .npmrc .pypirc .pgpass .my.cnf .git-credentials .htpasswd .vault-token
  .s3cfg .bash_history terraform.tfstate terraform.tfstate.backup prod.tfvars prod.tfvars.json tfplan server.key tls.pem x.ppk
  store.p12 store.jks db.kdbx vpn.ovpn id_rsa id_ed25519 id_ecdsa.bak deploy_key master.key secrets.yaml db-secret.yml
  client_secret.json secrets.json db-credentials.json credentials credentials.csv passwords.txt passwords.yml token.txt
  token.json tokens.json vault.yml service-account.json kubeconfig kubeconfig.yaml prod.kubeconfig .aws/config .ssh/config
  .kube/config secrets/plain.txt .docker/config.json .vault_pass .terraformrc shadow.passwd
  .ENV ID_RSA Prod.TfVars Secrets.yaml
  sa.json access.token auth.token.bak .env~ #.env# .env.swp a.env.old wp-config.php gcp-key.json foo_key.json api_key.txt cookies.txt
  .config/gcloud/c.json private/k.txt pki/ca.crt k3s.yaml private-key.txt deploy/secret/x password .secret .htdigest env.production
  db.password aws-access-key tls.key.bak prod.tfvars~ my-tokens.yml vault-pass.txt redis-passwords.conf api-keys.toml store.p12.old
  .kube/cache/x .ENV.prod KUBECONFIG Server.KEY.BAK Api-Key.JSON`.split(/\s+/);
const OPEN =
  'main.tf src/password-reset.ts docs/secrets.md secrets.tf config.yaml token.ts environment.ts api_key.tsx cookies.py vault.tf tsconfig.json main.tf.json'.split(
    ' ',
  );

function open(): Promise<ShellPlace> {
  return shellPlace({ confined: false, container: true }).then((place) => {
    for (const folder of ['one', 'two']) {
      for (const name of [...SECRET, ...OPEN])
        place.write(`${folder}/${name}`, `${folder}: hunter2 of ${name}\n`);
    }
    return place;
  });
}

async function showsOnlyTheOpen(place: ShellPlace, text: string): Promise<void> {
  const { stdout, ended } = await place.run(text);
  expect(ended).toBeNull();
  const shown = stdout.split('\n').map((line) => /hunter2 of (.*)$/.exec(line)?.[1]);
  expect(shown.filter((name) => name !== undefined && SECRET.includes(name))).toEqual([]);
  for (const name of OPEN) expect(shown, name).toContain(name);
}

describe('walks over folders', () => {
  let place: ShellPlace;
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.remove());

  it('meet names that are secret, and names that are not', () => {
    expect(SECRET.filter((name) => !isSecretPath(name))).toEqual([]);
    expect(OPEN.filter((name) => isSecretPath(name))).toEqual([]);
  });

  it.each([
    'grep -rn hunter2 .',
    'grep -r hunter2',
    'grep -R hunter2 one -- two',
    'grep -d recurse hunter2 one',
    'diff -r one two',
    'diff -ru one two',
    'grep -r -e hunter2 -e -- .',
    'grep --directories=recurse hunter2 one',
  ])('%s', (text) => showsOnlyTheOpen(place, text));

  it('leave them out although they are asked for by a pattern', async () => {
    const { stdout } = await place.run("grep -rn --include='*.yaml' --include='*.json' hunter2 one");
    expect(stdout).toContain('of config.yaml');
    expect(SECRET.filter((name) => stdout.includes(`of ${name}\n`))).toEqual([]);
  });

  it('do not start in settings, by whatever name', async () => {
    place.write('.git/config', 'url = hunter2\n');
    place.link('.git', 'inner');
    place.link('.git/.', 'dotted');
    for (const text of [
      'grep -r url inner',
      'grep -r url dotted/.',
      'grep -r url inn*',
      'cd inner && grep -r url',
    ]) {
      expect((await place.run(text)).ended, text).toMatchObject({ by: 'path' });
    }
    expect((await place.run('ls .git')).stdout).toBe('config\n');
  });

  it('compare two folders file by file without their secrets', async () => {
    const { stdout } = await place.run('diff one two');
    expect(stdout).toContain('hunter2 of main.tf');
    expect(SECRET.filter((name) => stdout.includes(`of ${name}\n`))).toEqual([]);
  });
});

describe('walks that follow links', () => {
  it.each([
    ['grep -R hunter2 one', '../.env', '.env'],
    ['grep -Rn hunter2', '../.env', '.env'],
    ['grep --dereference-recursive hunter2 one', '../.aws', '.aws/plain'],
    ['diff one two', '../.env', '.env'],
    ['diff -r one two', '../deep', 'deep/more/link'],
  ])('%s: none to a secret', async (text, target, secret) => {
    const place = await shellPlace({ confined: false, container: true });
    place.write('one/a.txt', 'one\n');
    place.write('two/a.txt', 'two\n');
    if (secret === 'deep/more/link') {
      place.write('id_rsa', 'hunter2\n');
      place.write('deep/more/b.txt', 'b\n');
      place.link('../../id_rsa', 'deep/more/link');
    } else place.write(secret, 'hunter2\n');
    place.link(target, 'one/link');
    const seen = await place.run(text);
    expect(seen).toMatchObject({ ended: { by: 'path' } });
    expect(seen.stdout).not.toContain('hunter2');
    place.remove();
  });

  it('others are followed', async () => {
    const place = await shellPlace({ confined: false, container: true });
    place.write('one/a.txt', 'one\n');
    place.link('a.txt', 'one/link');
    place.link('nowhere', 'one/broken');
    expect((await place.run('grep -R one one/')).stdout).toContain('link:one');
    place.remove();
  });
});

describeWith('rg', 'walks of ripgrep', () => {
  let place: ShellPlace;
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.remove());

  it.each([
    'rg -n hunter2',
    'rg -uuu hunter2 one',
    'rg --hidden --no-ignore hunter2 .',
    'rg hunter2 one -- two',
    'rg --hidden -e hunter2 -e -- .',
    "rg -uuu -g '{.env,*.ts,*.tsx,*.py,*.tf,*.md,*.yaml,*.json}' hunter2",
  ])('%s', (text) => showsOnlyTheOpen(place, text));
});
